"""Which pairs of images are asked for: only those within one scope, or only those across two."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_SCOPE = 0
"""Of images of which nobody knows the scope: they are within none, and may be across any."""


def allowed(some: np.ndarray, others: np.ndarray, within: bool) -> NDArray[np.bool_]:
    """Scopes of images and of others, uint64, which broadcast -> bool: which pairs are asked for."""
    asked: NDArray[np.bool_] = some == others if within else some != others
    known: NDArray[np.bool_] = some != NO_SCOPE
    return asked & known if within else asked | ~known


def salt(scopes: np.ndarray, own: np.ndarray) -> NDArray[np.uint32]:
    """(n,) uint64 scopes -> (n, 1) uint32, by which codes of different scopes differ. own: (n,) uint64, different for
    each image: one without a scope has a bucket of its own.
    """
    of: NDArray[np.uint64] = np.where(scopes == NO_SCOPE, own, scopes)
    return (of ^ of >> np.uint64(32)).astype(np.uint32)[:, None]


class Scopes:
    """The scopes of n images, which is asked of their pairs, and how many of these it has left out. ids: (n,) uint64.
    within: only pairs within one scope are asked for; else only those across two.
    """

    def __init__(self, ids: np.ndarray, within: bool) -> None:
        """Nothing was left out yet."""
        self.ids, self.within, self.left_out = ids, within, 0

    def at(self, places: np.ndarray) -> "Scopes":
        """Those of some of the images, by their numbers."""
        return Scopes(self.ids[places], self.within)

    def kept(self, found: np.ndarray, some: np.ndarray, others: np.ndarray) -> NDArray[Any]:
        """Which pairs were found, bool, and their images, by numbers that broadcast -> those that are asked for."""
        asked = allowed(self.ids[some], self.ids[others], self.within)
        self.left_out += int(np.count_nonzero(found & ~asked))
        kept: NDArray[Any] = np.logical_and(found, asked)
        return kept

    def heads(self, members: np.ndarray, count: int) -> np.ndarray:
        """The members of a bucket, in order -> those that stand for it: the first, and the first of other scopes."""
        first = members[:count]
        if self.within:
            return first
        others = members[self.ids[members] != self.ids[members[0]]]
        return np.union1d(first, others[:count])
