"""How keypoints agree: as a whole, in the cells of the common area, how far they lie off, what lies outside of it.

In `functional/native/placed.c`, or, where that was not built, here: with the same bytes.
"""

import math
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.affine import determinant, moved
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
_TOLD = tuple(name for name in NOTHING if name not in ("inliers", "share"))
"""By the kernel, in order."""


def keypoint_measures(a: View, b: View, found: Alignment, matrix: np.ndarray, signs: np.ndarray) -> dict[str, float]:
    """See the module. matrix: (3, 3), the registration, a homography. signs: of the descriptors' axes under the
    alignment's parity.
    """
    measures = {"inliers": float(len(found.inliers)), "share": found.share}
    if compiled is None:
        return measures | _told_slowly(a, b, found, matrix, signs)
    told, (registration, inliers) = np.empty(len(_TOLD)), map(np.ascontiguousarray, (matrix, found.inliers))
    compiled.keypoints(
        *(a.keypoints.xy, a.keypoints.size, a.components, b.keypoints.xy, b.components, found.common_a, found.common_b),
        *(inliers, registration, np.ascontiguousarray(found.matrix), np.ascontiguousarray(signs), told, found.share),
    )
    measures.update(zip(_TOLD, told.tolist(), strict=True))
    return measures


def _told_slowly(a: View, b: View, found: Alignment, matrix: np.ndarray, signs: np.ndarray) -> dict[str, float]:
    i, j = found.inliers.T
    common_a, common_b = np.count_nonzero(found.common_a), np.count_nonzero(found.common_b)
    outside_less, outside_more = sorted((1 - common_a / len(found.common_a), 1 - common_b / len(found.common_b)))
    placed = place(a, b, found, matrix)
    return {
        "outside_less": outside_less,
        "outside_more": outside_more,
        "common_less": float(min(common_a, common_b)),
        "common_more": float(max(common_a, common_b)),
        "scale": abs(math.log(max(abs(determinant(found.matrix)), 1e-9))) / 2,
        **_misses(a, i, placed.off, matrix),
        "alike": float((a.components.take(i, 0) * signs * b.components.take(j, 0)).sum(dtype=np.float64)) / len(i),
        **_cells(placed, found.share),
    }


class Placed(NamedTuple):
    """off: (m,) float64, px of b's plane, how far inliers lie from where the registration puts them. common_a,
    common_b, inliers: (CELLS * CELLS,) int64, how many of the keypoints of either picture, and of inliers, lie in each
    cell of the area that those in common reach over.
    """

    off: np.ndarray
    common_a: np.ndarray
    common_b: np.ndarray
    inliers: np.ndarray


def place(a: View, b: View, found: Alignment, matrix: np.ndarray) -> Placed:
    """As `keypoint_measures`."""
    i, j = found.inliers.T
    x, y, depth = moved(matrix, a.keypoints.xy[i])
    mates = b.keypoints.xy[j].astype(np.float64).T
    off = np.hypot(x / depth - mates[0], y / depth - mates[1])
    from_a = moved(found.matrix[:2], a.keypoints.xy[found.common_a])
    own = b.keypoints.xy[found.common_b].astype(np.float64).T
    both = np.concatenate([from_a, own], 1)
    low, high = both.min(1, keepdims=True), both.max(1, keepdims=True)
    counts = []
    for xy in (from_a, own, mates):
        at = (xy - low) * (CELLS / np.maximum(high - low, 1e-3))
        column, row = np.minimum(np.maximum(at, 0), CELLS - 1).astype(np.intp)
        counts.append(np.bincount(column + CELLS * row, minlength=CELLS * CELLS))
    return Placed(off, *counts)


def _misses(a: View, i: np.ndarray, off: np.ndarray, matrix: np.ndarray) -> dict[str, float]:
    """How far inliers lie from where the registration puts them, in px of the coarser plane, and in radii."""
    off = off / max(1.0, math.sqrt(abs(determinant(matrix))))
    radii = off / np.maximum(a.keypoints.size.take(i) / 2, 1)
    half, most = len(off) // 2, int(0.9 * (len(off) - 1))
    off.partition(most)
    radii.partition((half, most))
    return {"drift": float(radii[half]), "drift_0.9": float(radii[most]), "off_0.9": float(off[most])}


def _cells(placed: Placed, share: float) -> dict[str, float]:
    """Of the cells that hold enough keypoints of both, the shares that are inliers; of those that hold enough of
    either, how many hold one. share: of the alignment.
    """
    cells = list(zip(placed.common_a.tolist(), placed.common_b.tolist(), placed.inliers.tolist(), strict=True))
    rich = sorted(min(held / min(a, b), 1.0) for a, b, held in cells if min(a, b) >= FULL) or [share]
    filled = [held > 0 for a, b, held in cells if max(a, b) > FULL]
    return {
        "cell_0": rich[0],
        "cell_0.25": rich[len(rich) // 4],
        "cell_0.5": rich[len(rich) // 2],
        "spread": sum(filled) / len(filled) if filled else 1.0,
    }
