"""Blobs (Lowe 2004, sections 3.1 and 4): the extrema of an octave's differences, refined by the parabola through their
neighbours, without faint ones and edges. In `functional/native/blobs.c`, or, where that was not built, here: with the
same bytes.
"""

import cv2
import numpy as np

from lookalike.transforms.functional.keypoints.scale_space import BORDER, LAYERS, LEVELS, UNIT
from lookalike.transforms.functional.native.kernels import compiled

CONTRAST = 0.04 * 255 / LAYERS * UNIT
"""What a refined extremum has at least, in steps of grey."""
SEEN = int(0.95 * CONTRAST)
"""And what more than it has before."""
EDGE = 10.0
"""Ratio of principal curvatures from which an extremum lies on an edge."""
MOVES = 5
"""Times that an extremum is looked for, each time in a neighbouring place."""
FAR = 1e4
"""Places farther than this are nowhere."""
_RULES = np.array([SEEN, CONTRAST, EDGE, FAR, MOVES], np.float64)
COLUMNS = 7
"""Of a blob: layer, row and column, how far from there it lies by layer, row and column, and its value."""


def blobs(levels: np.ndarray) -> np.ndarray:
    """(LEVELS, h, w), an octave -> (n, COLUMNS) float64, in no order; some may be there twice."""
    if compiled is None:
        return _refined(levels, _extrema(levels))
    room = np.empty((levels[0].size, COLUMNS))
    return room[: compiled.blobs(levels, _RULES, room, *levels.shape[1:])]


def _extrema(levels: np.ndarray) -> np.ndarray:
    """Layers, rows, columns, (3, n) int, where no neighbour in place and scale is farther from 0 on the same side."""
    differences, around = np.diff(levels, axis=0), np.ones((3, 3), np.uint8)
    most, fewest = (np.stack([f(plane, around) for plane in differences]) for f in (cv2.dilate, cv2.erode))
    here = differences[1:-1]
    high = (here > SEEN) & (here >= np.maximum(np.maximum(most[:-2], most[1:-1]), most[2:]))
    low = (here < -SEEN) & (here <= np.minimum(np.minimum(fewest[:-2], fewest[1:-1]), fewest[2:]))
    layer, row, column = np.nonzero((high | low)[:, BORDER:-BORDER, BORDER:-BORDER])
    return np.stack([layer + 1, row + BORDER, column + BORDER])


def _refined(levels: np.ndarray, at: np.ndarray) -> np.ndarray:
    kept = [np.zeros((COLUMNS, 0))]
    for _ in range(MOVES):
        step, value, good = _fitted(_cubes(levels, at))
        moves = np.rint(step)
        stays = ~moves.any(0)
        done = stays & good & (np.abs(value) >= CONTRAST)
        kept.append(np.concatenate([at, step, value[None]])[:, done])
        moving = ~stays & (np.abs(step) < FAR).all(0)
        at = at[:, moving] + moves[:, moving].astype(np.intp)
        layer, row, column = at
        inside = (layer >= 1) & (layer <= LAYERS) & (row >= BORDER) & (row < levels.shape[1] - BORDER)
        at = at[:, inside & (column >= BORDER) & (column < levels.shape[2] - BORDER)]
    return np.concatenate(kept, 1).T


def _cubes(levels: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(3, 3, 3, n) float64: differences around places, by layer, row and column."""
    layer, row, column = at
    s, y, x = np.ogrid[-1 : LEVELS - 3, -1:2, -1:2]
    around = levels[layer + s[..., None], row + y[..., None], column + x[..., None]].astype(np.float64)
    return np.asarray(around[1:] - around[:-1])


def _fitted(cubes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cubes -> (3, n) from their middles to the extrema of the parabolas there, by layer, row and column; (n,) what
    these have; (n,) bool, they are blobs and no edges.
    """
    here, (before, after) = cubes[1, 1, 1], (np.stack([cubes[k, 1, 1], cubes[1, k, 1], cubes[1, 1, k]]) for k in (0, 2))
    gs, gy, gx = (after - before) / 2
    ss, yy, xx = after + before - 2 * here
    corners = np.stack([cubes[::2, ::2, 1], cubes[::2, 1, ::2], cubes[1, ::2, ::2]])
    ys, xs, xy = (corners[:, 1, 1] - corners[:, 1, 0] - corners[:, 0, 1] + corners[:, 0, 0]) / 4
    # the inverse of the symmetric matrix of second derivatives, by its cofactors
    of_ss, of_ys, of_xs = xx * yy - xy * xy, xy * xs - xx * ys, xy * ys - yy * xs
    of_yy, of_xy, of_xx = xx * ss - xs * xs, xs * ys - xy * ss, yy * ss - ys * ys
    size = ss * of_ss + ys * of_ys + xs * of_xs
    size = np.where(size == 0, np.nan, size)
    step = np.stack(
        [
            -(of_ss * gs + of_ys * gy + of_xs * gx) / size,
            -(of_ys * gs + of_yy * gy + of_xy * gx) / size,
            -(of_xs * gs + of_xy * gy + of_xx * gx) / size,
        ]
    )
    value = here + (gs * step[0] + gy * step[1] + gx * step[2]) / 2
    trace, most = xx + yy, EDGE + 1
    return step, value, (of_ss > 0) & (trace * trace * EDGE < most * most * of_ss)
