"""Pairs that are not asked for are dropped where pairs are formed, and count nowhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.lsh.buckets import Limits
from lookalike.transforms.functional.lsh.collisions import collide
from lookalike.transforms.functional.lsh.scopes import NO_SCOPE, Scopes, allowed, salt
from tests.functional.lsh.limits import bits_up_to

IMAGES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 7), st.integers(0, 3)), max_size=30)
"""Code, residual bits and scope of each."""


def asked(x, y, within):
    return x == y != NO_SCOPE if within else x != y or x == NO_SCOPE


@pytest.mark.parametrize("few", [64, 1])
@given(IMAGES, st.booleans(), st.integers(0, 3))
def test_what_is_found_in_scope_is_what_is_found_at_all(few, images, within, differ):
    code, bits, ids = (np.array([image[n] for image in images], np.uint32) for n in range(3))
    limits = Limits(bits_up_to(differ), most=100, near=differ, crowd=100, heads=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("lookalike.transforms.functional.lsh.collisions._FEW", few)
        every, _ = collide(code, bits[:, None], bits[:, None], limits)
        scopes = Scopes(ids.astype(np.uint64), within)
        found, cut = collide(code, bits[:, None], bits[:, None], limits, scopes)
    expected = {(i, j) for i, j in every.pairs.tolist() if asked(images[i][2], images[j][2], within)}
    assert {tuple(pair) for pair in found.pairs.tolist()} == expected and len(found.pairs) == len(expected)
    assert not cut and scopes.left_out == len(every.pairs) - len(expected)


def test_a_crowd_of_one_scope_hides_no_copy_of_another():
    ids = np.array([1] * 12 + [2] + [1] * 12, np.uint64)
    code, bits = np.zeros(25, np.uint32), np.zeros((25, 1), np.uint32)

    def pairs(within, most):
        found, cut = collide(
            code, bits, bits, Limits(bits_up_to(0), most, near=0, crowd=10, heads=1), Scopes(ids, within)
        )
        assert len(cut) == (most < 25) and len(found.pairs) == len(np.unique(found.pairs, axis=0))
        return {tuple(pair) for pair in found.pairs.tolist()}

    # the one of the other scope is near twelve before it, and meets one; those behind it are near that one only
    assert pairs(False, most=100) == {(0, 12)} | {(12, j) for j in range(13, 25)}
    # a bucket above the cap is compared with images of two scopes
    assert pairs(False, most=20) == {(i, 12) for i in range(12)} | {(12, j) for j in range(13, 25)}
    assert pairs(True, most=20) == {(0, j) for j in range(1, 25) if j != 12}


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20))
def test_buckets_of_two_scopes_are_two(ids):
    scopes = np.array(ids, np.uint64) << np.uint64(40)
    own = np.arange(100, 100 + len(ids)).astype(np.uint64)
    salted = salt(scopes, own)[:, 0]
    for i, x in enumerate(ids):
        for j, y in enumerate(ids[:i]):
            assert (salted[i] == salted[j]) == (x == y != NO_SCOPE)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=20), st.booleans())
def test_arrays_say_what_the_rule_says(pairs, within):
    some, others = np.array(pairs, np.uint64).reshape(-1, 2).T
    assert allowed(some, others, within).tolist() == [asked(x, y, within) for x, y in pairs]
