"""RootSIFT descriptors (Lowe 2004, section 6; Arandjelovic, Zisserman 2012) of keypoints: a scale space and what was
found in it in, histograms out.

OpenCV describes keypoints at length: it visits every pixel around each, some 2,000, and gives each an angle. Here a
keypoint is seen through a grid of 16 x 16 samples in its own frame, as in the paper: 0.94 of its sigma apart, which
loses nothing, since the picture was blurred by sigma.

Histograms are made RootSIFT in `functional/native/rooted.c`, or, where that was not built, here: with the same bytes.
"""

import functools

import numpy as np

from lookalike.transforms.functional.keypoints.detection import Found, by_plane, places
from lookalike.transforms.functional.keypoints.patches import CELLS, ORIENTATIONS, descriptors
from lookalike.transforms.functional.native.kernels import compiled

SAMPLES = 16
"""Gradients on a side of the grid, which reaches half a cell beyond the outer cells."""
CELL = 3.0
"""Side of a cell, in sigmas of the keypoint (Lowe's implementation, and OpenCV's)."""
CLIP = 0.2
"""Elements of a descriptor of unit length are cut here, as in the paper, so that no strong edge has all the say."""
DIAGONAL = np.sqrt(2)
"""What the orientations between the axes are multiplied by."""
WHOLE = 128
"""What a sample gives to a cell in the middle of which it lies."""


def describe(octaves: list[np.ndarray], found: Found) -> np.ndarray:
    """(n, 128) float32 of unit length, which are square roots of shares: cell row, cell column and orientation, all in
    the keypoint's own frame, whose first axis points along its angle.
    """
    cells = np.empty((len(found.x), CELLS, CELLS, ORIENTATIONS))
    at = places(found)
    for plane, part in by_plane(octaves, found):
        cells[part] = descriptors(plane, at[part], _steps(), _shares())
    return _rooted(cells)


def _rooted(cells: np.ndarray) -> np.ndarray:
    """(n, CELLS, CELLS, ORIENTATIONS) float64 histograms -> (n, 128) float32."""
    if compiled is None or not len(cells):
        return _rooted_slowly(cells)
    described = np.empty((len(cells), cells[0].size), np.float32)
    compiled.rooted(cells, described, DIAGONAL, CLIP)
    return described


def _rooted_slowly(cells: np.ndarray) -> np.ndarray:
    cells[..., 1::2] *= DIAGONAL
    described = cells.reshape(len(cells), -1).astype(np.float32)
    described /= np.maximum(np.linalg.norm(described, axis=1, keepdims=True), 1e-6)
    np.minimum(described, CLIP, out=described)
    described /= np.maximum(np.linalg.norm(described, axis=1, keepdims=True), 1e-6)
    return np.asarray(np.sqrt(described / np.maximum(described.sum(1, keepdims=True), 1e-6)))


@functools.cache
def _steps() -> np.ndarray:
    """Places of samples along a side, with a border that gradients need, in sigmas."""
    return np.asarray((np.arange(SAMPLES + 2) - (SAMPLES + 1) / 2) * ((CELLS + 1) * CELL / SAMPLES))


@functools.cache
def _shares() -> np.ndarray:
    """(SAMPLES, CELLS) float64, whole numbers: what of each sample each row or column of cells gets: linear, under a
    Gaussian window whose sigma is half of the cells' width (section 6.1).
    """
    steps = _steps()[1:-1] / CELL
    shares = np.maximum(1 - np.abs(steps[:, None] - (np.arange(CELLS) - (CELLS - 1) / 2)), 0)
    shares *= np.exp(-np.square(steps) / (2 * (CELLS / 2) ** 2))[:, None]
    return np.asarray(np.rint(WHOLE * shares))
