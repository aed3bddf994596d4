"""Peaks of the directions that gradients around keypoints point in (Lowe 2004, section 5).

In `functional/native/peaks.c`, or, where that was not built, here: with the same bytes.
"""

import numpy as np

from lookalike.transforms.functional.keypoints.patches import BINS
from lookalike.transforms.functional.native.kernels import compiled

STRONG = 0.8
"""Part of the greatest count from which another direction makes a keypoint of its own."""


def peaks(counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, BINS) float64, how often gradients point where -> indices of keypoints, each as often as it has directions,
    and these, degrees.
    """
    if compiled is None:
        return _peaks_slowly(counted)
    which, angle = np.empty(counted.size, np.int64), np.empty(counted.size)
    found = compiled.peaks(counted, STRONG, which, angle)
    return which[:found], angle[:found]


def _peaks_slowly(counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    around = [np.roll(counted, shift, 1) for shift in (2, 1, -1, -2)]
    smooth = 6 * counted + 4 * (around[1] + around[2]) + (around[0] + around[3])
    before, after = np.roll(smooth, 1, 1), np.roll(smooth, -1, 1)
    which, peak = np.nonzero((smooth > before) & (smooth > after) & (smooth >= STRONG * smooth.max(1, keepdims=True)))
    a, b, c = (one[which, peak] for one in (before, smooth, after))
    return which, (peak + (a - c) / (2 * (a - 2 * b + c))) % BINS * (360 / BINS)
