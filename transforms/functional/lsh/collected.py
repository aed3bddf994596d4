"""Collects the pairs that collide in the bands of a search, one band after another."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.lsh.buckets import Collisions, Limits, hamming, thinned
from lookalike.transforms.functional.lsh.ranks import NO_RANK, best_of, rank_of
from lookalike.transforms.functional.lsh.rows import Rows

HELD = 1 << 24
"""Pairs that are held before repeats are dropped."""


class BandMembers(NamedTuple):
    """The images that bring something to a band. places: (n,) int, in the order of keys. residual: (n,) uint32, the
    residual bits of their shingles; None in bands of embeddings.
    """

    places: np.ndarray
    residual: np.ndarray | None


class CollectedPairs:
    """Pairs of images that collide in any of some bands, each once with its best rank. What is near a crowd is thinned:
    within each band by whoever finds its collisions, and in all bands together at the end.

    sketches, others: (n, words) and (m, words) uint64, by place, of the first images of pairs and of the second ones:
    looked up of those that may be crowded.
    limits: of crowds. asking: the end of pairs, 0 or 1, whose images are crowded by those of the other end.
    """

    def __init__(self, sketches: Rows, others: Rows, limits: Limits, asking: int) -> None:
        """Nothing is collected yet."""
        self._sketches, self._limits, self._asking = (sketches, others), limits, asking
        self._crowded = [np.zeros(0, np.int64)]
        self._held = [(np.zeros(0, np.uint64), np.zeros(0, np.uint16))]

    def add(self, found: Collisions, some: BandMembers, others: BandMembers) -> None:
        """The collisions of one more band, by index into `some` and `others`."""
        i, j = found.pairs.T
        if some.residual is None or others.residual is None:
            rank = np.full(len(i), NO_RANK)
        else:
            rank = rank_of(found.bits, some.residual[i], others.residual[j])
        first, second = (members.places[at].astype(np.uint64) for members, at in ((some, i), (others, j)))
        self._held.append((first << np.uint64(32) | second, rank))
        self._crowded.append((some, others)[self._asking].places[found.crowded])
        if sum(len(pairs) for pairs, _ in self._held) > HELD:
            self._held = [self._once()]

    def thinned(self) -> tuple[np.ndarray, np.ndarray]:
        """(k, 2) int64 places in order, and (k,) uint16 ranks. An image that is near more than `limits.crowd` others in
        all bands together, or was crowded in one of them, is left with the first `limits.heads` of those.
        """
        packed, rank = self._once()
        pairs = np.stack([packed >> np.uint64(32), packed & np.uint64(0xFFFFFFFF)], 1).astype(np.int64)
        asking, others = pairs[:, self._asking], pairs[:, 1 - self._asking]
        # nobody else can be crowded, and few are: their sketches are looked at
        suspects = np.union1d(_more_often(asking, self._limits.crowd), np.concatenate(self._crowded))
        number = np.searchsorted(suspects, asking)
        at = np.flatnonzero(np.r_[suspects, -1][number] == asking)
        number, others = number[at], others[at]
        mine, theirs = self._sketches[self._asking][asking[at]], self._sketches[1 - self._asking][others]
        near = hamming(mine, theirs) <= self._limits.near
        crowded = np.bincount(number[near], minlength=len(suspects)) > self._limits.crowd
        crowded |= np.isin(suspects, np.concatenate(self._crowded))
        keep = np.ones(len(pairs), bool)
        keep[at] = thinned(np.stack([others, number], 1), near, crowded, self._limits.heads)
        return pairs[keep], rank[keep]

    def _once(self) -> tuple[np.ndarray, np.ndarray]:
        packed, rank = (np.concatenate(values) for values in zip(*self._held, strict=True))
        return best_of(packed, rank)


def _more_often(values: np.ndarray, often: int) -> np.ndarray:
    """(k,) numbers -> those that are there more often than so, in order."""
    ordered = np.sort(values)
    return np.unique(ordered[often:][ordered[often:] == ordered[: max(0, len(ordered) - often)]])
