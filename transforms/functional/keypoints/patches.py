"""Keypoints seen through grids of samples in their own frames: a plane and places in it in, what is counted there out.

Places are rounded to 1/FINE px and values to whole numbers, so that every machine counts the same. In
`functional/native/patches.c`, or, where that was not built, here: with the same bytes.
"""

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

BINS = 36
"""Directions that are told apart."""
CELLS, ORIENTATIONS = 4, 8
"""A descriptor is CELLS x CELLS histograms of ORIENTATIONS directions."""
FINE = 32
"""Steps of a pixel to which places are rounded."""
_ATAN = -0.0464964749, 0.15931422, -0.327622764
"""A polynomial for the arc tangent, which is right to a hundredth of a degree."""


def directions(plane: np.ndarray, places: np.ndarray, steps: np.ndarray, window: np.ndarray) -> np.ndarray:
    """(n, 4) float64 places in a plane (x, y, and sigma times the cosine and the sine of the angle) -> (n, BINS)
    float64, how often gradients point where.

    steps: of samples along either side, in sigmas. window: (k, k) weights of those that have neighbours.
    """
    counted = np.zeros((len(places), BINS))
    if compiled is not None:
        compiled.directions(plane, places, steps, window, counted, *plane.shape)
        return counted
    along, aside = _gradients(plane, places, steps)
    votes = np.sqrt((along * along + aside * aside).astype(np.float64)) * window.ravel()
    bins = _bins(along, aside) + np.arange(len(places))[:, None] * BINS
    return np.bincount(bins.ravel(), votes.ravel(), counted.size).reshape(counted.shape)


def descriptors(plane: np.ndarray, places: np.ndarray, steps: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The same -> (n, CELLS, CELLS, ORIENTATIONS) float64, whole numbers.

    shares: (k, CELLS) float64, whole numbers: how much of a sample with neighbours each row or column of cells gets.

    Each gradient is the sum of two vectors along the two nearest of the eight directions, and votes with their lengths:
    the difference of its coordinates along an axis, the smaller one along a diagonal. That is Lowe's interpolation
    between orientations but for a few percent, and needs no angle. Along a diagonal it lacks the square root of 2.
    """
    cells = np.zeros((len(places), CELLS, CELLS, ORIENTATIONS))
    if compiled is not None:
        compiled.descriptors(plane, places, steps, shares, cells, *plane.shape)
        return cells
    along, aside = _gradients(plane, places, steps)
    size_along, size_aside = np.abs(along), np.abs(aside)
    votes = np.stack(
        [
            along - size_aside,
            np.minimum(along, -aside),
            -aside - size_along,
            np.minimum(-along, -aside),
            -along - size_aside,
            np.minimum(-along, aside),
            aside - size_along,
            np.minimum(along, aside),
        ]
    )
    products = np.einsum("ir,jc->ijrc", shares, shares).reshape(-1, CELLS**2)
    found = np.maximum(votes, 0).astype(np.float64) @ products
    return np.ascontiguousarray(np.moveaxis(found.reshape(ORIENTATIONS, *cells.shape[:3]), 0, 3))


def _gradients(plane: np.ndarray, places: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Central differences, (n, k^2) int each."""
    x, y, cos, sin = places.T[:, :, None, None]
    across = _rounded(x + (cos * steps - sin * steps[:, None]))
    down = _rounded(y + (sin * steps + cos * steps[:, None]))
    (column, right), (row, below) = ((values >> 5, values & 31) for values in (across, down))
    (left, next_), (upper, lower) = (
        (np.clip(at, 0, size - 1), np.clip(at + 1, 0, size - 1))
        for at, size in zip((column, row), plane.shape[::-1], strict=True)
    )
    values = plane.astype(np.int64)
    above = values[upper, left] * (FINE - right) + values[upper, next_] * right
    beneath = values[lower, left] * (FINE - right) + values[lower, next_] * right
    patches = (above * (FINE - below) + beneath * below + FINE * FINE // 2) >> 10
    along = patches[:, 1:-1, 2:] - patches[:, 1:-1, :-2]
    aside = patches[:, 2:, 1:-1] - patches[:, :-2, 1:-1]
    return along.reshape(len(places), -1), aside.reshape(len(places), -1)


def _rounded(places: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(places * FINE), np.int64)


def _bins(along: np.ndarray, aside: np.ndarray) -> np.ndarray:
    x, y = np.abs(along).astype(np.float64), np.abs(aside).astype(np.float64)
    ratio = np.minimum(x, y) / np.maximum(np.maximum(x, y), 1)
    square = ratio * ratio
    angle = ((_ATAN[0] * square + _ATAN[1]) * square + _ATAN[2]) * square * ratio + ratio
    angle = np.where(y > x, np.pi / 2 - angle, angle)
    angle = np.where(along < 0, np.pi - angle, angle)
    angle = np.where(aside < 0, 2 * np.pi - angle, angle)
    return np.asarray(np.rint(angle * (BINS / (2 * np.pi))), np.intp) % BINS
