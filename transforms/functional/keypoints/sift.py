"""SIFT descriptors (Lowe 2004, section 6) of keypoints that were found already: a grey picture in, histograms out.

OpenCV finds keypoints well and describes them at length: it visits every pixel around each, some 2,000, and gives each
an angle. Here a keypoint is seen through a grid of 16 x 16 samples in its own frame, as in the paper, all keypoints at
once: 0.94 of its sigma apart, which loses nothing, since the picture was blurred by sigma.
"""

import functools

import cv2
import numpy as np

CELLS, ORIENTATIONS = 4, 8
"""A descriptor is CELLS x CELLS histograms of ORIENTATIONS directions."""
SAMPLES = 16
"""Gradients on a side of the grid, which reaches half a cell beyond the outer cells."""
CELL = 3.0
"""Side of a cell, in sigmas of the keypoint (Lowe's implementation, and OpenCV's)."""
CLIP = 0.2
"""Elements of a descriptor of unit length are cut here, as in the paper, so that no strong edge has all the say."""

_LAYERS = 3
"""Scales an octave, of OpenCV's detector."""
_FINEST = 1.6 * 2 ** (1 / _LAYERS) / 2
"""Sigma of its finest keypoints, px."""
_CAMERA = 0.5
"""Blur that the picture comes with, sigma in px, as in the paper."""
_SHIFT = 0.25
"""OpenCV doubles the picture first, which moves its keypoints by so many px."""


def describe(grey: np.ndarray, points: tuple[cv2.KeyPoint, ...]) -> np.ndarray:
    """(h, w) uint8 and n > 0 of `cv2.SIFT`'s keypoints in it -> (n, 128) float32 of unit length: cell row, cell column
    and orientation, all in the keypoint's own frame, whose first axis points along its angle.
    """
    places = np.array([(*p.pt, p.size, p.angle, p.octave) for p in points])
    packed = places[:, 4].astype(int)
    octave = ((packed & 255) ^ 128) - 128  # a signed byte; the first is -1
    level = (octave + 1) * _LAYERS + (packed >> 8 & 255) - 1
    order = np.argsort(level, kind="stable")
    gradients = _gradients(_patches(grey, places[order], level[order]))
    found = np.empty((len(points), CELLS**2 * ORIENTATIONS), np.float32)
    found[order] = _histograms(*gradients)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    np.minimum(found, CLIP, out=found)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    return found


def _scale_space(grey: np.ndarray, levels: int) -> list[np.ndarray]:
    """The picture blurred to the sigma of each level, at half the size after every `_LAYERS` of them."""
    blurred = _blurred(grey.astype(np.float32), np.sqrt(_FINEST**2 - _CAMERA**2))
    found = [blurred]
    for level in range(1, levels):
        before = _FINEST * 2 ** ((level - 1) % _LAYERS / _LAYERS)
        blurred = _blurred(blurred, before * np.sqrt(2 ** (2 / _LAYERS) - 1))
        if level % _LAYERS == 0:
            blurred = np.ascontiguousarray(blurred[::2, ::2])
        found.append(blurred)
    return found


def _blurred(plane: np.ndarray, sigma: float) -> np.ndarray:
    side = 2 * int(np.ceil(3 * sigma)) + 1
    return cv2.GaussianBlur(plane, (side, side), sigma, borderType=cv2.BORDER_REFLECT_101)


@functools.cache
def _grid() -> np.ndarray:
    """(3, (SAMPLES + 2)^2) float32: 1, along, across; in sigmas, with a border that gradients need."""
    steps = np.arange(SAMPLES + 2) - (SAMPLES + 1) / 2
    across, along = np.meshgrid(steps, steps, indexing="ij")
    spacing = (CELLS + 1) * CELL / SAMPLES
    return np.stack([np.ones(along.size), along.ravel() * spacing, across.ravel() * spacing]).astype(np.float32)


def _patches(grey: np.ndarray, places: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Keypoints in order of level: (n, 5) of x, y, size, angle and (n,) -> (n, SAMPLES + 2, SAMPLES + 2) float32."""
    scale = np.exp2(level // _LAYERS)  # of the level's plane
    x, y = (places[:, :2] - _SHIFT).T / scale
    sigma, angle = places[:, 2] / 2 / scale, np.radians(places[:, 3])
    cos, sin = sigma * np.cos(angle), sigma * np.sin(angle)
    across = np.stack([x, cos, -sin], 1).astype(np.float32) @ _grid()
    down = np.stack([y, sin, cos], 1).astype(np.float32) @ _grid()
    found = np.empty_like(across)
    space = _scale_space(grey, int(level[-1]) + 1)
    starts = np.flatnonzero(np.diff(level, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(level)], strict=True):
        part = slice(start, end)
        found[part] = cv2.remap(
            space[level[start]], across[part], down[part], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    return np.reshape(found, (len(level), SAMPLES + 2, SAMPLES + 2))


def _gradients(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Along and across, (n, SAMPLES^2) each: central differences."""
    along = patches[:, 1:-1, 2:] - patches[:, 1:-1, :-2]
    across = patches[:, 2:, 1:-1] - patches[:, :-2, 1:-1]
    return along.reshape(len(patches), -1), across.reshape(len(patches), -1)


@functools.cache
def _shares() -> np.ndarray:
    """(SAMPLES^2, CELLS^2) float32: what of each sample each cell gets: bilinear, under a Gaussian window whose sigma
    is half of the cells' width (section 6.1).
    """
    steps = (np.arange(SAMPLES) - (SAMPLES - 1) / 2) * (CELLS + 1) / SAMPLES
    centres = np.arange(CELLS) - (CELLS - 1) / 2
    shares = np.maximum(1 - np.abs(steps[:, None] - centres), 0)
    shares *= np.exp(-(steps**2) / (2 * (CELLS / 2) ** 2))[:, None]
    products: np.ndarray = np.einsum("ir,jc->ijrc", shares, shares).reshape(SAMPLES**2, CELLS**2)
    return products.astype(np.float32)


def _histograms(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Gradients -> (n, 128). Each gradient is the sum of two vectors along the two nearest of the eight directions, and
    votes with their lengths: the difference of its coordinates along an axis, the smaller one along a diagonal. That is
    Lowe's interpolation between orientations but for a few percent, and needs no angle.
    """
    votes = np.empty((len(along), ORIENTATIONS, SAMPLES**2), np.float32)
    size_along, size_across, back, up = np.abs(along), np.abs(across), -along, -across
    pairs = (
        *((np.subtract, along, size_across), (np.minimum, along, up), (np.subtract, up, size_along)),
        *((np.minimum, back, up), (np.subtract, back, size_across), (np.minimum, back, across)),
        *((np.subtract, across, size_along), (np.minimum, along, across)),
    )
    for orientation, (function, one, other) in enumerate(pairs):
        function(one, other, out=votes[:, orientation])
        np.maximum(votes[:, orientation], 0, out=votes[:, orientation])
    cells: np.ndarray = (votes.reshape(-1, SAMPLES**2) @ _shares()).reshape(len(along), ORIENTATIONS, CELLS**2)
    cells[:, 1::2] *= np.float32(np.sqrt(2))
    return cells.transpose(0, 2, 1).reshape(len(along), -1)
