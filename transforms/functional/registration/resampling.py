"""Planes moved by homographies, bilinearly, and where they lie then.

In `functional/native/warp.c`, or, where that was not built, here: with the same bytes, if OpenCV 5 runs on a processor
that multiplies and adds at once.
"""

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled


def warped(plane: np.ndarray, matrix: np.ndarray, shape: tuple[int, ...], whole: int) -> tuple[np.ndarray, np.ndarray]:
    """A (h, w) or (h, w, 3) uint8 plane moved by a (3, 3) homography, between indices of pixels, onto one of `shape`;
    beyond its edge, greys go on as they are there, and colours are black. And a mask, uint8: 1 where more than `whole`
    of 255 of a pixel lies in it.
    """
    (height, width), (rows, columns) = plane.shape[:2], shape[:2]
    if compiled is None:
        border = cv2.BORDER_CONSTANT if plane.ndim == 3 else cv2.BORDER_REPLICATE
        moved = cv2.warpPerspective(plane, matrix, (columns, rows), flags=cv2.INTER_LINEAR, borderMode=border)
        return moved, covered(plane.shape, matrix, shape, whole)
    moved, there = np.empty((rows, columns, *plane.shape[2:]), np.uint8), np.empty((rows, columns), np.uint8)
    compiled.warp(np.ascontiguousarray(plane), backwards(matrix), moved, there, height, width, rows, columns, whole)
    return moved, there


def covered(plane: tuple[int, ...], matrix: np.ndarray, shape: tuple[int, ...], whole: int) -> np.ndarray:
    """The mask of `warped`, of a plane of a size."""
    (height, width), (rows, columns) = plane[:2], shape[:2]
    if compiled is None:
        white = np.full((height, width), 255, np.uint8)
        return (cv2.warpPerspective(white, matrix, (columns, rows), flags=cv2.INTER_LINEAR) > whole).astype(np.uint8)
    there = np.empty((rows, columns), np.uint8)
    compiled.covered(backwards(matrix), there, height, width, rows, columns, whole)
    return there


def backwards(matrix: np.ndarray) -> np.ndarray:
    """From the plane that is moved onto, as OpenCV inverts it; zeros where a homography has no inverse."""
    back: np.ndarray = cv2.invert(matrix)[1]
    return back
