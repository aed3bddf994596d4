"""Banding in the pipeline against a brute-force oracle."""

import itertools
import pathlib
import pickle
import tempfile
from typing import NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.testing.util import assert_that

from lookalike.transforms.candidates.bands import MINHASH, POLYTOPES, Task
from lookalike.transforms.candidates.candidate_groups import CANDIDATE, by_block, groups_of_block, merged
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.find import BY_SHINGLES, FindCandidates, SearchContext
from lookalike.transforms.candidates.join import CAPPED, report
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Failure
from lookalike.transforms.core.settings.cluster import ClusterSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.buckets import Bucket
from lookalike.transforms.functional.lsh.codes import cross_polytopes, hyperplanes
from lookalike.transforms.functional.lsh.codes.cross_polytopes import WIDTHS
from lookalike.transforms.io.generate import part_path, parts_of
from lookalike.transforms.io.pair_records import all_groups
from lookalike.transforms.io.parquet_sink import table_of

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


class Planted(NamedTuple):
    key: bytes
    embedding: np.ndarray
    minhash: np.ndarray
    residual: np.ndarray


WORDS = 320


def corpus(count, seed=0):
    """Images in twos: the second of each two is nearly the first."""
    rng = np.random.default_rng(seed)
    images = []
    for number in range(count):
        if number % 2 == 0:
            vector = rng.standard_normal(256)
            words, residual = rng.integers(0, 2**22, (2, WORDS), np.uint32)
        else:
            vector = vector + 0.2 * rng.standard_normal(256)
            words = np.where(rng.random(WORDS) < 0.1, words, rng.integers(0, 2**22, WORDS, np.uint32))
            residual = residual ^ (1 << rng.integers(0, 32, WORDS)).astype(np.uint32)
        unit = (vector / np.linalg.norm(vector)).astype(np.float16)
        images.append(Planted(key_of(f"image {number}"), unit, words, residual))
    return images


def stage_for(images, **settings):
    return search(len(images), **settings)


def search(images, root="", parts=4, **settings):
    collapse = CollapseDuplicates(Policy(ClusterSettings(prefer=("uri",))))
    context = SearchContext(images, WORDS, 256, collapse, root, parts_of(root, "fingerprints", parts))
    return FindCandidates(PairSettings(**settings), context=context)


def write(images, root, parts):
    """The fingerprints table of some images, as far as it is searched."""
    lists = [pa.list_(pa.float16(), 256), pa.list_(pa.uint32(), WORDS), pa.list_(pa.uint32(), WORDS)]
    schema = pa.schema(zip(("embedding", "minhash", "minhash_residual"), lists, strict=True))
    for part in range(parts):
        chosen = [n for n, image in enumerate(images) if part_of(image.key, parts) == part]
        uris = pa.array([f"image {number}" for number in chosen], pa.string())
        light = {"uri": uris, "textured": np.ones(len(chosen)), "keypoint_count": np.full(len(chosen), 99, np.int32)}
        table = pa.table(light)
        arrays = table_of([tuple(images[n][1:]) for n in chosen], schema)
        for name in schema.names:
            table = table.append_column(name, arrays[name])
        path = root / part_path("fingerprints", part, parts)
        path.parent.mkdir(exist_ok=True)
        pq.write_table(table, path)


def met(images, **settings):
    """Pairs of keys that the stage brings together, all of a group where it lists none, and how many buckets it cut."""
    place = pathlib.Path(tempfile.mkdtemp())
    stage = stage_for(images, root=str(place), **settings)
    parts = stage.context.parts
    write(images, place, len(parts))
    blocks = stage.plan().blocks
    keys = sorted(image.key for image in images)

    def collect(groups):
        assert sorted(group for group, _ in groups) == list(all_groups(blocks))
        pairs = []
        for group, packed in groups:
            block = [[key for key in keys if part_of(key, blocks) == side] for side in group]
            across = itertools.product(*block) if group[0] != group[1] else itertools.combinations(block[0], 2)
            named = [] if packed is None else np.frombuffer(packed, CANDIDATE)[["a", "b"]].tolist()
            pairs += across if packed is None else [(block[0][a], block[1][b]) for a, b in named]
        assert len(set(pairs)) == len(pairs) and all(a < b for a, b in pairs)
        (place / "pairs").write_bytes(pickle.dumps(set(pairs)))

    with beam.Pipeline(RUNNER) as pipeline:
        followers = pipeline | "Followers" >> beam.Create([0])
        out = {"paths": pipeline | "Paths" >> beam.Create(list(parts)), "followers": followers} | stage
        assert_that(out["asked"], collect, "asked")
        assert_that(out[CAPPED], lambda rows: (place / "capped").write_text(str(len(rows))), "capped")
    return {"pairs": pickle.loads((place / "pairs").read_bytes()), "capped": int((place / "capped").read_text())}


@pytest.mark.parametrize("count", [1, 2, 60, 1500])
def test_small_corpora_are_compared_pair_by_pair_once(count):
    images = corpus(count)
    found = met(images)
    keys = sorted(image.key for image in images)
    assert found["pairs"] == set(itertools.combinations(keys, 2)) and not found["capped"]


def oracle(images, stage):
    """Pairs that share a value of MinHash, or a code of a rotation, and agree as it asks for: each image with all
    behind it.
    """
    plan = stage.plan()
    vectors = np.stack([i.embedding for i in images])
    codes = cross_polytopes.codes(vectors, plan.polytopes, stage.settings.seed)
    alone, shingles = plan.apart(POLYTOPES)[0], np.full(100, -1)
    shingles[: len(plan.apart(MINHASH))] = plan.apart(MINHASH)
    sketches, long = hyperplanes.sketches(vectors), hyperplanes.sketches(vectors, hyperplanes.LONG_BITS)
    words, residuals = (np.stack([getattr(i, name) for i in images]) for name in ("minhash", "residual"))
    pairs = set()
    for x, a in enumerate(images[:-1]):
        behind = slice(x + 1, None)
        differing = a.residual ^ residuals[behind]
        same = (a.minhash == words[behind]) & (differing % 2**plan.exact == 0)
        bits = np.where(same, np.bitwise_count(differing & KEPT), 99).min(1)
        apart = np.bitwise_count(sketches[x] ^ sketches[behind]).sum(1, dtype=int)
        shared = (codes[x][:, :, None] == codes[behind][:, :, None, :]).any((1, 2, 3))
        by_shingle, shared = apart <= shingles[bits], shared & (apart <= alone)
        if stage.files().long:
            far = np.bitwise_count(long[x] ^ long[behind]).sum(1, dtype=int)
            by_shingle &= far <= np.r_[plan.long_apart(MINHASH), [-1] * 100][bits]
            shared &= far <= plan.long_apart(POLYTOPES)[0]
        agree = by_shingle | shared
        pairs.update(tuple(sorted((a.key, b.key))) for b, found in zip(images[behind], agree, strict=True) if found)
    return pairs


@pytest.mark.parametrize(("size", "batches", "ranges"), [(0, 1, 1), (10**6, 4, 1), (10**6, 4, 8), (10**8, 2, 64)])
def test_banded_corpora_meet_as_the_oracle_says(size, batches, ranges, monkeypatch):
    images = corpus(1200)
    monkeypatch.setattr("lookalike.transforms.candidates.band_files.IN_A_FILE", 2048 // batches)
    monkeypatch.setattr("lookalike.transforms.candidates.bands.IMAGES_IN_A_TASK", 2048 // ranges)
    settings = {"exhaustive": 0, "assumed_corpus_size": size}
    found = met(images, **settings)
    expected = oracle(images, stage_for(images, **settings))
    assert found["pairs"] == expected and not found["capped"]
    assert len(expected) >= 500  # the planted twos meet


def test_larger_corpora_are_searched_more_strictly():
    plans = [search(10**decade, exhaustive=0).plan() for decade in range(4, 10)]
    for wide, strict in itertools.pairwise(plans):
        assert (
            strict.exact >= wide.exact
            and strict.rule.alone >= wide.rule.alone
            and all(a >= b for a, b in zip(strict.rule.shared, wide.rule.shared, strict=True))
            and strict.polytopes.chance <= wide.polytopes.chance
        )


@pytest.mark.parametrize("images", [2**exponent for exponent in range(17, 31)])
def test_embeddings_may_collide_as_often_as_shingles_leave_over(images):
    stage = search(images, exhaustive=0)
    plan = stage.plan()
    left = stage.settings.chance_collisions - images * plan.minhash.chance
    assert left >= (1 - BY_SHINGLES) * stage.settings.chance_collisions * 0.999
    width = WIDTHS.index(plan.polytopes)
    assert images * plan.polytopes.chance <= left
    assert not width or images * WIDTHS[width - 1].chance > left


def test_hot_buckets_are_cut_and_reported():
    same = np.arange(WORDS, dtype=np.uint32)
    images = [
        i._replace(minhash=same, residual=same, embedding=np.eye(256, dtype=np.float16)[n])
        for n, i in enumerate(corpus(50))
    ]
    found = met(images, exhaustive=0, bucket=20, heads=3)
    assert found["capped"] > 0
    assert 0 < len(found["pairs"]) <= 3 * 50


def test_a_bucket_that_was_cut_is_told_of_by_its_band():
    task, settings = Task(MINHASH, 16, 16), PairSettings(bucket=20, heads=3)
    (found,) = report(task, 2, [Bucket(0xAB, np.arange(50))], settings)
    assert found.tag == CAPPED
    assert found.value == Failure(
        "",
        "pair",
        "bucket_capped",
        "bucket 000000ab of minhash band 18 holds 50 images, more than pair.bucket = 20: "
        "compared with its first 3 only",
    )


@pytest.mark.parametrize("blocks", [1, 3, 64])
@pytest.mark.parametrize("both_sides", [False, True])
def test_packed_pairs_go_to_the_group_of_their_blocks(blocks, both_sides):
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 9, blocks)
    starts, total = np.cumsum(sizes) - sizes, int(sizes.sum())
    pairs = np.unique(np.sort(rng.integers(0, total, (200, 2)), 1), axis=0)
    rank = rng.integers(0, 99, len(pairs)).astype(np.uint16)
    packed = dict(by_block(pairs, rank, sizes))
    groups = [g for own in range(blocks) for g in groups_of_block(own, [packed.get(own, b"")], blocks, both_sides)]
    every = itertools.product(range(blocks), repeat=2)
    assert [group for group, _ in groups] == [(own, other) for own, other in every if both_sides or own <= other]
    unpacked = []
    for (own, other), blob in groups:
        for a, b, bits in np.frombuffer(blob, CANDIDATE).tolist():
            assert a < sizes[own] and b < sizes[other]
            unpacked.append([starts[own] + a, starts[other] + b, bits])
    assert sorted(unpacked) == np.column_stack([pairs, rank]).tolist()


def test_packed_pairs_across_two_sides_go_to_the_group_of_a_block_of_either():
    sizes = np.array([2, 0, 3]), np.array([4, 1, 1])
    every = np.array(list(itertools.product(range(5), range(6))), np.int64)
    packed = dict(by_block(every, np.arange(len(every), dtype=np.uint16), *sizes))
    starts = [np.cumsum(side) - side for side in sizes]
    found = [
        [starts[0][own] + a, starts[1][other] + b, rank]
        for block in range(3)
        for (own, other), blob in groups_of_block(block, [packed.get(block, b"")], 3, both_sides=True)
        for a, b, rank in np.frombuffer(blob, CANDIDATE).tolist()
        if a < sizes[0][own] and b < sizes[1][other]
    ]
    assert sorted(found) == np.column_stack([every, np.arange(len(every))]).tolist()


def test_merging_keeps_the_best_of_repeats():
    pairs = np.array([(1, 2, 8), (3, 4, 0xFFFF), (1, 2, 4), (0, 9, 1)], CANDIDATE)
    assert np.frombuffer(merged(pairs), CANDIDATE).tolist() == [(0, 9, 1), (1, 2, 4), (3, 4, 0xFFFF)]
