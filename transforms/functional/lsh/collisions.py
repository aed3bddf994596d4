"""Finds the pairs of images that collide in a bucket of a band and agree: in the residual bits of their shingles, where
the band is of such, and in the sketches of their embeddings.

Pairs that do not agree are never listed: an image collides with thousands by chance, and comparing one such pair
takes some nanoseconds.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.lsh.rows import Rows
from lookalike.transforms.functional.lsh.scopes import Scopes
from lookalike.transforms.functional.native.kernels import compiled

_FEW, _ROWS = 64, 512
"""Buckets of up to _FEW images are compared all at once, larger ones one after another, _ROWS images at a time."""
_ENTRIES = 1 << 20
"""Images in buckets of few that are looked at at once: their sketches take 32 MB."""
_ROOM = 1 << 20
"""Pairs that the kernel finds at once, at least: 12 MB."""
_AT_ONCE = 1 << 22
"""Pairs of two sides that are looked at at once."""


class Entries(NamedTuple):
    """What n images bring to the bands of one kind. code: (n, bands, codes) uint32; of those of one band none is
    another one of the same image. residual: (n, bands, words) uint32, residual bits; of no words where there are none.
    sketches: (n, words) uint64, of embeddings. present: (n,) bool, false for images that have no code. apart: of the
    bands' `Limits`.
    """

    code: np.ndarray
    residual: np.ndarray
    sketches: np.ndarray
    present: np.ndarray
    apart: tuple[int, ...]

    def band(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The images that have a code in a band, once for each: (m,) their numbers, codes, and (m, words) bits."""
        rows = np.flatnonzero(self.present)
        code = self.code[rows, number]
        rows = np.repeat(rows, code.shape[1])
        return rows, code.ravel(), self.residual[rows, number]


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


def hamming(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(..., words) bits of images and of others, which broadcast -> (...,) uint16, how many differ."""
    total = np.zeros(np.broadcast_shapes(some.shape[:-1], others.shape[:-1]), np.uint16)
    for word in range(some.shape[-1]):  # several times as fast as a sum over so short an axis
        total += np.bitwise_count(some[..., word] ^ others[..., word])
    return total


class Collisions(NamedTuple):
    """Pairs that collide and agree. pairs: (k, 2) int64, i < j, each once. bits: (k,) uint16, how many differ. crowded:
    (m,) int64, images of which pairs were left out.
    """

    pairs: np.ndarray
    bits: np.ndarray
    crowded: np.ndarray = np.zeros(0, np.int64)


class Limits(NamedTuple):
    """How widely the buckets of a band are compared.

    apart: bits of sketches that may differ in a pair at most where 0, 1 ... residual bits do; where more of those do,
    the two do not agree. most: images in a bucket; a larger one is compared with
    its first `heads` images only. near: bits of their sketches that differ at most between images that are all but the
    same. crowd: an image that is near more than so many of those before it is compared with the first `heads` of these:
    among thousands of copies of one picture all pairs would be millions, and say nothing more.
    """

    apart: tuple[int, ...]
    most: int
    near: int
    crowd: int
    heads: int


def similar(apart: tuple[int, ...], bits: np.ndarray, differ: np.ndarray) -> np.ndarray:
    """Residual bits that differ in pairs, and bits of their sketches that do -> bool: which pairs agree (`Limits`)."""
    most = np.array([*apart, -1], np.int16)
    agree: np.ndarray = differ <= most[np.minimum(bits, len(apart))]
    return agree


def collide(
    code: np.ndarray, residual: np.ndarray, sketches: Rows, limits: Limits, scopes: Scopes | None = None
) -> tuple[Collisions, list[Bucket]]:
    """(n,) uint32 codes of a band, (n, words) residual bits and (n, words) sketches -> its pairs, and the buckets of
    more than `limits.most` images. scopes: of the images, where not all pairs are asked for.
    """
    order, start, size = runs(code)
    cut, found = [], []
    for first, count in zip(start[size > limits.most].tolist(), size[size > limits.most].tolist(), strict=True):
        members = order[first : first + count]
        cut.append(Bucket(int(code[members[0]]), members))
        found.append(_with_heads(members, residual, sketches, limits, scopes))
    start, size = start[(size > 1) & (size <= limits.most)], size[(size > 1) & (size <= limits.most)]
    if compiled is not None and scopes is None:
        crowded = np.zeros(0, np.int64)
        for some in _at_once(size):
            pairs, numbers = _compiled(order, start[some], size[some], residual, sketches, limits)
            found.append(pairs)
            crowded = np.r_[crowded, some[numbers]]
        start, size = start[crowded], size[crowded]
    few = size <= min(_FEW, limits.crowd)
    for first, count in zip(start[~few].tolist(), size[~few].tolist(), strict=True):
        found.append(_in_blocks(order[first : first + count], residual, sketches, limits, scopes))
    start, size = start[few], size[few]
    for some in _at_once(size):
        found.append(_step_by_step(order, start[some], size[some], residual, sketches, limits, scopes))
    return Collisions(*(np.concatenate(parts) for parts in zip(*found, strict=True))), cut


def _at_once(size: np.ndarray) -> list[np.ndarray]:
    """(b,) what buckets have -> their numbers, those of about _ENTRIES images at a time; one array at least."""
    several = np.cumsum(size) // _ENTRIES
    return np.split(np.arange(len(size)), np.flatnonzero(np.diff(several)) + 1)


def _compiled(
    order: np.ndarray, start: np.ndarray, size: np.ndarray, residual: np.ndarray, sketches: Rows, limits: Limits
) -> tuple[Collisions, np.ndarray]:
    """Images in order of buckets, and where some start and what they have -> the pairs that agree, but for buckets in
    which an image agrees with more than a crowd; and the numbers of those.
    """
    if not len(start):
        return Collisions(np.zeros((0, 2), np.int64), np.zeros(0, np.uint16)), np.zeros(0, np.int64)
    top, end, largest = int(start[0]), int(start[-1] + size[-1]), int(size.max())
    order, start = order[top:end], start - top
    words, apart = np.ascontiguousarray(residual[order], np.uint32), np.array(limits.apart, np.int16)
    looks = np.ascontiguousarray(sketches[order], np.uint64)
    room = np.empty((max(_ROOM, largest * (largest - 1) // 2), 3), np.int32)
    found, done = [], 0
    while done < len(start):
        buckets, pairs = compiled.agree(words, looks, apart, start[done:], size[done:], room, len(order))
        found.append(room[:pairs].copy())
        done += buckets
    together = np.concatenate(found)
    often = np.flatnonzero(np.bincount(together[:, 1], minlength=1) > limits.crowd)
    many = np.unique(np.searchsorted(start, often, "right") - 1)
    if len(many):
        together = together[~np.isin(np.searchsorted(start, together[:, 1], "right") - 1, many)]
    return Collisions(order[together[:, :2]], together[:, 2].astype(np.uint16)), many


def _with_heads(
    members: np.ndarray, residual: np.ndarray, sketches: Rows, limits: Limits, scopes: Scopes | None
) -> Collisions:
    """A bucket's members in order -> those that agree with one of those that stand for it."""
    heads = members[: limits.heads] if scopes is None else scopes.heads(members, limits.heads)
    bits = hamming(residual[members][:, None], residual[heads])
    agree = similar(limits.apart, bits, hamming(sketches[members][:, None], sketches[heads]))
    # two heads meet once
    agree &= (heads < members[:, None]) | ~np.isin(members, heads)[:, None]
    if scopes is not None:
        agree = scopes.kept(agree, members[:, None], heads)
    place, head = np.nonzero(agree)
    ends = np.sort(np.stack([heads[head], members[place]], 1), 1)
    return Collisions(ends, hamming(residual[ends[:, 0]], residual[ends[:, 1]]))


def _in_blocks(
    members: np.ndarray, residual: np.ndarray, sketches: Rows, limits: Limits, scopes: Scopes | None
) -> Collisions:
    """A bucket's members in order, some hundreds -> those that agree: a table of all, some rows at a time."""
    bits, looks = residual[members], sketches[members]
    crowded = np.zeros(len(members), bool)
    found = []
    for top in range(0, len(members), _ROWS):
        end = min(top + _ROWS, len(members))
        differ = hamming(bits[top:end, None], bits[:end])
        agree = differ < len(limits.apart)
        agree[:, top:] &= np.tri(end - top, k=-1, dtype=bool)
        if bits.shape[1]:
            asking, before = np.nonzero(agree)
            far = hamming(looks[top + asking], looks[before])
            agree[asking, before] = similar(limits.apart, differ[asking, before], far)
        else:  # of all pairs, which is faster where hardly any is left out before
            agree &= similar(limits.apart, differ, hamming(looks[top:end, None], looks[:end]))
        if scopes is not None:
            agree = scopes.kept(agree, members[top:end, None], members[:end])
        asked = np.flatnonzero(np.count_nonzero(agree, 1) > limits.crowd)
        if len(asked):
            near = hamming(looks[top:end][asked, None], looks[:end]) <= limits.near
            near &= agree[asked]
            nth = np.cumsum(near, 1, np.uint16)
            many = nth[:, -1] > limits.crowd
            crowded[top + asked[many]] = True
            agree[asked[many]] &= ~near[many] | (nth[many] <= limits.heads)
        place, first = np.divmod(np.flatnonzero(agree), end)
        found.append(Collisions(np.stack([members[first], members[place + top]], 1), differ[place, first]))
    pairs, differ, _ = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Collisions(pairs, differ, members[crowded])


def _step_by_step(
    order: np.ndarray,
    start: np.ndarray,
    size: np.ndarray,
    residual: np.ndarray,
    sketches: Rows,
    limits: Limits,
    scopes: Scopes | None,
) -> Collisions:
    """Images in order of buckets, and where buckets too small for crowds start and what they have -> the pairs that
    agree.
    """
    if not len(start):
        return Collisions(np.zeros((0, 2), np.int64), np.zeros(0, np.uint16))
    top, end = int(start[0]), int(start[-1] + size[-1])
    order, start = order[top:end], start - top
    words, looks = np.ascontiguousarray(residual[order].T), sketches[order]
    # all images of all buckets are compared with the first of their bucket, then with the second ...
    first = np.repeat(start, size)
    place = first + np.arange(len(first)) - np.repeat(np.cumsum(size) - size, size)
    found = [Collisions(np.zeros((0, 2), np.int64), np.zeros(0, np.uint16))]
    for _ in range(int(size.max(initial=1)) - 1):
        going = place > first
        place, first = place[going], first[going]
        differ = hamming(words.take(place, 1).T, words.take(first, 1).T)
        good = np.flatnonzero(differ < len(limits.apart))
        agree = similar(limits.apart, differ[good], hamming(looks[place[good]], looks[first[good]]))
        if scopes is not None:
            agree = scopes.kept(agree, order[first[good]], order[place[good]])
        good = good[agree]
        found.append(Collisions(np.stack([order[first[good]], order[place[good]]], 1), differ[good]))
        first = first + 1
    return Collisions(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def thinned(pairs: np.ndarray, near: np.ndarray, crowded: np.ndarray, heads: int) -> np.ndarray:
    """(k, 2) pairs i < j in order, which of them are near, and which images are crowded -> (k,) bool: true but where
    a crowded image is the second of a near pair, and has `heads` such before.
    """
    keep = np.ones(len(pairs), bool)
    asked = np.flatnonzero(near & crowded[pairs[:, 1]])
    by_image = asked[np.argsort(pairs[asked, 1], kind="stable")]
    image = pairs[by_image, 1]
    nth = np.arange(len(image)) - np.searchsorted(image, image, "left")
    keep[by_image[nth >= heads]] = False
    return keep


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
