"""How often unrelated images of a corpus agree is measured on the first images in the order of their keys."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.candidates import chance
from lookalike.transforms.candidates.chance import measure_chance
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.settings.cluster import ClusterSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import table_of

COUNT, DIMS, WORDS, SAMPLE = 1200, 32, 16, 150
COLLAPSE = CollapseDuplicates(Policy(ClusterSettings()))


@pytest.fixture(autouse=True)
def _small_sample(monkeypatch):
    monkeypatch.setattr(chance, "SAMPLE", SAMPLE)


def table_in(folder, name, parts, count=COUNT):
    """A fingerprints table, as far as it is searched: paths of its parts in order."""
    rng = np.random.default_rng(len(name))
    vectors = rng.standard_normal((count, DIMS))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    values, residual = rng.integers(0, 2**9, (2, count, WORDS), np.uint32)
    uris = [f"{name} {number}" for number in range(count)]
    lists = [pa.list_(pa.float16(), DIMS), pa.list_(pa.uint32(), WORDS), pa.list_(pa.uint32(), WORDS)]
    schema = pa.schema(zip(("embedding", "minhash", "minhash_residual"), lists, strict=True))
    paths = []
    for part in range(parts):
        chosen = [n for n, uri in enumerate(uris) if part_of(key_of(uri), parts) == part]
        light = {
            "uri": [uris[n] for n in chosen],
            "textured": np.ones(len(chosen)),
            "keypoint_count": [9] * len(chosen),
        }
        table, arrays = pa.table(light), table_of([(vectors[n], values[n], residual[n]) for n in chosen], schema)
        for column in schema.names:
            table = table.append_column(column, arrays[column])
        path = folder / name / part_path("fingerprints", part, parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
        paths.append(str(path))
    return paths


def measured(*tables, images=COUNT):
    return measure_chance(tables, images, COLLAPSE, PairSettings())


def test_as_many_images_as_it_takes_are_read_in_whatever_parts_they_lie(tmp_path):
    few, many = (table_in(tmp_path / str(parts), "all", parts) for parts in (2, 32))
    found = measured(few)
    assert found is not None and len(found.cosines) == 2
    assert measured(many) == found
    for path in many[8:]:  # some 38 in each of the others
        (tmp_path / path).unlink()
    assert measured(many) == found


def test_the_images_of_two_tables_are_one_corpus(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(chance, "measure", lambda sample, *_: seen.append(sample.runs))
    one, other = table_in(tmp_path, "one", 32), table_in(tmp_path, "other", 8, COUNT // 4)
    measured(one, other)
    heads = [int.from_bytes(key_of(f"one {number}")[:8]) for number in range(COUNT)]
    of_one = np.isin(seen[0], np.array(heads, np.uint64)).mean()
    assert len(seen[0]) == SAMPLE and 0.7 < of_one < 0.9


def test_a_corpus_that_is_no_larger_than_the_sample_is_not_measured(tmp_path):
    assert measured(table_in(tmp_path, "all", 4), images=SAMPLE) is None
