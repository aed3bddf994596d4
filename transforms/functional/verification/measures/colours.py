"""How colours differ: as they are, and after the one linear map of all colours that brings them nearest, since a copy
may be tinted as a whole.
"""

import cv2
import numpy as np

FEW = 12
"""Squares below which nothing is said of colours."""
NOTHING = dict.fromkeys(("chroma", "chroma_0.95", "recoloured", "recoloured_0.95", "saturation"), 0.0)
_RIDGE = np.eye(4)
"""Keeps the map of colours solvable where one picture is grey."""


def colour_measures(swatches: np.ndarray) -> dict[str, float]:
    """(2, n, 3) uint8, BGR colours of two registered pictures in the same places; see `colours.swatches`."""
    if swatches.shape[1] < FEW:
        return NOTHING
    lab = cv2.cvtColor(swatches, cv2.COLOR_BGR2LAB).astype(np.float32) - 128
    difference, left = _chroma(lab[0] - lab[1]), _residual(lab)
    rank = int(0.95 * (len(difference) - 1))
    return {
        "chroma": cv2.mean(difference)[0],
        "chroma_0.95": float(np.partition(difference, rank)[rank]),
        "recoloured": cv2.mean(left)[0],
        "recoloured_0.95": float(np.partition(left, rank)[rank]),
        "saturation": min(cv2.mean(_chroma(one))[0] for one in lab),
    }


def _chroma(lab: np.ndarray) -> np.ndarray:
    """(..., 3) -> (...): what is not lightness."""
    apart = np.abs(lab[..., 1:])
    return np.asarray(apart[..., 0] + apart[..., 1])


def _residual(lab: np.ndarray) -> np.ndarray:
    """(2, n, 3) -> (n,) chroma of either that no affine map of the other explains, whichever is less: one of the two
    may have been made grey.
    """
    lab_a, lab_b = lab
    one = np.ones((len(lab_a), 1), np.float32)
    whole = np.hstack([lab_a, one, lab_b, one])
    products = (whole.T @ whole).astype(np.float64)
    a_of_a, b_of_a, a_of_b, b_of_b = products[:4, :4], products[:4, 4:7], products[4:, :3], products[4:, 4:]
    _, to_b = cv2.solve(a_of_a + _RIDGE, b_of_a)
    _, to_a = cv2.solve(b_of_b + _RIDGE, a_of_b)
    a_left = lab_a - whole[:, 4:] @ to_a.astype(np.float32)
    b_left = lab_b - whole[:, :4] @ to_b.astype(np.float32)
    left: np.ndarray = np.minimum(_chroma(a_left), _chroma(b_left))
    return left
