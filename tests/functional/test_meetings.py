import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.functional.meetings import Entries, best_of, differing, meet, meet_across

FEW = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 7)), max_size=40)


def arrays(images):
    code = np.array([code for code, _ in images], np.uint32)
    return code, np.array([bits for _, bits in images], np.uint32)[:, None]


@given(FEW, st.integers(0, 3))
def test_pairs_are_those_of_two_loops(images, differ):
    (pairs, bits), cut = meet(*arrays(images), differ, most=100, heads=1)
    expected = {
        (i, j)
        for i, j in itertools.combinations(range(len(images)), 2)
        if images[i][0] == images[j][0] and (images[i][1] ^ images[j][1]).bit_count() <= differ
    }
    found = [tuple(pair) for pair in pairs.tolist()]
    assert bits.tolist() == [(images[i][1] ^ images[j][1]).bit_count() for i, j in found]
    assert not cut and len(found) == len(set(found)) and set(found) == expected


@given(FEW, st.integers(0, 3), st.integers(1, 5), st.integers(1, 3))
def test_large_buckets_are_stars_of_their_first_images(images, differ, most, heads):
    (pairs, _), cut = meet(*arrays(images), differ, most, heads)
    members = {code: [i for i, image in enumerate(images) if image[0] == code] for code, _ in images}
    large = {code for code, indices in members.items() if len(indices) > most}
    assert {bucket.code: bucket.members.tolist() for bucket in cut} == {code: members[code] for code in large}
    for i, j in pairs.tolist():
        assert i < j and images[i][0] == images[j][0]
        assert images[i][0] not in large or i in members[images[i][0]][:heads]
    assert len(pairs) == len(np.unique(pairs, axis=0))


@given(FEW, FEW, st.integers(0, 3), st.data())
def test_meeting_across_is_meeting_together(some, others, differ, data):
    def entries(images):
        code, beside = arrays(images)
        present = np.array(data.draw(st.lists(st.booleans(), min_size=len(images), max_size=len(images))), bool)
        return Entries(np.stack([code, code % 2], 1).astype(np.uint32), beside[:, None], present, differ)

    a, b = entries(some), entries(others)
    expected = {
        (i, j)
        for i in np.flatnonzero(a.present)
        for j in np.flatnonzero(b.present)
        if a.code[i, 0] == b.code[j, 0] and differing(a.beside[i, 0][None], b.beside[j, 0][None])[0] <= differ
    }
    met = meet_across(a, b, 0)
    assert {tuple(pair) for pair in met.pairs.tolist()} == expected and len(met.pairs) == len(expected) == len(met.bits)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9))))
def test_the_best_of_repeats(found):
    pairs, rank = (np.array(column, int) for column in (list(zip(*found, strict=True)) or ([], [])))
    lowest = {pair: min(r for p, r in found if p == pair) for pair, _ in found}
    best = best_of(pairs, rank)
    assert dict(zip(*(column.tolist() for column in best), strict=True)) == lowest and best[0].tolist() == sorted(
        lowest
    )


@pytest.mark.parametrize("words, dtype", [(1, np.uint32), (4, np.uint64)])
def test_all_bits_beside_count(words, dtype):
    zeros, ones = np.zeros((3, words), dtype), np.full((3, words), np.iinfo(dtype).max)
    assert (differing(zeros, ones) == words * np.iinfo(dtype).bits).all()


def test_a_bucket_of_many_costs_what_its_star_does():
    code = np.zeros(50_000, np.uint32)
    (pairs, _), cut = meet(code, np.zeros((50_000, 1), np.uint32), 0, most=100, heads=2)
    assert len(cut) == 1 and len(pairs) == 49_999 + 49_998
