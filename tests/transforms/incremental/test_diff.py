"""What changed between two fingerprints tables: told in keys, read in batches."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.keys import KEY_BYTES, key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.schemas import fingerprints_schema
from lookalike.transforms.core.settings.cluster import ClusterSettings
from lookalike.transforms.functional.images.pixels.detail import Detail
from lookalike.transforms.functional.keypoints.keypoints import Panels
from lookalike.transforms.incremental.confirm_changes import records_by_group
from lookalike.transforms.incremental.diff import FindChanges, changes_of
from lookalike.transforms.ingest.work_units import Known
from lookalike.transforms.io.pair_records import RECORD
from lookalike.transforms.io.parquet_sink import table_of, write_table
from tests.counting import lines_run

SCHEMA = fingerprints_schema(4, 4)
PARTS = 4


def row(uri, pixels):
    vector, words = np.ones(4, np.float16), np.arange(4, dtype=np.uint32) + pixels
    digest = bytes([pixels]) * 32
    made = (*Detail(8), vector, words, words, 9, b"k", 30, 20, b"p", b"t", 1.0)
    return (uri, 1, "", "", "", digest, digest, 8, 9, "JPEG", False, 1, "RGB", *made)


def write(root, name, images, parts):
    """{URI: pixels} as a fingerprints table -> its paths."""
    paths = []
    for part in range(parts):
        rows = sorted(row(*image) for image in images.items() if part_of(key_of(image[0]), parts) == part)
        write_table(str(root), f"{name}/{part}.parquet", table_of(rows, SCHEMA))
        paths.append(f"{root}/{name}/{part}.parquet")
    return paths


@pytest.mark.parametrize("parts_before", [1, 4, 16])
def test_what_is_read_back_is_what_differs(tmp_path, parts_before):
    rng = np.random.default_rng(3)
    before = {f"/{n}.jpg": int(rng.integers(200)) for n in range(60)}
    now = {uri: pixels + (number % 4 == 1) for number, (uri, pixels) in enumerate(before.items()) if number % 5}
    now |= {f"/new-{n}.jpg": n for n in range(7)}
    paths = write(tmp_path, "now", now, PARTS)
    collapse = CollapseDuplicates(Policy(ClusterSettings(prefer=("pixels",))))
    finding = FindChanges(
        collapse, collapse, Known(write(tmp_path, "before", before, parts_before), ""), PARTS, str(tmp_path)
    )
    found = changes_of([finding._differ((number, path), 0, 0)[1] for number, path in enumerate(paths)], 1)
    added = sorted(key_of(uri) for uri, pixels in now.items() if before.get(uri) != pixels)
    removed = sorted(key_of(uri) for uri, pixels in before.items() if now.get(uri) != pixels)
    assert found.keys("added") == added and found.keys("removed") == removed
    batches = [found.batch(str(tmp_path), number) for number in range(len(found.batches))]
    assert len(batches) == PARTS
    assert [one.features.key for batch in batches for one in batch.added] == added
    assert [one.features.key for batch in batches for one in batch.removed] == removed
    pixels = {key_of(uri): value for uri, value in now.items()}
    for one in (one for batch in batches for one in batch.added):
        assert one.features.pixels == bytes([pixels[one.features.key]]) * 8
        assert one.features.panels == Panels(30, 20, b"p")
        assert one.signature.tolist() == one.residual.tolist() == [pixels[one.features.key] + i for i in range(4)]


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 100))
def test_batches_hold_so_many_bytes_or_one_part(sizes, most):
    parts = [(number, size, bytes([number]) * KEY_BYTES, b"") for number, size in enumerate(sizes)]
    found = changes_of(reversed(parts), most)
    assert [number for batch in found.batches for number in batch] == [n for n, size in enumerate(sizes) if size]
    assert all(len(batch) == 1 or sum(sizes[number] for number in batch) <= most for batch in found.batches)
    for batch, following in itertools.pairwise(found.batches):
        assert sum(sizes[number] for number in (*batch, following[0])) > most
    assert found.keys("added") == [bytes([number]) * KEY_BYTES for number in range(len(sizes))]


def test_every_worker_holds_keys_alone(tmp_path):
    """An image is 12 KB, and 16 bytes of that are held by all."""
    held = {}
    for count in (200, 800):
        root = tmp_path / str(count)
        paths = write(root, "now", {f"/{n}.jpg": n % 200 for n in range(count)}, PARTS)
        known = Known(write(root, "before", {}, PARTS), "")
        collapse = CollapseDuplicates(Policy(ClusterSettings(prefer=("pixels",))))
        finding = FindChanges(collapse, collapse, known, PARTS, str(root))
        found = changes_of([finding._differ((number, path), 0, 0)[1] for number, path in enumerate(paths)], 1 << 20)
        held[count] = len(pickle.dumps(found))
        assert len(found.added) == KEY_BYTES * count
    assert held[800] - held[200] <= KEY_BYTES * 600 + 16


def test_records_are_grouped_in_one_pass():
    """However many groups there are."""

    def work(count):
        records = np.zeros(count, RECORD)
        rng = np.random.default_rng(1)
        for name in ("a", "b"):
            records[name] = np.frombuffer(rng.bytes(KEY_BYTES * count), "V16")
        groups = dict(records_by_group(records, 64))
        assert sum(len(packed) for packed in groups.values()) == records.nbytes
        assert all(
            (part_of(one["a"].tobytes(), 64), part_of(one["b"].tobytes(), 64)) == group
            for group, packed in groups.items()
            for one in np.frombuffer(packed, RECORD)
        )
        return lines_run(lambda: list(records_by_group(records, 64)))

    assert work(1600) < 4.5 * work(400)
