"""Registration of two pictures by their keypoints: keypoints in, an affine transform and its evidence out.

Every pair of mutually nearest descriptors proposes one similarity by itself (a keypoint has a place, a size
and an angle), and all pairs vote on every proposal: exhaustive where RANSAC (Fischler, Bolles 1981) draws at random,
so the same pictures give the same transform, and at a few hundred keypoints it is one small matrix.
The winner is refined to an affine transform by least squares on its inliers (local optimisation, Chum,
Matas, Kittler 2003).

In `functional/native/align.c`, or, where that was not built, here: with the same bytes.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.keypoints import INVERTED, MIRRORED, Keypoints
from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.affine import determinant, fitted, inverse, moved, stretches, within
from lookalike.transforms.functional.registration.consensus import ALIKE, MOST_PROPOSALS, SIMILAR, agreeing
from lookalike.transforms.functional.registration.least_squares import fit_homography
from lookalike.transforms.functional.registration.matches import mutual_matches

GUESSED = 0.05
"""How far off, as a share of the larger side of a picture, a guessed transform may bring a keypoint."""
PLAIN = 20
"""An upright alignment with this many inliers is taken without trying the other parities."""
_MIRRORED, _INVERTED = (np.isin(range(4), which) for which in (MIRRORED, INVERTED))
_NOTHING = np.zeros(0, bool)


class View(NamedTuple):
    """What alignment needs of one picture. keypoints: n points; components: (n, DIMS) float32 unit descriptors, as
    `keypoints.components` makes them; shape: (height, width) in px of the plane that the keypoints lie in.
    """

    keypoints: Keypoints
    components: np.ndarray
    shape: tuple[int, int]


class Alignment(NamedTuple):
    """matrix: (3, 3) float64, affine, takes a's keypoint plane to b's. parity: index into
    `KeypointAxes.parity`, of what was done to b's picture.

    inliers: (m, 2) int, matched keypoints of a and b.
    share: inliers divided by the fewer of the two pictures' keypoints inside the common area.
    matches: (k, 2) int, all mutual matches of that parity, the inliers among them.
    common_a, common_b: boolean (n,), the keypoints of either picture that lie in the common area.
    """

    matrix: np.ndarray
    parity: int
    inliers: np.ndarray
    share: float
    matches: np.ndarray
    common_a: np.ndarray
    common_b: np.ndarray


def align(
    a: View,
    b: View,
    signs: np.ndarray,
    parities: Sequence[int] = range(4),
    tolerance: float = 3.0,
    least: float = 0.6,
    enough: int = 4,
) -> Alignment | None:
    """Two views -> the best affine alignment over the given parities, or None where fewer than `enough` pairs agree.

    signs: `KeypointAxes.parity`. tolerance: px of the coarser keypoint plane. least: cosine of matching descriptors.
    """
    if min(len(a.components), len(b.components)) < enough:
        return None
    return _best(_Asked(a, b, signs, parities, tolerance, least, enough))


def align_near(
    a: View,
    b: View,
    signs: np.ndarray,
    guess: np.ndarray,
    tolerance: float = 3.0,
    least: float = 0.5,
    enough: int = 4,
) -> Alignment | None:
    """As `align`, for two views of which it is known nearly how they lie on one another.

    guess: (3, 3) float64, affine, a's keypoint plane -> b's. Only keypoints that it brings near one another, at about
    the same size, are matched: their descriptors may be worn further, and what matches elsewhere is in nobody's way.
    """
    if min(len(a.components), len(b.components)) < enough:
        return None
    far = ~_brought_near(a, b, guess)
    parities = [parity for parity in range(4) if (parity in MIRRORED) == (determinant(guess) < 0)]
    return _best(_Asked(a, b, signs, parities, tolerance, least, enough, far))


def _brought_near(a: View, b: View, guess: np.ndarray) -> np.ndarray:
    """(n, m) bool: does the guess bring this keypoint of a near that of b, at about the same size?"""
    scale = math.sqrt(max(abs(determinant(guess)), 1e-12))
    x, y = (place[:, None] - own for place, own in zip(moved(guess[:2], a.keypoints.xy), b.keypoints.xy.T, strict=True))
    off = x * x + y * y
    grown = b.keypoints.size / np.maximum(a.keypoints.size[:, None] * scale, 1e-3)
    within = GUESSED * max(b.shape) * max(1.0, scale)
    return np.asarray((off < within * within) & (grown < SIMILAR) & (grown > 1 / SIMILAR))


class _Asked(NamedTuple):
    """What `align` is given, and far: (n, m) bool, keypoints that are not to be matched, or None."""

    a: View
    b: View
    signs: np.ndarray
    parities: Sequence[int]
    tolerance: float
    least: float
    enough: int
    far: np.ndarray | None = None


def _best(asked: _Asked) -> Alignment | None:
    """The alignment that most matches agree on."""
    if compiled is None:
        return _best_slowly(asked)
    a, b, signs, parities, tolerance, least, enough, far = asked
    count = len(a.components)
    pairs, inliers, matrix = np.empty((count, 2), np.int64), np.empty((count, 2), np.int64), np.empty((3, 3))
    common_a, common_b = np.empty(count, bool), np.empty(len(b.components), bool)
    number, matches, parity = compiled.align(
        *(a.keypoints.xy, a.keypoints.size, a.keypoints.angle, a.components),
        *(b.keypoints.xy, b.keypoints.size, b.keypoints.angle, b.components),
        *(np.ascontiguousarray(signs), _MIRRORED, _INVERTED, np.array(parities, np.int64)),
        *(_NOTHING if far is None else far, pairs, inliers, matrix, common_a, common_b),
        (enough, PLAIN, MOST_PROPOSALS),
        (least, ALIKE, SIMILAR, 1 / SIMILAR, (2 * tolerance) ** 2),
        (tolerance, *a.shape, *b.shape),
    )
    if not number:
        return None
    return _alignment(matrix, parity, inliers[:number].copy(), pairs[:matches], common_a, common_b)


def _best_slowly(asked: _Asked) -> Alignment | None:
    a, b, signs, parities, tolerance, least, enough, far = asked
    best: tuple[int, int, np.ndarray, np.ndarray] | None = None
    for index in parities:
        pairs = mutual_matches(a.components * signs[index], b.components, least, far)
        if len(pairs) < enough:
            continue
        chosen = agreeing(a.keypoints, b.keypoints, pairs, index in MIRRORED, index in INVERTED, tolerance)
        votes = int(np.count_nonzero(chosen))
        # upright wins ties: it is the simpler story
        if votes >= enough and (best is None or votes > best[0]):
            best = (votes, index, pairs, chosen)
            if best[0] >= PLAIN:
                break
    if best is None:
        return None
    _, index, pairs, chosen = best
    matrix, chosen = fitted(a.keypoints.xy, b.keypoints.xy, pairs, chosen, tolerance)
    greatest, least_stretch = stretches(matrix)
    if np.count_nonzero(chosen) < enough or least_stretch < 0.05 or greatest > 3 * least_stretch:
        return None
    square = np.vstack([matrix, (0, 0, 1)])
    common_a, common_b = (
        within(view.keypoints.xy, to, other.shape) for view, to, other in ((a, square, b), (b, inverse(square), a))
    )
    return _alignment(square, index, pairs[chosen], pairs, common_a, common_b)


def _alignment(
    matrix: np.ndarray,
    parity: int,
    inliers: np.ndarray,
    matches: np.ndarray,
    common_a: np.ndarray,
    common_b: np.ndarray,
) -> Alignment:
    """With the share of its inliers."""
    fewer = min(int(np.count_nonzero(common)) for common in (common_a, common_b))
    return Alignment(matrix, parity, inliers, len(inliers) / max(fewer, 1), matches, common_a, common_b)


def bend(a: View, b: View, alignment: Alignment) -> np.ndarray:
    """The (3, 3) homography of the alignment's inliers by least squares.

    A photographed print or screen is seen in perspective: the affine transform finds it, and its SSIM suffers.
    """
    i, j = alignment.inliers.T
    return fit_homography(a.keypoints.xy[i], b.keypoints.xy[j])
