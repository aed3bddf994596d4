"""Pictures at another size, each pixel the mean below a triangle: what Pillow calls bilinear.

In `functional/native/smooth.c`, or, where that was not built, by Pillow: with the same bytes, in four times the time.
"""

import functools
import math

import numpy as np
from PIL import Image

from lookalike.transforms.functional.native.kernels import compiled

_UNIT = 1 << 22
"""Weights are whole numbers of so small a part."""
_SIDES = 1024
"""Pairs of sides whose weights are kept."""


def smoothed(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) or (h, w, 3) uint8 at another (height, width), each pixel the mean below a triangle of twice its width:
    networks find more of what was made smaller so than of area averages.
    """
    if compiled is None or plane.ndim == 2:
        return np.array(Image.fromarray(plane).resize(size[::-1], Image.Resampling.BILINEAR))
    (height, width), found = plane.shape[:2], np.empty((*size, 3), np.uint8)
    across, down = _weights(width, size[1]), _weights(height, size[0])
    compiled.smooth(np.ascontiguousarray(plane), *across, *down, found, height, width)
    return found


@functools.lru_cache(_SIDES)
def _weights(before: int, after: int) -> tuple[np.ndarray, np.ndarray]:
    """Of a side's places after it was changed: (after,) int32, the first place that each is made of, and (after, most)
    int32, their weights, of _UNIT. In Pillow's order of operations.
    """
    scale = before / after
    reach = max(scale, 1.0)
    firsts, weights = np.empty(after, np.int32), np.zeros((after, 2 * math.ceil(reach) + 1), np.int32)
    for place in range(after):
        centre = (place + 0.5) * scale
        first, last = max(int(centre - reach + 0.5), 0), min(int(centre + reach + 0.5), before)
        shares = [max(1.0 - abs((at - centre + 0.5) * (1.0 / reach)), 0.0) for at in range(first, last)]
        total = 0.0
        for share in shares:
            total += share
        firsts[place] = first
        weights[place, : len(shares)] = [int(0.5 + share / total * _UNIT) for share in shares]
    return firsts, weights
