import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.transforms.functional.lsh.between import collide_across
from lookalike.transforms.functional.lsh.buckets import Entries, Limits, hamming, thinned
from lookalike.transforms.functional.lsh.collisions import LongSketches, collide
from lookalike.transforms.functional.lsh.ranks import best_of
from lookalike.transforms.functional.lsh.rows import RowsAt
from tests.functional.lsh.limits import bits_up_to


@pytest.fixture(autouse=True, params=[64, 2, None], ids=["all at once", "one after another", "compiled"])
def few(request, monkeypatch):
    """All ways to compare the images of a bucket."""
    monkeypatch.setattr("lookalike.transforms.functional.lsh.collisions._ROWS", 3)
    monkeypatch.setattr("lookalike.transforms.functional.lsh.collisions._ROOM", 5)
    if request.param is not None:
        monkeypatch.setattr("lookalike.transforms.functional.lsh.collisions.compiled", None)
        monkeypatch.setattr("lookalike.transforms.functional.lsh.collisions._FEW", request.param)


FEW = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 7)), max_size=40)


either_way = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def arrays(images):
    code = np.array([code for code, _ in images], np.uint32)
    return code, np.array([bits for _, bits in images], np.uint32)[:, None]


@either_way
@given(FEW, st.integers(0, 3))
def test_pairs_are_those_of_two_loops(images, differ):
    code, residual = arrays(images)
    (pairs, bits, _), cut = collide(
        code, residual, residual, Limits(bits_up_to(differ), most=100, near=differ, crowd=100, heads=1)
    )
    expected = {
        (i, j)
        for i, j in itertools.combinations(range(len(images)), 2)
        if images[i][0] == images[j][0] and (images[i][1] ^ images[j][1]).bit_count() <= differ
    }
    found = [tuple(pair) for pair in pairs.tolist()]
    assert bits.tolist() == [(images[i][1] ^ images[j][1]).bit_count() for i, j in found]
    assert not cut and len(found) == len(set(found)) and set(found) == expected


APART = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)


@either_way
@given(FEW, APART, st.booleans(), st.sampled_from([1, 5, 1 << 20]), st.data())
def test_sketches_must_be_the_more_alike_the_more_bits_differ(images, apart, worded, at_once, data):
    code, residual = arrays(images)
    sketch = data.draw(st.lists(st.integers(0, 7), min_size=len(images), max_size=len(images)))
    sketches = np.array(sketch, np.uint64)[:, None]
    bits = residual if worded else np.zeros((len(images), 0), np.uint32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lookalike.transforms.functional.lsh.collisions._ENTRIES", at_once)
        (pairs, differ, _), _ = collide(code, bits, sketches, Limits(apart, most=100, near=0, crowd=100, heads=1))
        most = max((len(images) // 2, 1))
        (star, _, _), _ = collide(code, bits, sketches, Limits(apart, most=most, near=0, crowd=most, heads=1))
    expected = {}
    for i, j in itertools.combinations(range(len(images)), 2):
        beside = (images[i][1] ^ images[j][1]).bit_count() if worded else 0
        apart_here = (sketch[i] ^ sketch[j]).bit_count()
        if images[i][0] == images[j][0] and beside < len(apart) and apart_here <= apart[beside]:
            expected[i, j] = beside
    assert dict(zip(map(tuple, pairs.tolist()), differ.tolist(), strict=True)) == expected
    assert {tuple(pair) for pair in star.tolist()} <= set(expected)


@either_way
@given(FEW, st.integers(0, 3), st.integers(1, 5), st.integers(1, 3))
def test_large_buckets_are_stars_of_their_first_images(images, differ, most, heads):
    code, residual = arrays(images)
    (pairs, _, _), cut = collide(code, residual, residual, Limits(bits_up_to(differ), most, differ, most, heads))
    members = {code: [i for i, image in enumerate(images) if image[0] == code] for code, _ in images}
    large = {code for code, indices in members.items() if len(indices) > most}
    assert {bucket.code: bucket.members.tolist() for bucket in cut} == {code: members[code] for code in large}
    for i, j in pairs.tolist():
        assert i < j and images[i][0] == images[j][0]
        assert images[i][0] not in large or i in members[images[i][0]][:heads]
    assert len(pairs) == len(np.unique(pairs, axis=0))


@either_way
@given(FEW, st.integers(0, 3), st.integers(0, 3), st.integers(1, 6), st.integers(1, 3), st.data())
def test_of_a_crowd_only_the_first_are_compared(images, differ, near, crowd, heads, data):
    heads = min(heads, crowd)
    sketch = data.draw(st.lists(st.integers(0, 7), min_size=len(images), max_size=len(images)))
    code, residual = arrays(images)
    sketches = np.array(sketch, np.uint64)[:, None]
    found, _ = collide(code, residual, sketches, Limits(bits_up_to(differ), 100, near, crowd, heads))
    agree = [
        [i for i in range(j) if images[i][0] == images[j][0] and (images[i][1] ^ images[j][1]).bit_count() <= differ]
        for j in range(len(images))
    ]
    close = [[i for i in agree[j] if (sketch[i] ^ sketch[j]).bit_count() <= near] for j in range(len(images))]
    crowded = [len(c) > crowd for c in close]
    assert sorted(found.crowded.tolist()) == np.flatnonzero(crowded).tolist()
    pairs = np.unique(found.pairs, axis=0)
    assert len(pairs) == len(found.pairs)
    is_near = (np.bitwise_count(sketches[pairs[:, 0], 0] ^ sketches[pairs[:, 1], 0]) <= near) & (len(pairs) > 0)
    keep = thinned(pairs, is_near, np.array(crowded, bool), heads)
    expected = {(i, j) for j in range(len(images)) for i in agree[j] if not crowded[j] or i not in close[j][heads:]}
    assert {tuple(pair) for pair in pairs[keep].tolist()} == expected


def test_a_bucket_of_copies_costs_what_its_star_does():
    same, pairs_of_the_first = np.zeros((5000, 1), np.uint32), 65 * 64 // 2
    found, cut = collide(np.zeros(5000, np.uint32), same, same, Limits(bits_up_to(3), 10_000, 0, 64, 4))
    assert not cut and len(found.pairs) == pairs_of_the_first + (5000 - 65) * 4


@either_way
@given(FEW, FEW, st.integers(0, 3), st.data())
def test_meeting_across_is_meeting_together(some, others, differ, data):
    def entries(images):
        code, residual = arrays(images)
        present = np.array(data.draw(st.lists(st.booleans(), min_size=len(images), max_size=len(images))), bool)
        bands = np.stack([code, code % 2], 1).astype(np.uint32)[:, :, None]
        return Entries(bands, residual[:, None].repeat(2, 1), residual, present, bits_up_to(differ))

    a, b = entries(some), entries(others)
    expected = {
        (i, j)
        for i in np.flatnonzero(a.present)
        for j in np.flatnonzero(b.present)
        if a.code[i, 0] == b.code[j, 0] and hamming(a.residual[i, 0][None], b.residual[j, 0][None])[0] <= differ
    }
    met = collide_across(a, b, 0)
    assert {tuple(pair) for pair in met.pairs.tolist()} == expected and len(met.pairs) == len(expected) == len(met.bits)


@either_way
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
    assert (hamming(zeros, ones) == words * np.iinfo(dtype).bits).all()


def test_a_bucket_of_many_costs_what_its_star_does():
    code = np.zeros(50_000, np.uint32)
    same = np.zeros((50_000, 1), np.uint32)
    (pairs, _, _), cut = collide(code, same, same, Limits(bits_up_to(0), most=100, near=0, crowd=64, heads=2))
    assert len(cut) == 1 and len(pairs) == 49_999 + 49_998


@pytest.mark.parametrize("at_once", [1, 7, 1000])
@pytest.mark.parametrize("most", [100, 7])
def test_of_collisions_those_are_kept_whose_long_sketches_agree(at_once, most, monkeypatch):
    monkeypatch.setattr("lookalike.transforms.functional.lsh.collisions._PAIRS", at_once)
    drawn = np.random.default_rng(4)
    code = np.repeat(np.arange(3, dtype=np.uint32), [20, 1, 5])
    residual, zeros = drawn.integers(0, 4, (26, 1), np.uint32), np.zeros((40, 1), np.uint64)
    rows, places = drawn.integers(0, 16, (40, 3), np.uint64), drawn.permutation(40)[:26]
    limits = Limits((0, 0), most, near=0, crowd=100, heads=2)
    every, cut = collide(code, residual, RowsAt(zeros, places), limits)
    kept, same_cut = collide(code, residual, RowsAt(zeros, places), limits, None, LongSketches(rows, (6, 5)))
    expected = {
        (i, j): bits
        for (i, j), bits in zip(map(tuple, every.pairs.tolist()), every.bits.tolist(), strict=True)
        if int(np.bitwise_count(rows[places[i]] ^ rows[places[j]]).sum()) <= (6, 5)[bits]
    }
    assert dict(zip(map(tuple, kept.pairs.tolist()), kept.bits.tolist(), strict=True)) == expected
    assert 0 < len(expected) < len(every.pairs) and set(expected.values()) == {0, 1}
    assert len(cut) == len(same_cut) == (most == 7)


def test_crowds_are_those_of_all_that_agree_before_long_sketches_do():
    """As many are left of a crowd of equals as it stands for, however few of all are alike in long sketches."""
    rows = np.zeros((12, 2), np.uint64)
    rows[1:] = 3  # none is like the first
    same, places = np.zeros((12, 1), np.uint32), np.arange(12)
    limits = Limits((0,), 100, near=0, crowd=4, heads=2)
    found, _ = collide(
        same[:, 0], same, RowsAt(np.zeros((12, 1), np.uint64), places), limits, None, LongSketches(rows, (1,))
    )
    few = {(i, j) for j in range(5) for i in range(1, j)}
    assert {tuple(pair) for pair in found.pairs.tolist()} == few | {(1, j) for j in range(5, 12)}
    assert found.crowded.tolist() == list(range(5, 12))
