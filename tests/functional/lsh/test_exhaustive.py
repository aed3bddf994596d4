import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.transforms.functional.keypoints import keypoints
from lookalike.transforms.functional.keypoints.shingles import KEPT, Shingles, shingles
from lookalike.transforms.functional.lsh import between
from lookalike.transforms.functional.lsh import exhaustive as screening
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule
from lookalike.transforms.functional.lsh.ranks import NO_RANK, parity_of, rank_of
from lookalike.transforms.weights import keypoint_axes
from tests.synthetic import grey

AXES = keypoint_axes()
DIFFER = 3
ANY_SHINGLE = CandidateRule((-1.0,) * (DIFFER + 1), 0.9)


def described(picture):
    return shingles(keypoints.unpack(keypoints.pack(keypoints.detect(picture, AXES, 200))), AXES)


def propose(pictures, wanted):
    post = screening.posting(pictures)
    best = screening.best_ranks(post, post, np.triu(wanted, 1), DIFFER)
    pairs = np.argwhere(best != NO_RANK)
    return dict(zip(map(tuple, pairs.tolist()), parity_of(best[tuple(pairs.T)]).tolist(), strict=True))


def screen(pictures, vectors, rule):
    side = screening.Screened(screening.posting(pictures), vectors)
    return screening.screen(side, side, np.triu(np.ones((len(pictures),) * 2, bool), 1), rule)


PICTURES = st.lists(st.dictionaries(st.integers(0, 12), st.integers(0, 255), max_size=6), min_size=1, max_size=8)


@settings(max_examples=60)
@given(PICTURES, st.sampled_from([1, 5, 1 << 22]), st.booleans(), st.integers(0, 9))
def test_proposals_are_those_of_two_loops_wherever_shingles_are_looked_up(sets, at_once, native, seed):
    # the two highest of eight bits stand for the parity, the others for the kept signs
    pictures = []
    for held in sets:
        tokens = np.array(sorted(held), np.uint32)
        bits = np.array([held[token] for token in tokens.tolist()], np.uint32)
        pictures.append(Shingles(tokens, (bits >> 6 << 30 | bits & 63).astype(np.uint32)))
    wanted = np.random.default_rng(seed).random((len(sets), len(sets))) < 0.7
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(between, "_AT_ONCE", at_once)
        if not native:
            patch.setattr(screening, "compiled", None)
        found = propose(pictures, wanted)
    expected = {}
    for i, j in itertools.combinations(range(len(sets)), 2):
        shared = [sets[i][token] ^ sets[j][token] for token in sets[i].keys() & sets[j].keys()]
        best = min(((bits & 63).bit_count(), bits >> 6) for bits in shared) if shared else (99, 0)
        if wanted[i, j] and best[0] <= DIFFER:
            expected[i, j] = best[1]
    assert found == expected


def test_what_is_said_of_a_pair_does_not_depend_on_the_company():
    pictures = [described(grey(seed // 2, 220, 220)) for seed in range(12)]
    said = propose(pictures, np.ones((12, 12), bool))
    assert len(said) >= 6
    for (i, j), parity in said.items():
        assert propose([pictures[i], pictures[j]], np.ones((2, 2), bool)) == {(0, 1): parity}


def test_shingles_propose_copies_with_the_parity_of_the_edit_and_no_strangers():
    picture = grey(1, 220, 220)
    pictures = [
        described(p) for p in (picture, picture[:, ::-1].copy(), 255 - picture, grey(2, 220, 220), grey(3, 220, 220))
    ]
    everything = np.ones((5, 5), bool)
    assert propose(pictures, everything) == {(0, 1): 1, (0, 2): 2, (1, 2): 3}
    everything[0, 1] = False
    assert set(propose(pictures, everything)) == {(0, 2), (1, 2)}


def test_nothing_comes_of_nothing():
    assert propose([], np.zeros((0, 0), bool)) == {}
    empty = screen([], np.zeros((0, 4), np.float16), ANY_SHINGLE)
    assert empty.pairs.shape == (0, 2) and not len(empty.near)


def test_either_proposes():
    pictures = [described(grey(n // 2, 220, 220)) for n in range(4)]
    vectors = np.array([(1, 0), (0, 1), (0, 1), (-1, 0)], np.float16)
    found = screen(pictures, vectors, ANY_SHINGLE)
    assert found.pairs.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert found.parity.tolist() == [0, screening.NO_PARITY, 0] and found.near.tolist() == [False, True, False]


def test_ranks_hold_the_parity_below_the_bits():
    residual = np.array([0b01 << 30 | 5, 0b10 << 30 | 5], np.uint32)
    rank = rank_of(np.array([2, 0]), residual, residual[::-1].copy())
    assert parity_of(rank).tolist() == [3, 3] and rank[1] < rank[0] and KEPT == 2**30 - 1


def test_cosines_propose_what_two_loops_do():
    vectors = np.random.default_rng(0).standard_normal((20, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nothing = [Shingles(np.zeros(0, np.uint32), np.zeros(0, np.uint32))] * 20
    found = screen(nothing, vectors.astype(np.float16), CandidateRule((-1.0,), 0.5))
    found = {tuple(p) for p in found.pairs.tolist()}
    assert found == {(i, j) for i, j in itertools.combinations(range(20), 2) if vectors[i] @ vectors[j] >= 0.5}


@given(st.integers(0, 9), st.integers(1, 5), st.integers(1, 3))
def test_crowds_stay_with_their_first(seed, crowd, heads):
    rng = np.random.default_rng(seed)
    heads = min(heads, crowd)
    base = rng.normal(size=(3, 32))
    vectors = base[rng.integers(0, 3, 20)] + rng.normal(size=(20, 32)) * rng.choice([0.02, 0.6], (20, 1))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    pairs = np.stack(np.triu_indices(20, 1), 1)[rng.random(190) < 0.8]
    proposals = screening.Proposals(pairs, np.zeros(len(pairs), int), np.ones(len(pairs), bool))
    left = screening.without_crowds(proposals, vectors, crowd, heads).pairs.tolist()
    cosines = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    for j in range(20):
        before = [i for i, other in pairs.tolist() if other == j]
        near = [i for i in before if cosines[i, j] >= screening.ALIKE]
        expected = [i for i in before if i not in near[heads:]] if len(near) > crowd else before
        assert [i for i, other in left if other == j] == expected
