"""Smooth deformations: the matches of two pictures in, a bent map between them and how well it is founded out.

A lens, a wave, a swirl, a curled page move things by more than an affine transform follows, and smoothly: neighbours
move alike. The map is a cubic B-spline on a coarse grid (free-form deformation, Rueckert et al. 1999), fitted
by least squares with a penalty on its bending energy, so that it is affine where nothing is known. It starts from the
matches that agree with their neighbours (each stands for a similarity by itself), and alternates fit and
re-selection while spline and tolerance give way step by step: nothing is drawn at random.

Depth moves things as well, and not smoothly: in another photograph of a scene the near jumps against the far. What a
`Warp` says of itself (how many matches it explains, how closely, how much it bends) tells the two apart.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.keypoints.keypoints import INVERTED, MIRRORED
from lookalike.transforms.functional.registration.affine import (
    determinant,
    fit_affine,
    inverse,
    moved,
    squared_distances,
)
from lookalike.transforms.functional.registration.agreement import shrunk
from lookalike.transforms.functional.registration.align import Alignment, View
from lookalike.transforms.functional.registration.consensus import propose
from lookalike.transforms.functional.registration.least_squares import fit_homography, solved

CELLS = 8
"""Of the spline's grid, along either side of b's plane."""
KNOTS = CELLS + 3
"""Control points along either side."""
NEIGHBOURS = 8
"""Nearest matches that are asked whether they move alike; half of them must."""
ALIKE = 0.25
"""A match's own similarity may miss a neighbour by this part of the distance to it, beyond the tolerance."""
STEPS = ((0.3, 3.0), (0.03, 3.0), (0.003, 1.5), (0.003, 1.0))
"""Of the fit: weight of the bending energy (a pixel's error against a pixel's second difference), and part of the
tolerance within which a match is taken into the next."""
STRAIGHT = 0.45
"""Median distance, in px, of the affine transform's inliers from where it puts them, below which nothing is bent."""
LEFT_OVER = 0.85
"""Part of the affine transform's misses that the first, stiff map may leave: else there is nothing smooth in them."""
LEAST = 12
"""Matches without which nothing is fitted."""
MOST_STRETCHED = 8.0
"""Lengths become different by at most this factor, over all places and directions."""
SAMPLES = 16
"""Places along either side at which the map is looked at."""
_OF_SPLINES, _OF_WEIGHTS, _OF_KNOTS = 2.0**24, 2.0**20, 2.0**12
"""Parts of 1 to which splines, the weights of control points at matches, and control points and places, px, are
rounded, so that sums of products are exact: a BLAS adds in another order on each kind of processor.
"""


class Warp(NamedTuple):
    """A smooth map from b's keypoint plane to a's, against the direction of `Alignment.matrix`: a is sampled by it.

    knots: (KNOTS, KNOTS, 2) float64, control points of the spline, px of a's plane; rows go down b's plane.
    a_shape, b_shape: (height, width) of the two planes. gain: how many times larger than in a lengths are in b.
    inliers: (m, 2) int, matched keypoints of a and b that it explains.
    share: of the mutual matches, those that it explains.
    drift: median distance of an inlier from where the map puts it, in radii of the keypoints, as `align.drift`;
    drift_most: what nine in ten have less than; off_most: the same in px of the coarser plane.
    bend: greatest distance between the map and the affine transform nearest to it, over the common area, as a share of
    that area's diagonal. stretch: the greatest of the factors, over places and directions, by which the map changes
    lengths, divided by the least. covered: share of a's picture that lies on b.
    crosswise: what a homography leaves of the inliers, along the direction in which that is least, as a part of that
    along the other: depth moves things to and fro along one direction, the one that the camera went.
    """

    knots: np.ndarray
    a_shape: tuple[int, int]
    b_shape: tuple[int, int]
    gain: float
    inliers: np.ndarray
    share: float
    drift: float
    drift_most: float
    off_most: float
    bend: float
    stretch: float
    covered: float
    crosswise: float


def _cells(at: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """(k,) places along a side of `size` -> the cells that they lie in, and where in them, 0 to 1."""
    place = np.clip(at * (CELLS / size), 0, CELLS)
    cell = np.minimum(place.astype(int), CELLS - 1)
    return cell, place - cell


def _rounded(values: np.ndarray, parts: float) -> np.ndarray:
    return np.asarray(np.rint(values * parts) / parts)


def _spread_out(cell: np.ndarray, values: np.ndarray) -> np.ndarray:
    out = np.zeros((len(cell), KNOTS))
    out[np.arange(len(cell))[:, None], cell[:, None] + np.arange(4)] = _rounded(values, _OF_SPLINES)
    return out


def _basis(at: np.ndarray, size: float) -> np.ndarray:
    """(k,) places along a side of `size` -> (k, KNOTS): the uniform cubic B-splines there."""
    cell, u = _cells(at, size)
    v = 1 - u
    values = np.stack([v**3, 3 * u**3 - 6 * u * u + 4, 3 * v**3 - 6 * v * v + 4, u**3], 1) / 6
    return _spread_out(cell, values)


def _slopes(at: np.ndarray, size: float) -> np.ndarray:
    """(k,) places along a side of `size` -> (k, KNOTS): the derivatives of the same."""
    cell, u = _cells(at, size)
    values = np.stack([-((1 - u) ** 2), 3 * u * u - 4 * u, 1 + 2 * u - 3 * u * u, u * u], 1)
    return _spread_out(cell, values * (CELLS / (2 * size)))


def _bending_energy() -> np.ndarray:
    """(KNOTS^2, KNOTS^2): the quadratic form of the control points' second differences, 0 for affine maps."""
    one = np.eye(KNOTS)
    first, second = np.diff(one, axis=0), np.diff(one, 2, axis=0)
    rows = np.vstack([np.kron(second, one), np.kron(one, second), np.sqrt(2) * np.kron(first, first)])
    # the ridge keeps the system solvable where all matches lie on one line
    return np.asarray(rows.T @ rows) + 1e-6 * np.eye(KNOTS * KNOTS)


_BENDING = _bending_energy()


def _weights(xy: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(k, 2) points of b's plane -> (k, KNOTS^2): weights of the control points there."""
    down, along = _basis(xy[:, 1], shape[0]), _basis(xy[:, 0], shape[1])
    weights = (down[:, :, None] * along[:, None, :]).reshape(len(xy), -1)
    return _rounded(weights, _OF_WEIGHTS)


def neighbourly(a: View, b: View, pairs: np.ndarray, parity: int, tolerance: float) -> np.ndarray:
    """Boolean (k,): the matched pairs whose own similarity takes at least half of their neighbours to their mates."""
    proposals = propose(a.keypoints, b.keypoints, pairs, parity in MIRRORED, parity in INVERTED)
    a_xy, b_xy = a.keypoints.xy[pairs[:, 0]], b.keypoints.xy[pairs[:, 1]]
    gain = np.maximum(np.sqrt(np.square(proposals[:, :, :2]).sum((1, 2)) / 2), 1)
    apart = np.sqrt(np.square(a_xy[:, None] - a_xy[None]).sum(2))
    missed = np.sqrt(squared_distances(proposals, a_xy, b_xy)) / gain[:, None]
    alike = missed < tolerance + ALIKE * apart
    # those at equal distances all count, and so does the match itself, on either side
    farthest = np.partition(apart, min(NEIGHBOURS, len(pairs) - 1), 1)[:, min(NEIGHBOURS, len(pairs) - 1)]
    near = apart <= farthest[:, None]
    return np.asarray(2 * (np.count_nonzero(alike & near, 1) - 1) >= np.count_nonzero(near, 1) - 1)


def fit(a: View, b: View, alignment: Alignment, tolerance: float = 3.0) -> Warp | None:
    """Two views and their affine alignment -> the smooth map, or None: too few matches agree with any, or it folds.

    tolerance: px of the coarser keypoint plane.
    """
    i, j = alignment.inliers.T
    gain = math.sqrt(abs(determinant(alignment.matrix)))
    if _median(_misses(alignment.matrix, a.keypoints.xy[i], b.keypoints.xy[j])) < STRAIGHT * max(gain, 1.0):
        return None
    pairs = alignment.matches
    a_xy, b_xy = (v.keypoints.xy[k].astype(np.float64) for v, k in zip((a, b), pairs.T, strict=True))
    # errors of the coarser picture count in its own pixels
    unit = max(1 / gain, 1.0)
    chosen = neighbourly(a, b, pairs, alignment.parity, tolerance)
    chosen |= _misses(inverse(alignment.matrix), b_xy, a_xy) < tolerance * unit
    weights = _weights(b_xy, b.shape)
    for step, (stiffness, part) in enumerate(STEPS):
        if np.count_nonzero(chosen) < LEAST:
            return None
        knots = _solved(weights[chosen], a_xy[chosen], stiffness)
        missed = _lengths(weights @ knots - a_xy)
        if step == 0:
            straight = _misses(fit_affine(b_xy[chosen], a_xy[chosen]), b_xy[chosen], a_xy[chosen])
            if missed[chosen].mean() > LEFT_OVER * straight.mean():
                return None
        chosen = missed < part * tolerance * unit
    if np.count_nonzero(chosen) < LEAST:
        return None
    radii = np.maximum(a.keypoints.size[pairs[chosen, 0]] / 2, 1) * unit
    warp = Warp(
        knots.reshape(KNOTS, KNOTS, 2),
        a.shape,
        b.shape,
        gain,
        pairs[chosen],
        np.count_nonzero(chosen) / len(pairs),
        _median(missed[chosen] / radii),
        float(np.quantile(missed[chosen] / radii, 0.9)),
        float(np.quantile(missed[chosen] / unit, 0.9)),
        0.0,
        1.0,
        0.0,
        _crosswise(b_xy[chosen], a_xy[chosen]),
    )
    return _measured(warp)


def _lengths(steps: np.ndarray) -> np.ndarray:
    """(..., 2) -> (...)."""
    lengths: np.ndarray = np.hypot(steps[..., 0], steps[..., 1])
    return lengths


def _median(values: np.ndarray) -> float:
    """As NumPy's, which takes ten times as long for the few that there are."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _misses(matrix: np.ndarray, xy: np.ndarray, mates: np.ndarray) -> np.ndarray:
    """How far an affine (2, 3) or (3, 3) transform takes (k, 2) points from their mates."""
    return _lengths(moved(matrix[:2], xy).T - mates)


def _crosswise(xy: np.ndarray, mates: np.ndarray) -> float:
    """See `Warp`."""
    matrix = fit_homography(xy, mates)
    x, y, depth = moved(matrix, xy)
    left = np.stack([x, y]) / depth - mates.T
    left -= left.mean(1, keepdims=True)
    xx, xy_, yy = np.stack([left[0] * left[0], left[0] * left[1], left[1] * left[1]]).mean(1).tolist()
    half, apart = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy_)
    return float(np.sqrt(max(half - apart, 0.0) / max(half + apart, 1e-9)))


def _solved(weights: np.ndarray, a_xy: np.ndarray, stiffness: float) -> np.ndarray:
    """(k, KNOTS^2) weights of the control points, (k, 2) where they should lead -> (KNOTS^2, 2) control points."""
    knots = solved(np.hstack([weights.T @ weights + stiffness * _BENDING, weights.T @ a_xy]))
    return _rounded(knots, _OF_KNOTS)


def _product(down: np.ndarray, knots: np.ndarray, along: np.ndarray) -> np.ndarray:
    """(h, KNOTS), (KNOTS, KNOTS, 2), (w, KNOTS) -> (h, w, 2)."""
    across = (down @ one for one in np.moveaxis(_rounded(knots, _OF_KNOTS), 2, 0))
    return np.stack([_rounded(one, _OF_KNOTS) @ along.T for one in across], -1)


def _measured(warp: Warp) -> Warp | None:
    """The warp with what is told by its shape, or None where it folds, tears, or has nothing in common."""
    height, width = warp.b_shape
    middles = (np.arange(SAMPLES) + 0.5) / SAMPLES
    x, y = middles * width, middles * height
    down, along = _basis(y, height), _basis(x, width)
    at = _product(down, warp.knots, along)
    common = ((at >= 0) & (at <= warp.a_shape[::-1])).all(2)
    if np.count_nonzero(common) < 4:
        return None
    by_x, by_y = _product(down, warp.knots, _slopes(x, width)), _product(_slopes(y, height), warp.knots, along)
    by_x, by_y = by_x[common], by_y[common]
    areas = by_x[:, 0] * by_y[:, 1] - by_x[:, 1] * by_y[:, 0]
    areas = areas if areas.sum() > 0 else -areas
    # singular values of the Jacobians, as in `affine.stretches`; the lesser is negative where the map turns over
    squares = np.square(by_x).sum(1) + np.square(by_y).sum(1)
    greatest = np.sqrt((squares + np.sqrt(np.maximum(squares**2 - 4 * areas**2, 0))) / 2)
    stretch = float(greatest.max() / max(float((areas / np.maximum(greatest, 1e-6)).min()), 1e-6))
    if stretch > MOST_STRETCHED:
        return None
    places = np.stack(np.meshgrid(x, y), -1)[common]
    off = _misses(fit_affine(places, at[common]), places, at[common])
    diagonal = np.hypot(*np.ptp(at[common], axis=0))
    return warp._replace(
        bend=float(off.max() / max(diagonal, 1e-6)),
        stretch=stretch,
        covered=min(float(areas.sum()) * height * width / SAMPLES**2 / float(np.prod(warp.a_shape)), 1.0),
    )


def register(a: np.ndarray, b: np.ndarray, warp: Warp) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `agreement.register`, under a warp: a moved onto b, b, and a mask, equal planes of uint8.

    a, b: planes of the two pictures, of any size, grey or in colour.
    """
    a_scale = np.array(a.shape[1::-1]) / warp.a_shape[::-1]
    b_scale = np.array(b.shape[1::-1]) / warp.b_shape[::-1]
    gain = warp.gain * math.sqrt(float((b_scale / a_scale).prod()))
    b, smaller_b = shrunk(b, min(1.0, 1.0 / gain))
    a, smaller_a = shrunk(a, min(1.0, gain * sum(smaller_b) / 2))
    a_scale, b_scale = a_scale * smaller_a, b_scale * smaller_b
    height, width = b.shape[:2]
    # pixel centres lie at halves
    x, y = (np.arange(width) + 0.5) / b_scale[0], (np.arange(height) + 0.5) / b_scale[1]
    at = _product(_basis(y, warp.b_shape[0]), warp.knots * a_scale, _basis(x, warp.b_shape[1])) - 0.5
    from_x, from_y = (at[:, :, i].astype(np.float32) for i in range(2))
    moved = cv2.remap(a, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = np.asarray(((at >= 0) & (at <= np.array(a.shape[1::-1]) - 1)).all(2), np.uint8)
    return moved, b, mask
