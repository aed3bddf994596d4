"""Images of blocks, read as far as they are asked for: the same comparison whichever way they are read."""

import itertools

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.candidates.candidate_groups import CANDIDATE
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import blocks_for, part_of
from lookalike.transforms.core.settings.cluster import ClusterSettings
from lookalike.transforms.fingerprinting.fingerprints_table import PANELS
from lookalike.transforms.functional.lsh.ranks import NO_RANK
from lookalike.transforms.io.generate import part_path, parts_of
from lookalike.transforms.verification import block_reader, confirm
from lookalike.transforms.verification.block_reader import BlockReader, images_of_pairs
from lookalike.transforms.verification.comparison import ComparisonRules
from lookalike.transforms.verification.confirm import Confirm, ConfirmPairs
from lookalike.transforms.verification.group_store import GroupStore

PARTS, BLOCKS, PLAIN = 8, 2, 3
COLLAPSE = CollapseDuplicates(Policy(ClusterSettings(prefer=("uri",))))


@pytest.fixture(scope="module")
def parts(features, tmp_path_factory):
    """A fingerprints table of the pictures, one of which has no structure."""
    root = tmp_path_factory.mktemp("table")
    (root / "fingerprints").mkdir()
    uri = {key_of(f"{number}.jpg"): f"{number}.jpg" for number in range(len(features))}
    for part in range(PARTS):
        own = [(n, f) for n, f in enumerate(features) if part_of(f.key, PARTS) == part]
        own.sort(key=lambda one: uri[one[1].key])
        rows = [
            {
                **{"uri": uri[f.key], "textured": float(n != PLAIN), "keypoint_count": 99 * (n != PLAIN)},
                **{"embedding": f.embedding, "pixel_hash": f.pixels * 4, "width": f.width, "height": f.height},
                **{"keypoints": f.keypoints, "thumbnail": f.thumbnail, **dict(zip(PANELS, f.panels, strict=True))},
            }
            for n, f in own
        ]
        kinds = [pa.string(), pa.float64(), pa.int32(), pa.list_(pa.float16(), 4), pa.binary(32), pa.int32()]
        names = ["uri", "textured", "keypoint_count", "embedding", "pixel_hash", "width", "height"]
        schema = pa.schema(zip(names, [*kinds, pa.int32()], strict=True))
        schema = schema.append(pa.field("keypoints", pa.binary())).append(pa.field("thumbnail", pa.binary()))
        for name, kind in zip(PANELS, (pa.int32(), pa.int32(), pa.binary()), strict=True):
            schema = schema.append(pa.field(name, kind))
        pq.write_table(pa.Table.from_pylist(rows, schema), root / part_path("fingerprints", part, PARTS))
    return parts_of(str(root), "fingerprints", PARTS)


def searched(features, block):
    """Keys of a block, in order."""
    keys = [f.key for number, f in enumerate(features) if number != PLAIN]
    return [key for key in keys if part_of(key, BLOCKS) == block]


@pytest.mark.parametrize("many", [0, 99])
@pytest.mark.parametrize("group", [(0, 0), (0, 1), (1, 1)])
def test_pairs_are_of_the_images_at_their_places(many, group, parts, features, monkeypatch):
    monkeypatch.setattr(block_reader, "MANY_BLOCKS", many)
    reader = BlockReader(parts, BLOCKS, COLLAPSE)
    keys = [searched(features, block) for block in group]
    places = np.array(list(itertools.product(range(0, len(keys[0]), 2), range(1, len(keys[1]), 2))))
    pairs = np.zeros(len(places), CANDIDATE)
    pairs["a"], pairs["b"] = places.T
    images, ends = images_of_pairs(reader, reader, group, pairs)
    found = [tuple(images[at].features.key for at in both) for both in ends.tolist()]
    assert found == [(keys[0][a], keys[1][b]) for a, b in places.tolist()]
    by_key = {f.key: f for f in features}
    assert all(image.features.thumbnail == by_key[image.features.key].thumbnail for image in images)
    assert many or len(images) == len(np.unique(ends))


def test_only_parts_that_are_asked_of_are_read(parts, features, monkeypatch):
    monkeypatch.setattr(block_reader, "MANY_BLOCKS", 0)
    reader, asked = BlockReader(parts, BLOCKS, COLLAPSE), []
    first = searched(features, 1)[:1]
    reader.some(1, np.array([0]))
    read = block_reader.read_parquet
    monkeypatch.setattr(block_reader, "read_parquet", lambda path, columns: asked.append(path) or read(path, columns))
    images, at = reader.some(1, np.array([0, 0, 0]))
    assert [image.features.key for image in images] == first and at.tolist() == [0, 0, 0]
    assert asked == [parts[part_of(first[0], PARTS)]]


@pytest.mark.parametrize("group", [(0, 0), (0, 1)])
def test_what_is_found_depends_on_no_way_of_reading(group, parts, features, monkeypatch, tmp_path):
    keys = [searched(features, block) for block in group]
    every = itertools.product(range(len(keys[0])), range(len(keys[1])))
    places = np.array([(a, b) for a, b in every if group[0] != group[1] or a < b])
    pairs = np.zeros(len(places), CANDIDATE)
    pairs["a"], pairs["b"] = places.T
    pairs["rank"] = np.where(np.arange(len(places)) % 5 == 4, NO_RANK, 0)
    found = []
    for many, at_once in ((99, 1 << 16), (0, 1 << 16), (0, 2)):
        monkeypatch.setattr(block_reader, "MANY_BLOCKS", many)
        monkeypatch.setattr(confirm, "PAIRS_AT_ONCE", at_once)
        store = GroupStore(str(tmp_path), parts, BLOCKS, "", (), COLLAPSE)
        compare = Confirm(ConfirmPairs(ComparisonRules(), store))
        compare.setup()
        found.append(compare._compare(group, pairs.tobytes()))
    assert len(found[0]) > 2 and (group == (0, 0) or (found[0]["relation"] > 0).any())
    assert found[0].tobytes() == found[1].tobytes() == found[2].tobytes()


def test_blocks_grow_with_the_corpus_and_hold_no_fewer_images():
    sizes = [2**power for power in range(33)]
    blocks = [blocks_for(images) for images in sizes]
    assert blocks == sorted(blocks) and [blocks_for(2**power) for power in (14, 18, 20, 24, 30)] == [8, 32, 32, 64, 512]
    assert all(images // own <= 2 * (other // more) for images, own, other, more in zip(
        sizes, blocks, sizes[1:], blocks[1:], strict=False
    ))  # fmt: skip


def test_a_block_without_images_has_no_pairs_and_hides_none(parts, tmp_path):
    """As where most images of a corpus are equal, and few are searched."""

    def found(blocks):
        compare = Confirm(ConfirmPairs(ComparisonRules(), GroupStore(str(tmp_path), parts, blocks, "", (), COLLAPSE)))
        compare.setup()
        groups = itertools.combinations_with_replacement(range(blocks), 2)
        records = np.concatenate([compare._compare(group, None) for group in groups])
        return sorted((record["a"].tobytes(), record["b"].tobytes()) for record in records)

    assert len(found(1)) > 2 and found(32) == found(1)
