"""Is one picture made of the other's edges? An emboss is the derivative in one direction, other filters take the
strength of edges: keypoints do not match there, and structure does not agree.

In `functional/native/derivatives.c`, or, where that was not built, here: with the same bytes.
"""

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.least_squares import solved

AROUND = 15
"""Side, in px, of the surroundings whose mean a picture is taken against, since a relief has no slow light."""
SLOPES = 8
"""Sobel's slopes are so many times the derivative; greys are multiplied by as much."""


def derived(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """Two registered (h, w) uint8 planes and a mask (h, w) uint8, 0 or 1, of where both are -> 0..1: the multiple
    correlation of the one with the other's derivatives along x and y and the strength of its edges, whichever way it is
    greater.

    What is multiplied and summed are whole numbers, so that the order makes no difference.
    """
    if compiled is not None:
        given = np.ascontiguousarray(a), np.ascontiguousarray(b), np.ascontiguousarray(mask)
        return compiled.derived(*given, *a.shape)
    return max(_explained(a, b, mask), _explained(b, a, mask))


def _explained(shown: np.ndarray, source: np.ndarray, mask: np.ndarray) -> float:
    x, y = cv2.Sobel(source, cv2.CV_32F, 1, 0), cv2.Sobel(source, cv2.CV_32F, 0, 1)
    own = _about_its_surroundings(SLOPES * shown.astype(np.float32))
    # OpenCV's magnitude is an approximation, another one on each kind of processor
    strength = np.sqrt(x * x + y * y)
    rows = np.stack([x, y, _about_its_surroundings(strength), own]).reshape(4, -1) * mask.ravel()
    rows = rows.astype(np.float64)
    sums, count = rows.sum(1), max(float(np.count_nonzero(mask)), 1.0)
    moments = (rows @ rows.T / count - np.outer(sums, sums) / count**2) / SLOPES**2
    of_both, total = moments[:3, 3], float(moments[3, 3])
    # the ridge, one grey level, is for planes without edges
    weights = solved(np.column_stack([moments[:3, :3] + np.eye(3), of_both]))[:, 0]
    return float(np.sqrt(np.clip((of_both * weights).sum() / (total + 1.0), 0.0, 1.0)))


def _about_its_surroundings(plane: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(plane - cv2.blur(plane, (AROUND, AROUND))))
