"""Keypoints of SIFT (Lowe 2004, sections 3 to 5): a scale space in, places, sizes and directions out."""

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.blobs import blobs
from lookalike.transforms.functional.keypoints.patches import BINS, directions
from lookalike.transforms.functional.keypoints.peaks import peaks
from lookalike.transforms.functional.keypoints.scale_space import LAYERS, SIGMA

WINDOW = 1.5
"""Sigma of the window around a keypoint in which directions are counted, in its own; it is cut at three sigmas."""
SAMPLES = 13
"""Gradients along a side of the window."""
SIDE_BITS = 18
"""Bits of a row or column of the doubled plane."""


class Found(NamedTuple):
    """N keypoints, strongest first, (n,) each. octave, layer: int, of the plane where each was found. x, y: px there.
    sigma: how far that is blurred, px. angle: degrees, from x towards y.
    """

    octave: np.ndarray
    layer: np.ndarray
    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray
    angle: np.ndarray


def found(octaves: list[np.ndarray], limit: int) -> Found:
    """At most `limit` keypoints."""
    octave, blob = _strongest([blobs(levels) for levels in octaves], limit)
    layer = blob[:, 0].astype(np.intp)
    scale, y, x = (blob[:, :3] + blob[:, 3:6]).T
    upright = Found(octave, layer, x, y, SIGMA * np.exp2(scale / LAYERS), np.zeros(len(x)))
    which, angle = _directions(octaves, upright)
    return Found(*(values[which[:limit]] for values in upright))._replace(angle=angle[:limit])


def places(points: Found) -> np.ndarray:
    """(n, 4) float64: as `patches` asks for them."""
    angle = np.radians(points.angle)
    return np.stack([points.x, points.y, points.sigma * np.cos(angle), points.sigma * np.sin(angle)], 1)


def by_plane(octaves: list[np.ndarray], points: Found) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The planes where points were found, each with the indices of its points."""
    plane = points.octave * LAYERS + points.layer
    order = np.argsort(plane, kind="stable")
    sorted_plane = plane[order]
    first = 0
    for end in (*(np.flatnonzero(sorted_plane[1:] != sorted_plane[:-1]) + 1).tolist(), len(order)):
        part = order[first:end]
        if len(part):
            yield octaves[points.octave[part[0]]][points.layer[part[0]]], part
        first = end


def _strongest(found: list[np.ndarray], limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Blobs by octave -> octaves, (n,), and blobs."""
    octave = np.repeat(np.arange(len(found)), [len(some) for some in found])
    blob = np.concatenate(found)
    layer, row, column = blob[:, :3].T.astype(np.int64)
    place = ((octave << 2 | layer) << SIDE_BITS | row) << SIDE_BITS | column
    order = np.lexsort((place, -np.abs(blob[:, 6])))
    place = place[order]
    # several extrema may have come to one place: they lie side by side now
    kept = order[np.concatenate([[True], place[1:] != place[:-1]])[: len(order)]][:limit]
    return octave[kept], blob[kept]


def _directions(octaves: list[np.ndarray], points: Found) -> tuple[np.ndarray, np.ndarray]:
    """Indices of keypoints, each as often as it has directions, and these, degrees."""
    counted = np.empty((len(points.x), BINS))
    at = places(points)
    for plane, part in by_plane(octaves, points):
        counted[part] = directions(plane, at[part], _steps(), _window())
    return peaks(counted)


@functools.cache
def _steps() -> np.ndarray:
    """Places of samples along a side, with a border that gradients need, in sigmas."""
    return np.asarray((np.arange(SAMPLES + 2) - (SAMPLES + 1) / 2) * (6 * WINDOW / (SAMPLES - 1)))


@functools.cache
def _window() -> np.ndarray:
    """(SAMPLES, SAMPLES) float64: weights of gradients."""
    weights = np.exp(-np.square(_steps()[1:-1]) / (2 * WINDOW**2))
    return np.outer(weights, weights)
