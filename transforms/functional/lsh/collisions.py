"""Finds the pairs of images that collide in a bucket of a band and agree: in the residual bits of their shingles, where
the band is of such, and in the sketches of their embeddings.

Pairs that do not agree are never listed: an image collides with thousands by chance, and comparing one such pair
takes some nanoseconds.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.lsh.buckets import Bucket, Collisions, Limits, hamming, runs, similar
from lookalike.transforms.functional.lsh.rows import Rows, RowsAt
from lookalike.transforms.functional.lsh.scopes import Scopes
from lookalike.transforms.functional.native.kernels import compiled

_FEW, _ROWS = 64, 512
"""Buckets of up to _FEW images are compared all at once, larger ones one after another, _ROWS images at a time."""
_ENTRIES = 1 << 20
"""Images in buckets of few that are looked at at once: their sketches take 32 MB."""
_PAIRS = 1 << 15
"""Pairs whose sketches are compared at once."""
_ROOM = 1 << 20
"""Pairs that the kernel finds at once, at least: 12 MB."""


class LongSketches(NamedTuple):
    """Longer sketches, in which pairs are to agree, too. rows: (m, words) uint64, in the order of those rows that the
    other sketches are looked up in. apart: of `Limits`, for these.
    """

    rows: np.ndarray
    apart: tuple[int, ...]


class Buckets(NamedTuple):
    """Some buckets of a band. order: (n,) images, those of a bucket one after another. start, size: (b,) where each
    begins there, and what it has.
    """

    order: np.ndarray
    start: np.ndarray
    size: np.ndarray

    def some(self, which: np.ndarray) -> "Buckets":
        """Those of a mask, or of some places."""
        return Buckets(self.order, self.start[which], self.size[which])

    def members(self) -> Iterator[np.ndarray]:
        """The images of each."""
        for first, count in zip(self.start.tolist(), self.size.tolist(), strict=True):
            yield self.order[first : first + count]


def collide(
    code: np.ndarray,
    residual: np.ndarray,
    sketches: Rows,
    limits: Limits,
    scopes: Scopes | None = None,
    long: LongSketches | None = None,
) -> tuple[Collisions, list[Bucket]]:
    """(n,) uint32 codes of a band, (n, words) residual bits and (n, words) sketches -> its pairs, and the buckets of
    more than `limits.most` images. scopes: of the images, where not all pairs are asked for. long: where there are
    such, sketches are looked up by `RowsAt`; crowds are thinned before.
    """
    every = Buckets(*runs(code))
    cut, found = [], [Collisions(np.zeros((0, 2), np.int64), np.zeros(0, np.uint16))]
    for members in every.some(every.size > limits.most).members():
        cut.append(Bucket(int(code[members[0]]), members))
        found.append(_with_heads(members, residual, sketches, limits, scopes))
    several = every.some((every.size > 1) & (every.size <= limits.most))
    done = []
    if compiled is not None and scopes is None:
        done = [_compiled(several, residual, sketches, limits, long)] if len(several.start) else []
    else:
        few = several.size <= min(_FEW, limits.crowd)
        found += [_in_blocks(one, residual, sketches, limits, scopes) for one in several.some(~few).members()]
        small = several.some(few)
        found += [_step_by_step(small.some(some), residual, sketches, limits, scopes) for some in _at_once(small.size)]
    agreed = found if long is None else [_within(one, _looked_up(sketches, len(code))[1], long) for one in found]
    return Collisions(*(np.concatenate(parts) for parts in zip(*agreed, *done, strict=True))), cut


def _looked_up(sketches: Rows, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sketches of `count` images -> rows, and (count,) int64, which of them is of each."""
    if isinstance(sketches, RowsAt) and isinstance(sketches.rows, np.ndarray):
        return sketches.rows, sketches.places.astype(np.int64, copy=False)
    return sketches[np.arange(count)], np.arange(count)


def _within(found: Collisions, places: np.ndarray, long: LongSketches) -> Collisions:
    """Collisions of what stands at some places of the long sketches -> those of which these agree."""
    differ = np.zeros(len(found.pairs), np.uint16)
    for first in range(0, len(differ), _PAIRS):
        ends = places[found.pairs[first : first + _PAIRS]]
        differ[first : first + _PAIRS] = hamming(long.rows[ends[:, 0]], long.rows[ends[:, 1]])
    kept = similar(long.apart, found.bits, differ)
    return Collisions(found.pairs[kept], found.bits[kept], found.crowded)


def _at_once(size: np.ndarray) -> list[np.ndarray]:
    """(b,) what buckets have -> their numbers, those of about _ENTRIES images at a time; one array at least."""
    several = np.cumsum(size) // _ENTRIES
    return np.split(np.arange(len(size)), np.flatnonzero(np.diff(several)) + 1)


def _compiled(
    buckets: Buckets, residual: np.ndarray, sketches: Rows, limits: Limits, long: LongSketches | None
) -> Collisions:
    """Buckets of two images and more -> the pairs that agree."""
    order, start, size = buckets
    (looks, places), bits = _looked_up(sketches, len(order)), np.ascontiguousarray(residual, np.uint32)
    long = long or LongSketches(np.zeros((0, 1), np.uint64), limits.apart)
    apart, long_apart = (np.array(of, np.int16) for of in (limits.apart, long.apart))
    looks = np.ascontiguousarray(looks, np.uint64)
    largest = int(size.max())
    room = np.empty((max(_ROOM, largest * (largest - 1) // 2), 3), np.int32)
    crowded = np.zeros(len(order), bool)
    found, done = [], 0
    while done < len(start):
        looked_at, count = compiled.agree(
            *(order, places, bits, looks, long.rows, apart, long_apart, start[done:], size[done:], room, crowded),
            len(looks),
            (limits.near, limits.crowd, limits.heads),
        )
        found.append(room[:count].copy())
        done += looked_at
    together = np.concatenate(found)
    pairs = together[:, :2].astype(np.int64)
    return Collisions(pairs, together[:, 2].astype(np.uint16), np.flatnonzero(crowded))


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
    buckets: Buckets, residual: np.ndarray, sketches: Rows, limits: Limits, scopes: Scopes | None
) -> Collisions:
    """Buckets too small for crowds, one after another in their order -> the pairs that agree."""
    order, start, size = buckets
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
