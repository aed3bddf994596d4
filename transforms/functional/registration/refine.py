"""A registration made finer: from right to a pixel of the keypoint plane to right to a part of one.

Least squares over the greys of both pictures (Lucas and Kanade 1981; Baker and Matthews 2004, forwards additive), for
an affine correction of the transform. It works on local contrast, so that brightness and gamma do not matter, and
leaves out what differs, such as another word. Sums are of whole numbers, which are exact in any order: on 8 x 5,656 px,
the longest of planes that are compared finely, stripes of two pixels reach nine tenths of 2^53.

In `functional/native`, contrast.c, motion.c and refine.c, or, where that was not built, here: with the same bytes.
"""

from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.affine import inverse, moved, plane_scale, product
from lookalike.transforms.functional.registration.agreement import (
    TO_CENTRES,
    TO_CORNERS,
    Maps,
    brought_together,
    compare,
)
from lookalike.transforms.functional.registration.least_squares import solved
from lookalike.transforms.functional.registration.resampling import covered

WINDOW = 15
"""Side, in px, of what is around a pixel."""
UNIT, MOST = 32, 96
"""Local contrast is told in so many parts of a deviation, and at most so many."""
NOISE = 8.0
"""Grey levels that are added to the deviation: what is fainter is noise."""
ROUNDS = 3
DIFFERS = 48
"""Difference in local contrast from which a pixel says nothing about where it lies."""
FEW = 400
"""Pixels below which nothing can be said."""
FURTHEST = 3.0
"""Pixels by which a corner may be moved in all."""
_RULES = np.array([NOISE, UNIT, MOST], np.float32)
_ONES = np.eye(6)
_STIFFER = 1 + 1e-6 * _ONES
"""What keeps the system of a step solvable."""


def compare_finely(a: np.ndarray, b: np.ndarray, matrix: np.ndarray, inverted: bool) -> Maps | None:
    """As `compare`, of larger planes, for which `matrix` is not exact enough: it is refined at half of their size."""
    half_a, half_b = (cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for one in (a, b))
    to_half, from_half = plane_scale(b.shape, half_b.shape), plane_scale(half_a.shape, a.shape)
    half = refined(half_a, 255 - half_b if inverted else half_b, to_half @ matrix @ from_half)
    return compare(a, b, product(inverse(to_half), half, inverse(from_half)), inverted)


def refined(a: np.ndarray, b: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Two (h, w) uint8 grey planes and a's (3, 3) homography onto b -> a better one; the same where none is found."""
    a, plane, between = brought_together(a, b, matrix)
    moved_by = motion(local_contrast(a), local_contrast(plane), between)
    scale = plane_scale(plane.shape, b.shape)
    return product(scale, TO_CENTRES, moved_by, TO_CORNERS, inverse(scale), matrix)


def motion(a: np.ndarray, b: np.ndarray, between: np.ndarray) -> np.ndarray:
    """Two planes of local contrast, of one scale, and the homography from the indices of a's pixels to b's -> the
    affine motion of b's indices, (3, 3), that brings what was moved to where it should be.
    """
    if compiled is None:
        return _motion_slowly(a, b, between)
    best = np.empty((3, 3))
    compiled.motion(a, b, between, best, ROUNDS + 1, DIFFERS, FEW, FURTHEST, *a.shape, *b.shape)
    return best


def _motion_slowly(a: np.ndarray, b: np.ndarray, between: np.ndarray) -> np.ndarray:
    inside = covered(a.shape, between, b.shape, 254)
    best, least, found = np.eye(3), np.inf, np.eye(3)
    for _ in range(ROUNDS + 1):
        sums = _sums(a, product(found, between), b, inside)
        if sums.error >= least:
            break
        best, least = found, sums.error
        if sums.used < FEW:
            break
        found = product(_step(sums, b.shape), found)
        if _furthest(found, b.shape) > FURTHEST:
            break
    return best


def local_contrast(grey: np.ndarray) -> np.ndarray:
    """(h, w) uint8 -> (h, w) float32 whole numbers: how much lighter a pixel is than what is around it, for the
    deviation there.
    """
    if compiled is None:
        return _local_contrast_slowly(grey)
    out = np.empty(grey.shape, np.float32)
    compiled.contrast(np.ascontiguousarray(grey), _RULES, out, *grey.shape)
    return out


def _local_contrast_slowly(grey: np.ndarray) -> np.ndarray:
    values = grey.astype(np.float32)
    mean, squares = (cv2.boxFilter(field, cv2.CV_32F, (WINDOW, WINDOW)) for field in (values, values * values))
    deviation = np.sqrt(np.maximum(squares - mean * mean, 0))
    return np.asarray(np.rint(np.clip((values - mean) / (deviation + NOISE) * UNIT, -MOST, MOST)))


class _Sums(NamedTuple):
    """Whole numbers. error: of differences, each at most DIFFERS. used: how many are less. normal, right: (6, 6) and
    (6,), of the products of derivatives by an affine motion around the middle of the plane, with one another and with
    differences, where these are less.
    """

    error: float
    used: float
    normal: np.ndarray
    right: np.ndarray


def _sums(a: np.ndarray, matrix: np.ndarray, b: np.ndarray, inside: np.ndarray) -> _Sums:
    """A plane of local contrast, and the (3, 3) homography from the indices of its pixels to those of the plane that it
    should be like; this, and a mask, uint8, of where the other one is, (h, w) each.
    """
    height, width = b.shape
    moved = cv2.warpPerspective(a, matrix, (width, height), flags=cv2.INTER_LINEAR)
    slopes = cv2.Sobel(b, cv2.CV_32F, 1, 0), cv2.Sobel(b, cv2.CV_32F, 0, 1)
    rows = np.arange(height, dtype=np.float32)[:, None] - height // 2
    columns = np.arange(width, dtype=np.float32) - width // 2
    fields = np.stack([slope * by for slope in slopes for by in (columns, rows, np.float32(1))]).astype(np.float64)
    fields = fields.reshape(6, -1)
    off = (np.rint(moved) - b).astype(np.float64)
    distance = np.abs(off)
    used = (inside > 0) & (distance < DIFFERS)
    chosen = fields * used.ravel()
    error = float(np.minimum(distance, DIFFERS)[inside > 0].sum())
    return _Sums(error, float(np.count_nonzero(used)), chosen @ fields.T, chosen @ off.ravel())


def _step(sums: _Sums, shape: tuple[int, ...]) -> np.ndarray:
    """The (3, 3) motion of a (h, w) plane that takes away as much of the differences as it can."""
    # slopes are Sobel's, eight times the derivative
    step = 8 * solved(np.column_stack([sums.normal * _STIFFER + _ONES, sums.right]))
    x, y = shape[1] // 2, shape[0] // 2
    middle, back = (np.array([[1.0, 0, at * x], [0, 1, at * y], [0, 0, 1]]) for at in (-1, 1))
    around = np.eye(3)
    around[:2] += step.reshape(2, 3)
    return product(back, around, middle)


def _furthest(found: np.ndarray, shape: tuple[int, ...]) -> float:
    """By how much, in px, a motion moves a corner of a (h, w) plane at most."""
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    return float(np.abs(moved(found[:2], corners) - corners.T).max())
