import json

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from transforms.output import WriteTable, write_bytes, written_parts
from transforms.partitions import part_of, parts_for

SCHEMA = pa.schema([("name", pa.string()), ("vector", pa.list_(pa.uint32(), 2))])


def write(root, rows, parts=3):
    with beam.Pipeline("apache_beam.runners.portability.fn_api_runner.FnApiRunner") as pipeline:
        elements = pipeline | beam.Create(rows).with_output_types(tuple[int, tuple])
        _ = elements | WriteTable(str(root), "table", SCHEMA, parts, ("name",))
    return written_parts(str(root))["table"]


ROWS = [
    (0, ("b", np.array([1, 2], np.uint32))),
    (2, ("c", np.array([3, 4], np.uint32))),
    (0, ("a", np.array([5, 6], np.uint32))),
]


def test_every_part_exists_sorted_and_recorded(tmp_path):
    parts = write(tmp_path, ROWS)
    assert [part.rows for part in parts] == [2, 0, 1]
    tables = [pq.read_table(tmp_path / part.path) for part in parts]
    assert all(table.schema.equals(SCHEMA) for table in tables)
    assert tables[0].to_pylist() == [{"name": "a", "vector": [5, 6]}, {"name": "b", "vector": [1, 2]}]


def test_the_bytes_do_not_depend_on_the_order(tmp_path):
    assert write(tmp_path / "a", ROWS) == write(tmp_path / "b", ROWS[::-1])


def test_no_draft_is_left_behind(tmp_path):
    write_bytes(str(tmp_path / "x" / "y.json"), json.dumps([1]).encode())
    assert [p.name for p in (tmp_path / "x").iterdir()] == ["y.json"]


@pytest.mark.parametrize("parts", [1, 3, 16, 1000])
def test_parts_are_ranges_of_keys(parts):
    keys = sorted(np.random.default_rng(0).bytes(16) for _ in range(500))
    numbers = [part_of(key, parts) for key in keys]
    assert numbers == sorted(numbers) and min(numbers) >= 0 and max(numbers) < parts
    assert part_of(b"\xff" * 16, parts) == parts - 1


def test_parts_for():
    assert [parts_for(n, 10) for n in (0, 1, 10, 11)] == [1, 1, 1, 2]
