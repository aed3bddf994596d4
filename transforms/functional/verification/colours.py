"""Were the colours of a picture changed? Confirmation takes negatives, grey and dark copies for copies, which they
are; but what was turned grey, dark or into its negative can't stand for what it was made from.
"""

import math

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.agreement import WHOLE, brought_together
from lookalike.transforms.functional.registration.resampling import warped

CELL = 4
"""Pixels of the coarser picture along each side of the squares over which colours are averaged: noise, compression
and what registration is off by vanish."""
FINE = 8
"""Squares along the shorter side that it takes to tell where colours differ; in tiny pictures they are smaller."""


def register_colours(a: np.ndarray, b: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `agreement.register`, of (h, w, 3) uint8 pictures."""
    a, b, between = brought_together(a, b, matrix)
    moved, mask = warped(a, between, b.shape, WHOLE)
    return moved, b, mask


def fine_cell(shape: tuple[int, ...]) -> int:
    """Of registered pictures of (h, w), the side of a square so that there are FINE, if pixels are enough; at most
    CELL.
    """
    return min(CELL, max(1, min(shape) // FINE))


def swatches(moved: np.ndarray, plane: np.ndarray, mask: np.ndarray, cell: int = CELL) -> np.ndarray:
    """Two registered thumbnails at half of their size, (h, w, 3) uint8, and a mask, uint8, of where both are ->
    (2, n, 3) uint8, the mean colours of either in each of the n squares that are common. cell: their side, px.

    In `functional/native/swatches.c`, or, where that was not built, here: with the same bytes.
    """
    height, width = (side // cell for side in mask.shape)
    if not height or not width:
        return np.zeros((2, 0, 3), np.uint8)
    if compiled is None:
        return _swatches_slowly(moved, plane, mask, cell)
    found, (rows, columns) = np.empty((2, height * width, 3), np.uint8), mask.shape
    moved, plane, mask = (np.ascontiguousarray(one) for one in (moved, plane, mask))
    count = compiled.swatches(moved, plane, mask, found, rows, columns, cell)
    return np.ascontiguousarray(found[:, :count])


def _swatches_slowly(moved: np.ndarray, plane: np.ndarray, mask: np.ndarray, cell: int) -> np.ndarray:
    height, width = (side // cell for side in mask.shape)
    whole = slice(cell * height), slice(cell * width)
    first, last = (mask[whole][at::cell, at::cell] for at in (0, cell - 1))
    places = np.flatnonzero(first & last)
    means = (cv2.resize(one[whole], (width, height), interpolation=cv2.INTER_AREA) for one in (moved, plane))
    return np.stack([mean.reshape(-1, 3).take(places, 0) for mean in means])


def recoloured(found: np.ndarray) -> float:
    """Swatches -> by how many of 255 levels the colours differ: the root mean square, over the squares, of the channel
    that differs most. What differs in a small part counts by how much it does. 255 where nothing is common.

    In `functional/native/swatches.c`, or, where that was not built, here: with the same result.
    """
    if not found.shape[1]:
        return 255.0
    # of whole numbers, whose sum is exact in any order
    if compiled is None:
        squares = int(np.square(cv2.absdiff(*found).max(1).astype(np.int64)).sum())
    else:
        squares = compiled.differ(np.ascontiguousarray(found))
    return math.sqrt(squares / found.shape[1])
