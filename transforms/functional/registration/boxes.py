"""Boxes in one picture as they lie in another: shares of sides, left, top, width and height."""

from collections.abc import Sequence

import numpy as np

Box = tuple[float, float, float, float]
NOWHERE: Box = (0.0, 0.0, 0.0, 0.0)
"""No box."""


def moved_back(box: Sequence[float], transform: Sequence[float], a: tuple[int, int], b: tuple[int, int]) -> Box:
    """A box of b, and six floats, row by row, of the affine transform that takes pixels of a to those of b -> the
    smallest box of a that holds it, as far as it lies in a; NOWHERE stays that.

    a, b: (width, height) of either picture.
    """
    left, top, width, height = box
    matrix = np.array([*transform, 0, 0, 1], float).reshape(3, 3)
    if not width or not height or not np.linalg.det(matrix):
        return NOWHERE
    corners = np.array([(x, y) for x in (left, left + width) for y in (top, top + height)]) * b
    moved = np.column_stack([corners, np.ones(4)]) @ np.linalg.inv(matrix).T[:, :2] / a
    low, high = np.clip(moved.min(0), 0, 1), np.clip(moved.max(0), 0, 1)
    if not (high > low).all():
        return NOWHERE
    x, y = low.tolist()
    wide, tall = (high - low).tolist()
    return x, y, wide, tall
