"""Boxes in one picture as they lie in another: shares of sides, left, top, width and height."""

from collections.abc import Sequence

import numpy as np

from lookalike.transforms.functional.registration.affine import determinant, inverse, moved

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
    if not width or not height or not determinant(matrix):
        return NOWHERE
    corners = np.array([(x, y) for x in (left, left + width) for y in (top, top + height)]) * b
    places = moved(inverse(matrix)[:2], corners).T / a
    low, high = np.clip(places.min(0), 0, 1), np.clip(places.max(0), 0, 1)
    if not (high > low).all():
        return NOWHERE
    x, y = low.tolist()
    wide, tall = (high - low).tolist()
    return x, y, wide, tall
