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

from transforms.candidates import CAPPED, PAIR, FindCandidates, by_group, close_pairs, merge_pairs
from transforms.collapse import CollapseDuplicates
from transforms.output import table_of
from transforms.partitions import part_of
from transforms.quality import Policy
from transforms.records import all_groups
from transforms.schemas import key_of

RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"


class Planted(NamedTuple):
    key: bytes
    embedding: np.ndarray
    minhash: np.ndarray


def corpus(count, seed=0):
    """Images in twos: the second of each two is nearly the first."""
    rng = np.random.default_rng(seed)
    images = []
    for number in range(count):
        if number % 2 == 0:
            vector = rng.standard_normal(256)
            words = rng.integers(0, 2**22, 256, np.uint32)
        else:
            vector = vector + 0.2 * rng.standard_normal(256)
            words = np.where(rng.random(256) < 0.5, words, rng.integers(0, 2**22, 256, np.uint32))
        unit = (vector / np.linalg.norm(vector)).astype(np.float16)
        images.append(Planted(key_of(f"image {number}"), unit, words))
    return images


def stage_for(images, **settings):
    return FindCandidates(images=len(images), collapse=CollapseDuplicates(Policy(("uri",))), **settings)


def met(images, **settings):
    """Pairs of keys that the stage brings together, all of a group where it lists none, and how many buckets it cut."""
    stage = stage_for(images, **settings)
    place = pathlib.Path(tempfile.mkdtemp())
    schema = pa.schema([("embedding", pa.list_(pa.float16(), 256)), ("minhash", pa.list_(pa.uint32(), 256))])
    vectors = table_of([(i.embedding, i.minhash) for i in images], schema)
    table = pa.table(
        {
            "uri": [f"image {number}" for number in range(len(images))],
            "textured": np.ones(len(images), np.float32),
            "keypoint_count": np.full(len(images), 99, np.int32),
            "embedding": vectors["embedding"],
            "minhash": vectors["minhash"],
        }
    )
    half = len(images) // 2
    paths = [str(place / "a.parquet"), str(place / "b.parquet")]
    pq.write_table(table.slice(0, half), paths[0])
    pq.write_table(table.slice(half), paths[1])
    blocks = stage.plan().blocks
    keys = sorted(image.key for image in images)

    def collect(groups):
        assert sorted(group for group, _ in groups) == list(all_groups(blocks))
        pairs = []
        for group, packed in groups:
            block = [[key for key in keys if part_of(key, blocks) == side] for side in group]
            across = itertools.product(*block) if group[0] != group[1] else itertools.combinations(block[0], 2)
            pairs += across if packed is None else np.frombuffer(packed, PAIR).tolist()
        assert len(set(pairs)) == len(pairs) and all(a < b for a, b in pairs)
        (place / "pairs").write_bytes(pickle.dumps(set(pairs)))

    with beam.Pipeline(RUNNER) as pipeline:
        followers = pipeline | "Followers" >> beam.Create([b""])
        out = {"paths": pipeline | "Paths" >> beam.Create(paths), "followers": followers} | stage
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
    """Pairs that share a MinHash band or a bucket of hyperplanes with enough cosine, by two loops."""
    from transforms.functional import hyperplanes

    plan = stage.plan()
    rows = plan.words.rows
    vectors = np.stack([i.embedding for i in images]).astype(np.float64)
    codes = hyperplanes.band_codes(vectors, plan.vectors.bands, plan.vectors.rows, stage.seed)
    pairs = set()
    for x, y in itertools.combinations(range(len(images)), 2):
        a, b = images[x].minhash, images[y].minhash
        bands = [(a[k * rows : (k + 1) * rows] == b[k * rows : (k + 1) * rows]).all() for k in range(plan.words.bands)]
        near = (codes[x] == codes[y]).any() and vectors[x] @ vectors[y] >= stage.cosine
        if any(bands) or near:
            pairs.add(tuple(sorted((images[x].key, images[y].key))))
    return pairs


@pytest.mark.parametrize("jaccard", [0.02, 0.4])
def test_banded_corpora_meet_as_the_oracle_says(jaccard):
    images = corpus(120)
    settings = {"exhaustive": 0, "jaccard": jaccard, "budget": 5}
    found = met(images, **settings)
    expected = oracle(images, stage_for(images, **settings))
    assert found["pairs"] == expected
    assert len(expected) >= 55  # the planted twos meet


def test_hot_buckets_are_cut_and_reported():
    same = np.arange(256, dtype=np.uint32)
    images = [i._replace(minhash=same, embedding=np.eye(256, dtype=np.float16)[n]) for n, i in enumerate(corpus(50))]
    found = met(images, exhaustive=0, bucket=20, heads=3)
    assert found["capped"] > 0
    assert 0 < len(found["pairs"]) <= 3 * 50


def test_close_pairs_do_not_depend_on_blocks():
    vectors = np.stack([i.embedding for i in corpus(90)])
    whole = {tuple(p) for p in close_pairs(vectors, 0.3, 1000).tolist()}
    assert whole == {tuple(p) for p in close_pairs(vectors, 0.3, 16).tolist()} and len(whole) >= 45


@pytest.mark.parametrize("blocks", [1, 3, 64])
def test_packed_pairs_go_to_the_group_of_their_blocks(blocks):
    rng = np.random.default_rng(0)
    pairs = [tuple(sorted((rng.bytes(16), rng.bytes(16)))) for _ in range(200)]
    packed = dict(by_group(np.array(pairs, "V16"), blocks))
    unpacked = [(g, p) for g, blob in packed.items() for p in np.frombuffer(blob, PAIR).tolist()]
    assert sorted(p for _, p in unpacked) == sorted(pairs)
    assert all(group == (part_of(a, blocks), part_of(b, blocks)) for group, (a, b) in unpacked)


def test_merging_drops_repeats():
    blob = b"a" * 16 + b"b" * 16
    assert merge_pairs((0, 0), [blob, blob + blob]) == ((0, 0), blob)
