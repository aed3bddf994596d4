"""Pairs of several bands, collected: each once with its best rank, and thinned where there are crowds."""

import numpy as np
import pytest

from lookalike.transforms.functional.lsh import collected
from lookalike.transforms.functional.lsh.buckets import Collisions, Limits
from lookalike.transforms.functional.lsh.collected import BandMembers, CollectedPairs
from lookalike.transforms.functional.lsh.ranks import NO_RANK, rank_of

IMAGES, OTHERS = 9, 14
LIMITS = Limits(apart=(256,), most=99, near=8, crowd=2, heads=1)


def bands(rng):
    """Of six bands the members of either side and the collisions, every other band one of embeddings."""
    for number in range(6):
        some, others = (np.sort(rng.permutation(side)[: side // 2]) for side in (IMAGES, OTHERS))
        pairs = np.unique(rng.integers(0, (len(some), len(others)), (12, 2)), axis=0)
        bits = rng.integers(0, 5, len(pairs)).astype(np.uint16)
        residual = [rng.integers(0, 2**32, len(side), np.uint32) if number % 2 else None for side in (some, others)]
        members = [BandMembers(side, shingles) for side, shingles in zip((some, others), residual, strict=True)]
        yield members, pairs, bits


def by_loops(told, near, asking, marked):
    """The best rank of each pair; then image by image of the asking end, in order of the other end."""
    best = {}
    for (some, others), pairs, bits in told:
        for (i, j), differ in zip(pairs.tolist(), bits, strict=True):
            rank = NO_RANK
            if some.residual is not None:
                rank = rank_of(np.array([differ]), some.residual[[i]], others.residual[[j]])[0]
            pair = int(some.places[i]), int(others.places[j])
            best[pair] = min(best.get(pair, NO_RANK), rank)
    kept = {}
    for image in {pair[asking] for pair in best}:
        own = sorted((pair for pair in best if pair[asking] == image), key=lambda pair: pair[1 - asking])
        alike = [pair for pair in own if near[pair]]
        gone = alike[LIMITS.heads :] if len(alike) > LIMITS.crowd or image in marked else []
        kept |= {pair: int(best[pair]) for pair in own if pair not in gone}
    return sorted(kept.items())


@pytest.mark.parametrize("held", [1 << 24, 5])
@pytest.mark.parametrize("asking", [0, 1])
def test_pairs_are_those_that_two_loops_find(asking, held, monkeypatch):
    monkeypatch.setattr(collected, "HELD", held)
    thinner = marks = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        sketches = [rng.choice(np.array([0, 0xF, 0xFFFF], np.uint64), (side, 2)) for side in (IMAGES, OTHERS)]
        told = list(bands(rng))
        pairs = CollectedPairs(*sketches, LIMITS, asking)
        marked = set()
        for number, (members, found, bits) in enumerate(told):
            crowded = np.array([0, 1] if number == 2 else [], np.int64)
            marked |= set(members[asking].places[crowded].tolist())
            pairs.add(Collisions(found, bits, crowded), *members)
        differ = np.bitwise_count(sketches[0][:, None] ^ sketches[1]).sum(2, dtype=int)
        expected = by_loops(told, differ <= LIMITS.near, asking, marked)
        got, rank = pairs.thinned()
        assert got.dtype == np.int64 and rank.dtype == np.uint16
        assert [(tuple(pair), bits) for pair, bits in zip(got.tolist(), rank.tolist(), strict=True)] == expected
        thinner += len(expected) < len(by_loops(told, differ < 0, asking, marked))
        marks += expected != by_loops(told, differ <= LIMITS.near, asking, set())
    assert thinner > 5 and marks > 5


@pytest.mark.parametrize("asking", [0, 1])
def test_no_band_no_pair(asking):
    pairs, rank = CollectedPairs(np.zeros((3, 4), np.uint64), np.zeros((0, 4), np.uint64), LIMITS, asking).thinned()
    assert pairs.shape == (0, 2) and rank.shape == (0,)
