"""How keypoints agree: as a whole, in the cells of the common area, how far they lie off, what lies outside of it."""

import math

import numpy as np

from lookalike.transforms.functional.registration.affine import determinant
from lookalike.transforms.functional.registration.align import Alignment, View

CELLS = 4
"""Along each side of the common area, in which keypoints are counted."""
FULL = 4
"""Keypoints of either picture that a cell must hold to be told of."""
NOTHING = {
    "inliers": 0.0,
    "share": 0.0,
    "outside_less": 0.0,
    "outside_more": 0.0,
    "common_less": 0.0,
    "common_more": 0.0,
    "scale": 0.0,
    "drift": 1.0,
    "drift_0.9": 2.0,
    "off_0.9": 3.0,
    "alike": 0.6,
    "cell_0": 0.0,
    "cell_0.25": 0.0,
    "cell_0.5": 0.0,
    "spread": 0.0,
}
"""Of pictures that were stretched onto one another."""


def keypoint_measures(a: View, b: View, found: Alignment, matrix: np.ndarray, signs: np.ndarray) -> dict[str, float]:
    """See the module. matrix: (3, 3), the registration, a homography. signs: of the descriptors' axes under the
    alignment's parity.
    """
    i, j = found.inliers.T
    common_a, common_b = np.count_nonzero(found.common_a), np.count_nonzero(found.common_b)
    outside_less, outside_more = sorted((1 - common_a / len(found.common_a), 1 - common_b / len(found.common_b)))
    return {
        "inliers": float(len(i)),
        "share": found.share,
        "outside_less": outside_less,
        "outside_more": outside_more,
        "common_less": float(min(common_a, common_b)),
        "common_more": float(max(common_a, common_b)),
        "scale": abs(math.log(max(abs(determinant(found.matrix)), 1e-9))) / 2,
        **_misses(a, b, i, j, matrix),
        "alike": float(np.vdot(a.components.take(i, 0) * signs, b.components.take(j, 0))) / len(i),
        **_cells(a, b, found),
    }


def _misses(a: View, b: View, i: np.ndarray, j: np.ndarray, matrix: np.ndarray) -> dict[str, float]:
    """How far inliers lie from where the registration puts them, in px of the coarser plane, and in radii."""
    x, y, depth = matrix[:, :2] @ a.keypoints.xy.take(i, 0).T + matrix[:, 2:]
    mate_x, mate_y = b.keypoints.xy.take(j, 0).T
    off = np.hypot(x / depth - mate_x, y / depth - mate_y)
    off /= max(1.0, abs(determinant(matrix)) ** 0.5)
    radii = off / np.maximum(a.keypoints.size.take(i) / 2, 1)
    half, most = len(off) // 2, int(0.9 * (len(off) - 1))
    off.partition(most)
    radii.partition((half, most))
    return {"drift": float(radii[half]), "drift_0.9": float(radii[most]), "off_0.9": float(off[most])}


def _cells(a: View, b: View, found: Alignment) -> dict[str, float]:
    """Of the cells that hold enough keypoints of both, the shares that are inliers; of those that hold enough of
    either, how many hold one.
    """
    moved = found.matrix[:2, :2] @ a.keypoints.xy.compress(found.common_a, 0).T + found.matrix[:2, 2:]
    own = b.keypoints.xy.compress(found.common_b, 0).T
    mates = b.keypoints.xy.take(found.inliers[:, 1], 0).T
    count_a, count_b, held = _counted(moved, own, mates)
    fewer, more = np.minimum(count_a, count_b), np.maximum(count_a, count_b)
    rich, filled = fewer >= FULL, more > FULL
    share = np.minimum(held[rich] / fewer[rich], 1.0) if rich.any() else np.array([found.share])
    share.sort()
    return {
        "cell_0": float(share[0]),
        "cell_0.25": float(share[len(share) // 4]),
        "cell_0.5": float(share[len(share) // 2]),
        "spread": np.count_nonzero(held[filled]) / int(filled.sum()) if filled.any() else 1.0,
    }


def _counted(moved: np.ndarray, own: np.ndarray, mates: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(2, n) points of a and of b in the common area, and inliers, all in b's plane -> how many of each lie in each of
    CELLS x CELLS cells of the area that the points of both reach over.
    """
    xy = np.concatenate([moved, own, mates], 1)
    first, second = moved.shape[1], moved.shape[1] + own.shape[1]
    low, high = xy[:, :second].min(1, keepdims=True), xy[:, :second].max(1, keepdims=True)
    place = (xy - low) * (CELLS / np.maximum(high - low, 1e-3))
    column, row = np.minimum(np.maximum(place, 0), CELLS - 1, out=place).astype(np.intp)
    cells = column + CELLS * row
    count = CELLS * CELLS
    return (
        np.bincount(cells[:first], minlength=count),
        np.bincount(cells[first:second], minlength=count),
        np.bincount(cells[second:], minlength=count),
    )
