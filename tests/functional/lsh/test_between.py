"""Pairs across sets, and never within one: the join of buckets against two loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.keypoints.shingles import Shingles
from lookalike.transforms.functional.lsh import between, exhaustive
from lookalike.transforms.functional.lsh.between import BandSide, collide_between
from lookalike.transforms.functional.lsh.buckets import Limits
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule
from tests.functional.lsh.limits import bits_up_to

IMAGES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7), st.integers(0, 2)), max_size=30)
"""Code, residual bits and set of each."""


RULE = CandidateRule((-1.0, -1.0, 0.1, 0.2), 0.3)


def side(images):
    code, bits, sets = (np.array(column, np.uint32) for column in (list(zip(*images, strict=True)) or ([], [], [])))
    return BandSide(code, bits[:, None], bits[:, None], sets)


@given(IMAGES, IMAGES, st.integers(0, 3), st.sampled_from([1, 5, 1 << 22]))
def test_pairs_are_those_of_two_loops(some, others, differ, at_once):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(between, "_AT_ONCE", at_once)
        (pairs, bits, crowded), cut = collide_between(
            side(some), side(others), Limits(bits_up_to(differ), 100, differ, 100, 1)
        )
    expected = [
        (i, j)
        for i, (code, residual, own) in enumerate(some)
        for j, (other, theirs, number) in enumerate(others)
        if code == other and (residual ^ theirs).bit_count() <= differ and own < number
    ]
    assert list(map(tuple, pairs.tolist())) == expected and not cut and not len(crowded)
    assert bits.tolist() == [(some[i][1] ^ others[j][1]).bit_count() for i, j in expected]


def test_the_greatest_code_and_set_have_their_pairs():
    most = np.array([2**32 - 1], np.uint32)
    some, others = (BandSide(most, most[:, None], most[:, None], sets) for sets in (most - 1, most))
    assert collide_between(some, others, Limits(bits_up_to(0), 9, 0, 9, 1))[0].pairs.tolist() == [[0, 0]]


def test_a_large_bucket_is_cut_for_whoever_asks_and_told_once():
    some = side([(1, 0, 0), (1, 0, 0), (2, 0, 0)])
    others = side([(1, 0, 1)] * 6 + [(2, 0, 1)])
    found, cut = collide_between(some, others, Limits(bits_up_to(3), most=5, near=0, crowd=9, heads=2))
    assert found.pairs.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 6]]
    assert [(bucket.code, bucket.members.tolist()) for bucket in cut] == [(1, [0, 1, 2, 3, 4, 5])]


def test_who_asks_a_crowd_keeps_its_first_and_each_of_a_crowd_that_asks_keeps_its_match():
    limits = Limits(bits_up_to(3), most=100, near=0, crowd=4, heads=2)
    one, many = [(1, 0, 0)], [(1, 0, 1)] * 5 + [(1, 1, 1)]  # the last differs a little: it is in no crowd
    found, _ = collide_between(side(one), side(many), limits)
    assert found.pairs.tolist() == [[0, 0], [0, 1], [0, 5]] and found.crowded.tolist() == [0]
    asking, _ = collide_between(side([(1, 0, 0)] * 9), side([(1, 0, 1)]), limits)
    assert asking.pairs.tolist() == [[i, 0] for i in range(9)] and not len(asking.crowded)


def screened(rng, count):
    pictures = []
    for _ in range(count):
        tokens = np.unique(rng.integers(0, 40, 6)).astype(np.uint32)
        pictures.append(Shingles(tokens, rng.integers(0, 2**32, len(tokens), np.uint32) & np.uint32(0xC0000007)))
    vectors = rng.standard_normal((count, 16))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return pictures, exhaustive.Screened(exhaustive.posting(pictures), unit)


@pytest.mark.parametrize("seed", range(5))
def test_two_sides_are_screened_as_one_corpus_is(seed):
    rng = np.random.default_rng(seed)
    (mine, a), (theirs, b) = screened(rng, 12), screened(rng, 15)
    asked = rng.random((12, 15)) < 0.7
    found = exhaustive.screen(a, b, asked, RULE)
    wanted = np.zeros((27, 27), bool)
    wanted[:12, 12:] = asked
    vectors = np.concatenate([a.embeddings, b.embeddings])
    together = exhaustive.Screened(exhaustive.posting([*mine, *theirs]), vectors)
    whole = exhaustive.screen(together, together, wanted, RULE)
    assert len(whole.pairs) > 10
    assert found.pairs.tolist() == (whole.pairs - [0, 12]).tolist()
    assert found.parity.tolist() == whole.parity.tolist() and found.near.tolist() == whole.near.tolist()


def test_crowds_on_the_other_side_are_thinned_and_crowds_that_ask_are_not():
    vector = np.ones((1, 16), np.float16) / 4
    nothing = exhaustive.posting([])
    one = exhaustive.Screened(nothing, vector)
    many = exhaustive.Screened(nothing, vector.repeat(5, 0))

    def left(a, b):
        pairs = np.array([(i, j) for i in range(len(a.embeddings)) for j in range(len(b.embeddings))])
        all_of = exhaustive.Proposals(pairs, np.zeros(len(pairs), int), np.ones(len(pairs), bool))
        return exhaustive.without_crowds_between(all_of, a.embeddings, b.embeddings, 4, 2).pairs.tolist()

    assert left(one, many) == [[0, 0], [0, 1]]
    assert left(many, one) == [[i, 0] for i in range(5)]
