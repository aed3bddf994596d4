"""Was a part cut out of the picture that shows it, or does it lie in it as a picture of its own?

What was cut out goes on beyond its edge. A tile of a collage, a photograph in a page or on a screen, a logo in a letter
ends there: across its edge the whole changes more than beside it, or nothing is there.
"""

import functools
import math

import cv2
import numpy as np

REACH = (-4.5, -1.5, 1.5, 4.5)
"""Where the whole is read on either side of the part's edge, px of its thumbnail; registration is right to about 1."""
CORNERS = 0.06
"""Of each side, at either end, that is not looked at."""
STEP = 1.25
"""Most that the whole may change across the edge, for as much beside it. Of crops nine in ten have less than 1.11, of
pictures in collages, pages and screens nine in ten more than 1.35."""
ALIKE = 0.3
"""Least correlation of what is just inside with what is just outside. Of crops nineteen in twenty have more than .49,
of pictures in others nine in ten less than .28."""
SOMETHING = 6.0
"""Standard deviation along the edge, in grey levels, below which there is nothing that could go on."""
FEW = 8
"""Places along the edge below which nothing is said."""


def is_cut_out(whole: np.ndarray, corners: np.ndarray) -> bool:
    """A grey (h, w) picture and the (4, 2) corners, in order, of a part, px -> does it go on beyond the part's edge?

    Sides that are the picture's own are not looked at.
    """
    edge = _edge(np.asarray(corners, np.float64))
    height, width = whole.shape
    x, y = edge[:2] + edge[2:] * REACH[-1]
    edge = edge[:, (x >= 0.5) & (x <= width - 0.5) & (y >= 0.5) & (y <= height - 0.5)]
    count = edge.shape[1]
    if count < FEW:
        return False
    x, y = (edge[:2, None] + edge[2:, None] * np.reshape(REACH, (-1, 1)) - 0.5).astype(np.float32)
    deep, inside, outside, far = cv2.remap(
        whole.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float64)
    one, other = inside - inside.mean(), outside - outside.mean()
    within, beyond = float((one * one).sum()), float((other * other).sum())
    if math.sqrt(min(within, beyond) / count) < SOMETHING:
        return False
    across = np.abs(inside - outside).mean()
    beside = (np.abs(deep - inside).mean() + np.abs(far - outside).mean()) / 2
    correlation = float((one * other).sum()) / math.sqrt(within * beyond)
    return bool(across <= STEP * (beside + 1) and correlation >= ALIKE)


def _edge(corners: np.ndarray) -> np.ndarray:
    """Corners -> (4, n): x and y of places along the sides, about 1 px apart, and of the directions out of the part
    there.
    """
    middle_x, middle_y = corners.mean(0).tolist()
    ends, found = corners.tolist(), [np.zeros((4, 0))]
    for (x, y), (to_x, to_y) in zip(ends, ends[1:] + ends[:1], strict=True):
        along_x, along_y = to_x - x, to_y - y
        length = float(np.hypot(along_x, along_y))
        if not FEW <= length < 1e4:
            continue
        out_x, out_y = along_y / length, -along_x / length
        away = ((x + to_x) / 2 - middle_x) * out_x + ((y + to_y) / 2 - middle_y) * out_y
        steps = _steps(int(length))
        side = np.empty((4, len(steps)))
        side[0], side[1] = x + steps * along_x, y + steps * along_y
        side[2], side[3] = (-out_x, -out_y) if away < 0 else (out_x, out_y)
        found.append(side)
    return np.concatenate(found, 1)


@functools.lru_cache(256)
def _steps(count: int) -> np.ndarray:
    """(count,): where places lie along a side, of which the corners are not looked at."""
    steps = np.linspace(CORNERS, 1 - CORNERS, count)
    steps.flags.writeable = False
    return steps
