"""How colours differ: as they are, and after the one linear map of all colours that brings them nearest, since a copy
may be tinted as a whole.
"""

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.least_squares import solved

FEW = 12
"""Squares below which nothing is said of colours."""
NOTHING = dict.fromkeys(("chroma", "chroma_0.95", "recoloured", "recoloured_0.95", "saturation"), 0.0)
_MIDDLE = 128
"""What stands for 0 in what is not lightness."""


def colour_measures(swatches: np.ndarray) -> dict[str, float]:
    """(2, n, 3) uint8, BGR colours of two registered pictures in the same places; see `colours.swatches`."""
    count = swatches.shape[1]
    if count < FEW:
        return NOTHING
    apart, left, chroma = colours_apart(cv2.cvtColor(swatches, cv2.COLOR_BGR2LAB))
    means = cv2.mean(apart)[0], cv2.mean(left)[0]
    rank = int(0.95 * (count - 1))
    apart.partition(rank)
    left.partition(rank)
    return {
        "chroma": means[0],
        "chroma_0.95": float(apart[rank]),
        "recoloured": means[1],
        "recoloured_0.95": float(left[rank]),
        "saturation": min(chroma.tolist()) / count,
    }


def colours_apart(lab: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(2, n, 3) uint8 colours in Lab -> (n,) chroma of what differs; (n,) chroma of either that no affine map of the
    other explains, whichever is less: one of the two may have been made grey; (2,) sums of the chroma of both.

    In `functional/native/swatches.c`, or, where that was not built, here: with the same bytes.
    """
    if compiled is None:
        return _apart_slowly(lab)
    count = lab.shape[1]
    left, apart, chroma = np.empty((2, count)), np.empty(count), np.empty(2)
    compiled.colours(lab, left, apart, chroma)
    return apart, left[0], chroma


def _apart_slowly(lab: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a, b = lab.astype(np.float64) - _MIDDLE
    left = np.minimum(_left(a, b), _left(b, a))
    return _chroma(a - b), left, np.array([_chroma(a).sum(), _chroma(b).sum()])


def _chroma(lab: np.ndarray) -> np.ndarray:
    """(n, 3) -> (n,): what is not lightness."""
    apart = np.abs(lab[:, -2:])
    return np.asarray(apart[:, 0] + apart[:, 1])


def _left(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n, 3) each, whole numbers, so that sums are exact -> (n,) chroma of the one that the other does not explain."""
    terms = np.hstack([other, np.ones((len(other), 1))])
    rows = terms.T @ np.hstack([terms, one[:, 1:]])
    # keeps the map of colours solvable where one picture is grey
    rows[np.diag_indices(4)] += 1
    found = solved(rows)
    return _chroma(one[:, 1:] - np.add.accumulate(terms[:, :, None] * found, 1)[:, -1])
