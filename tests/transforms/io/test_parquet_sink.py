import json

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.core.partitions import overlapping, part_of, parts_for
from lookalike.transforms.io.parquet_sink import (
    ChangedError,
    WriteTable,
    read_columns,
    write_table,
    written_parts,
)
from lookalike.transforms.storage.writing import write_bytes

SCHEMA = pa.schema([("name", pa.string()), ("vector", pa.list_(pa.uint32(), 2))])


def write(root, rows, parts=3):
    with beam.Pipeline("apache_beam.runners.portability.fn_api_runner.FnApiRunner") as pipeline:
        elements = pipeline | beam.Create(rows).with_output_types(tuple[int, tuple])
        _ = elements | WriteTable(str(root), "table", SCHEMA, parts, ("name",))
    return written_parts(str(root), ["table-0"])["table"]


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


def test_parts_grow_in_steps_and_divide_in_two():
    counts = [parts_for(images, 1024) for images in range(1, 300_000, 97)]
    assert counts == sorted(counts) and all(count & (count - 1) == 0 for count in counts)
    assert [parts_for(images, 1024) for images in (1, 64, 65, 129, 4096, 65_536, 65_537, 10**6)] == [
        *(1, 1, 2, 4, 64, 64, 128, 1024)
    ]


@pytest.mark.parametrize(("parts", "others"), [(4, 8), (8, 4), (4, 4), (1, 64), (3, 5)])
def test_overlapping_parts_hold_the_same_keys(parts, others):
    for key in (np.random.default_rng(1).bytes(16) for _ in range(300)):
        assert part_of(key, others) in overlapping(part_of(key, parts), parts, others)


def test_a_part_that_was_changed_is_told(tmp_path):
    rows = pa.table({"a": list(range(5000)), "b": [f"text {n}" for n in range(5000)]})
    part = write_table(str(tmp_path), "t/part-0.parquet", rows)
    path = tmp_path / part.path
    assert read_columns(str(tmp_path), part, ["b"]).equals(rows.select(["b"]))
    whole = path.read_bytes()
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    at = column.data_page_offset + column.total_compressed_size // 2
    for changed in (
        whole[:-9],
        whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :],
        b"PAR1" + whole[4:-4] + b"PAR2",
    ):
        path.write_bytes(changed)
        with pytest.raises(ChangedError, match="was changed since the audit"):
            read_columns(str(tmp_path), part, ["b"])
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read_columns(str(tmp_path), part, ["b"])
