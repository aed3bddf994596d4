"""Bucket codes of many images in, the pairs that meet in a bucket and agree in what is kept beside their codes out.

Nothing is listed that does not pass: an image meets thousands by chance, and a look at one such pair is a few
nanoseconds.
"""

from typing import NamedTuple

import numpy as np


class Entries(NamedTuple):
    """What n images bring to the bands of one kind. code: (n, bands) uint32. beside: (n, bands or 1, words) uint32 or
    uint64, bits of which no more than `differ` may differ between two images that meet; one band's stand for all where
    there is one. present: (n,) bool, false for images that have no code.
    """

    code: np.ndarray
    beside: np.ndarray
    present: np.ndarray
    differ: int

    def band(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """(n,) codes and (n, words) bits of one band."""
        return self.code[:, number], self.beside[:, min(number, self.beside.shape[1] - 1)]


class Bucket(NamedTuple):
    """One that is too large to be compared. members: (k,) indices in order."""

    code: int
    members: np.ndarray


def runs(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) uint32 -> (n,) the order in which equal ones stand together, by code and then by place; and of each run
    of equal ones, where it starts in that order and how many it has, all int64.
    """
    # as one array of numbers, which numpy sorts several times as fast as it finds an order
    keys = codes.astype(np.uint64) << np.uint64(32) | np.arange(len(codes), dtype=np.uint64)
    keys.sort()
    sorted_codes = keys >> np.uint64(32)
    start = np.flatnonzero(np.r_[True, sorted_codes[1:] != sorted_codes[:-1]][: len(keys)])
    return (keys & np.uint64(0xFFFFFFFF)).astype(np.int64), start, np.diff(np.r_[start, len(keys)])


def differing(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(k, words) bits of k images and of k others -> (k,) how many differ."""
    return np.bitwise_count(some ^ others).sum(1, dtype=np.uint16)


class Met(NamedTuple):
    """Pairs that meet and agree. pairs: (k, 2) int64, i < j, each once. bits: (k,) uint16, how many differ."""

    pairs: np.ndarray
    bits: np.ndarray


def meet(code: np.ndarray, beside: np.ndarray, differ: int, most: int, heads: int) -> tuple[Met, list[Bucket]]:
    """Pairs of one band, and the buckets of more than `most` images, of which only the first `heads` are compared with
    the others.

    Args:
        code: (n,) uint32.
        beside: (n, words).
        differ: bits of `beside` that may differ in a pair.
        most: images in a bucket of which all pairs are looked at.
        heads: see above.
    """
    order, start, size = runs(code)
    found = [Met(np.zeros((0, 2), np.int64), np.zeros(0, np.uint16))]
    large = zip(start[size > most].tolist(), size[size > most].tolist(), strict=True)
    cut = [Bucket(int(code[order[first]]), order[first : first + count]) for first, count in large]
    for bucket in cut:
        for head in range(min(heads, len(bucket.members) - 1)):
            first, others = bucket.members[head], bucket.members[head + 1 :]
            bits = differing(beside[others], beside[first])
            good = bits <= differ
            found.append(Met(np.stack([np.full(good.sum(), first), others[good]], 1), bits[good]))
    start, size = start[(size > 1) & (size <= most)], size[(size > 1) & (size <= most)]
    # how many of the same bucket follow each; all are compared with the next one, then with the one after it ...
    follow = np.repeat(start + size, size) - 1
    place = np.repeat(start - (np.cumsum(size) - size), size) + np.arange(len(follow))
    sorted_beside = beside[order]
    step = 1
    place, follow = place[follow > place], follow[follow > place]
    while len(place):
        bits = differing(sorted_beside[place], sorted_beside[place + step])
        good = bits <= differ
        near = place[good]
        found.append(Met(np.stack([order[near], order[near + step]], 1), bits[good]))
        step += 1
        going = follow >= place + step
        if not going.all():
            place, follow = place[going], follow[going]
    return Met(*(np.concatenate(parts) for parts in zip(*found, strict=True))), cut


def meet_across(some: Entries, others: Entries, band: int) -> Met:
    """Entries of n and of m images -> which of the n meets which of the m in a band, by index."""
    rows, columns = np.flatnonzero(some.present), np.flatnonzero(others.present)
    (mine, beside), (theirs, their_beside) = some.band(band), others.band(band)
    order = columns[np.argsort(theirs[columns], kind="stable")]
    values = theirs[order]
    low, high = np.searchsorted(values, mine[rows], "left"), np.searchsorted(values, mine[rows], "right")
    count = high - low
    at = np.repeat(low, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    i, j = np.repeat(rows, count), order[at]
    bits = differing(beside[i], their_beside[j])
    near = bits <= some.differ
    return Met(np.stack([i[near], j[near]], 1), bits[near])


def best_of(pairs: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(k,) numbers of pairs, with repeats, and how good each meeting is -> the pairs in order, each with its lowest."""
    order = np.lexsort((rank, pairs))
    pairs, rank = pairs[order], rank[order]
    first = np.r_[True, pairs[1:] != pairs[:-1]] if len(pairs) else np.zeros(0, bool)
    return pairs[first], rank[first]
