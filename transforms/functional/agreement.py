"""How far two registered pictures agree: two grey planes and a transform in, one Agreement out."""

from typing import NamedTuple

import cv2
import numpy as np

from transforms.functional import ssim
from transforms.functional.affine import determinant

TEXTURED = 6.0
"""Standard deviation, in grey levels, from which a window has structure that can agree or disagree."""
FAINT = 0.25
"""A window is faint in one picture where its deviation is under this part of the other's. SSIM's structure term
is near 1 there by its constant, which forgives what compression flattened, and says nothing."""
DISAGREES = 0.25
"""Structure term below which a window disagrees."""


STRIDE = 2
"""Every second window in either direction is read: neighbours share most of their pixels."""


_TO_CENTRES = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
_TO_CORNERS = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
"""From indices of pixels to where their centres lie, and back."""


class Agreement(NamedTuple):
    """Means over the overlap of a and b, in the plane of the coarser of the two.

    ssim, luminance, contrast, structure: plain means of the terms of Wang et al. 2004.
    weighted_structure: mean of the structure term weighted by the windows' deviation (information weighting,
    after Wang, Li 2011): blank paper has no vote.
    disagreeing: share of the textured windows that disagree.
    textured: windows with structure, as a share of the overlap. faint: share of those that only one picture has.
    pixels: size of the overlap in its plane.
    overlap: share of b's picture that a covers. covered: share of a's picture that lies on b.
    """

    ssim: float
    luminance: float
    contrast: float
    structure: float
    weighted_structure: float
    disagreeing: float
    textured: float
    faint: float
    pixels: int
    overlap: float
    covered: float


def shrunk(plane: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """`plane` made smaller by `factor` (<= 1) with area averaging, and the (2,) scales that this really was."""
    height, width = plane.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if size == (width, height):
        return plane, np.ones(2)
    return cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.array(size) / (width, height)


def register(a: np.ndarray, b: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A moved onto b by the (3, 3) homography `matrix` (pixels of a -> of b): two equal planes and a mask, uint8.

    The plane is b's, or b's made smaller where a has less detail than b: neither is compared at a resolution
    that it does not have. Pixel centres lie at halves, so that a scale means the same for every size.
    """
    gain = max(abs(determinant(matrix)), 1e-12) ** 0.5
    b, b_scale = shrunk(b, min(1.0, 1.0 / gain))
    a, a_scale = shrunk(a, min(1.0, gain * float(b_scale.mean())))
    warp = _TO_CORNERS @ (np.append(b_scale, 1)[:, None] * matrix / np.append(a_scale, 1)) @ _TO_CENTRES
    size = b.shape[1], b.shape[0]
    moved = cv2.warpPerspective(a, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.full(a.shape, 255, np.uint8), warp, size, flags=cv2.INTER_LINEAR)
    return moved, b, (mask > 250).astype(np.uint8)


def covered_share(a: tuple[float, ...], b: tuple[float, ...], matrix: np.ndarray) -> float:
    """Share of a picture of shape `a` that the (3, 3) `matrix` puts onto one of shape `b`, both (h, w)."""
    corners = np.array([[0, 0, 1], [a[1], 0, 1], [a[1], a[0], 1], [0, a[0], 1]]) @ matrix.T
    moved = (corners[:, :2] / corners[:, 2:]).astype(np.float32)
    frame = np.array([[0, 0], [b[1], 0], [b[1], b[0]], [0, b[0]]], np.float32)
    common, _ = cv2.intersectConvexConvex(moved, frame)
    return float(min(common / max(cv2.contourArea(moved), 1e-6), 1.0))


def agreement(a: np.ndarray, b: np.ndarray, matrix: np.ndarray, inverted: bool = False) -> Agreement | None:
    """Two grey uint8 planes and a's (3, 3) homography onto b -> how they agree; None if under 11 x 11 px overlap.

    `inverted`: b shows a's negative, and is turned positive first.
    """
    return compare_registered(*register(a, b, matrix), covered_share(a.shape, b.shape, matrix), inverted)


def compare_registered(
    moved: np.ndarray, plane: np.ndarray, mask: np.ndarray, covered: float, inverted: bool = False
) -> Agreement | None:
    """What `register` returns -> how they agree; covered: see `Agreement`, which it is taken over to."""
    overlap = float(mask.mean())
    inner = cv2.erode(mask, np.ones((2 * ssim.RADIUS + 1,) * 2, np.uint8), borderValue=1)[::STRIDE, ::STRIDE] > 0
    pixels = int(inner.sum()) * STRIDE**2
    if pixels < (2 * ssim.RADIUS + 1) ** 2:
        return None
    if inverted:
        plane = 255 - plane
    moments = ssim.Moments(*(m[inner] for m in ssim.moments(moved, plane, STRIDE)))
    terms = ssim.compare(moments)
    var_a, var_b = moments.var_a, moments.var_b
    weight = np.sqrt(var_a) + np.sqrt(var_b)
    more, less = np.maximum(var_a, var_b), np.minimum(var_a, var_b)
    textured = more > TEXTURED**2
    structure = terms.structure[textured]
    voters = max(len(structure), 1)
    maps = np.stack([terms.ssim, terms.luminance, terms.contrast, terms.structure, textured])
    mean_ssim, luminance, contrast, mean_structure, textured_share = maps.mean(1, dtype=np.float64).tolist()
    return Agreement(
        mean_ssim,
        luminance,
        contrast,
        mean_structure,
        float(np.dot(terms.structure, weight) / max(float(weight.sum()), 1e-9)),
        int(np.count_nonzero(structure < DISAGREES)) / voters,
        textured_share,
        int(np.count_nonzero(less[textured] < FAINT**2 * more[textured])) / voters if len(structure) else 1.0,
        pixels,
        overlap,
        covered,
    )
