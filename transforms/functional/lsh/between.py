"""Collisions between the images of two tables, or of sets of one: of some images with others, and never among them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.lsh.buckets import (
    Bucket,
    Collisions,
    Entries,
    Limits,
    hamming,
    similar,
    thinned,
)
from lookalike.transforms.functional.lsh.rows import Rows

_AT_ONCE = 1 << 22
"""Pairs of two sides that are looked at at once."""


class BandSide(NamedTuple):
    """What n images bring to one band. code: (n,) uint32. residual, sketches: (n, words), bits of which few may differ
    in a pair; of no words where there are none. sets: (n,) uint32, the number of the set that each belongs to.
    in_order: they stand in order of code, and of set where that is the same.
    """

    code: np.ndarray
    residual: Rows
    sketches: Rows
    sets: np.ndarray
    in_order: bool = False


def collide_between(some: BandSide, others: BandSide, limits: Limits) -> tuple[Collisions, list[Bucket]]:
    """What n and m images bring to a band -> which of the n, i, collide with which of the m, j, and agree, where the
    set of j has the higher number: pairs (i, j) in order; and the buckets of which more than `limits.most` of the m are
    in such sets.

    No pair of one set is looked at. An image i that is near more than `limits.crowd` images is paired with the first
    `limits.heads` of these; it is crowded.
    """
    # of one bucket, by set: what an image may be paired with stands together
    theirs = _bucket_and_set(others.code, others.sets)
    order = np.arange(len(theirs)) if others.in_order else np.argsort(theirs, kind="stable")
    theirs = theirs if others.in_order else theirs[order]
    mine = _bucket_and_set(some.code, some.sets)
    asked = np.argsort(mine, kind="stable")  # in order, since that finds its places several times as fast
    low = np.searchsorted(theirs, mine[asked], "right")
    high = np.searchsorted(theirs, mine[asked] | np.uint64(0xFFFFFFFF), "right")
    count = high - low
    cut = _cut(some.code[asked], low, count, order, limits.most)
    count = np.where(count > limits.most, np.minimum(count, limits.heads), count)
    asked, low, count = asked[count > 0], low[count > 0], count[count > 0]
    found = [Collisions(np.zeros((0, 2), np.int64), np.zeros(0, np.uint16))]
    for number, at in ranges(low, count):
        found.append(_agreeing(asked[number], order[at], some, others, limits))
    pairs, bits, crowded = (np.concatenate(parts) for parts in zip(*found, strict=True))
    by_place = np.lexsort(pairs.T[::-1])
    return Collisions(pairs[by_place], bits[by_place], np.sort(crowded)), cut


def collide_across(some: Entries, others: Entries, band: int) -> Collisions:
    """Entries of n and of m images -> which of the n collide with which of the m in a band, by index."""
    (rows, mine, residual), (columns, theirs, their_residual) = some.band(band), others.band(band)
    order = np.argsort(theirs, kind="stable")
    values = theirs[order]
    low, high = np.searchsorted(values, mine, "left"), np.searchsorted(values, mine, "right")
    count = high - low
    at = np.repeat(low, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    x, y = np.repeat(np.arange(len(mine)), count), order[at]
    bits, i, j = hamming(residual[x], their_residual[y]), rows[x], columns[y]
    near = similar(some.apart, bits, hamming(some.sketches[i], others.sketches[j]))
    return Collisions(np.stack([i[near], j[near]], 1), bits[near])


def ranges(low: np.ndarray, count: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(n,) where ranges start, and how many places each has, one at least -> the number of its range and each place,
    those of some ranges at a time: about `_AT_ONCE` places, and never a part of a range.
    """
    ends = np.cumsum(count)
    first = 0
    while first < len(count):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + _AT_ONCE, "right")))
        size = count[first:last]
        at = np.arange(size.sum()) + np.repeat(low[first:last] - np.cumsum(size) + size, size)
        yield np.repeat(np.arange(first, last), size), at
        first = last


def _bucket_and_set(code: np.ndarray, sets: np.ndarray) -> np.ndarray:
    return code.astype(np.uint64) << np.uint64(32) | sets.astype(np.uint64)


def _cut(code: np.ndarray, low: np.ndarray, count: np.ndarray, order: np.ndarray, most: int) -> list[Bucket]:
    """Of images in order of bucket, their codes, and where in `order` those start that they meet -> the large buckets,
    each once.
    """
    large = np.flatnonzero(count > most)
    _, once = np.unique(code[large], return_index=True)  # the first has the most to meet
    return [Bucket(int(code[at]), np.sort(order[low[at] : low[at] + count[at]])) for at in large[once].tolist()]


def _agreeing(i: np.ndarray, j: np.ndarray, some: BandSide, others: BandSide, limits: Limits) -> Collisions:
    """Pairs that collide, those of one i together -> those that agree and are in no crowd."""
    bits = hamming(some.residual[i], others.residual[j])
    good = np.flatnonzero(bits < len(limits.apart))
    far = hamming(some.sketches[i[good]], others.sketches[j[good]])
    good = good[similar(limits.apart, bits[good], far)]
    i, j, bits = i[good], j[good], bits[good]
    many = np.bincount(i, minlength=len(some.code)) > limits.crowd
    if not many.any():
        return Collisions(np.stack([i, j], 1), bits)
    near = many[i]
    near[near] = hamming(some.sketches[i[near]], others.sketches[j[near]]) <= limits.near
    crowded = np.bincount(i[near], minlength=len(some.code)) > limits.crowd
    by_place = np.lexsort((j, i))
    pairs, near, bits = np.stack([j, i], 1)[by_place], near[by_place], bits[by_place]
    keep = thinned(pairs, near, crowded, limits.heads)
    return Collisions(pairs[keep, ::-1], bits[keep], np.flatnonzero(crowded))
