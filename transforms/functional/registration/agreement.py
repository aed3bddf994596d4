"""How far two registered pictures agree: two grey planes and a transform in, maps and one Agreement out."""

import functools
import math
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.images.pixels.areas import averaged
from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.affine import determinant, product
from lookalike.transforms.functional.registration.greys import Greys, paired_greys
from lookalike.transforms.functional.registration.resampling import warped
from lookalike.transforms.functional.registration.shown import STRIDE, TEXTURED, windows_of

WHOLE = 250
"""Of 255, how much of a pixel has to lie in a picture that was moved."""
DEVIATION_UNIT = 64
"""Steps of a grey level in which deviations are looked up, of which there are 127.5 at most."""
LOG_UNIT = 4096
"""Steps of 1 in which their logarithms are told: whole numbers, whose sums are the same in any order."""
LOGARITHMS = np.rint(LOG_UNIT * np.log(np.arange(128 * DEVIATION_UNIT) / DEVIATION_UNIT + TEXTURED / 2))
_WINDOW = np.ones((2 * ssim.RADIUS + 1,) * 2, np.uint8)
TO_CENTRES = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
TO_CORNERS = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
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


class Maps:
    """Two registered planes, window by window at every `STRIDE`-th place; each map is (h, w).

    moved, plane: (H, W) uint8, a as it lies on b, and b. mask: (H, W) uint8, 1 where a is.
    inner: bool, the window lies in the overlap. terms: of SSIM. strengths (more, less, weight), kinds (textured,
    both_textured, disagreeing, only_a, only_b), totals: see `Shown`. overlap, covered: as of `Agreement`.
    """

    def __init__(
        self, moved: np.ndarray, plane: np.ndarray, mask: np.ndarray, inner: np.ndarray, overlap: float, covered: float
    ) -> None:
        """`inner`: not empty."""
        self.moved, self.plane, self.mask, self.inner = moved, plane, mask, inner
        self.overlap, self.covered = overlap, covered
        self.terms, (self.strengths, self.kinds, self.totals) = windows_of(moved, plane, inner)
        self.more, self.less, self.weight = self.strengths
        self.textured, self.both_textured, self.disagreeing, self.only_a, self.only_b = self.kinds

    @functools.cached_property
    def greys(self) -> Greys:
        """Of `moved` and `plane`."""
        return paired_greys(self.moved, self.plane, self.mask)

    @functools.cached_property
    def unsigned(self) -> float:
        """As weighted structure, but where the one is the other's negative, window by window, counts for as much."""
        return self.totals.weighted_unsigned / max(self.totals.weight, 1e-9)

    @functools.cached_property
    def active(self) -> float:
        """Correlation of the logarithms of the deviations of every second window: is much to be seen in the one where
        there is in the other? 0 where that is the same everywhere.
        """
        places = self.inner.ravel().nonzero()[0][::2]
        seen = _logarithms(np.array([one.take(places) for one in (self.terms.deviation_a, self.terms.deviation_b)]))
        sums = seen.sum(1)
        (aa, ab), (_, bb) = (seen @ seen.T - np.outer(sums, sums) / len(places)).tolist()
        return float(ab / np.sqrt(aa * bb)) if min(aa, bb) > 1e-3 * LOG_UNIT**2 else 0.0

    @functools.cached_property
    def agreement(self) -> Agreement:
        """The maps' means."""
        totals = self.totals
        # as OpenCV's means are: multiplied
        each, voters = 1.0 / totals.windows, max(totals.textured, 1.0)
        return Agreement(
            totals.ssim * each,
            totals.luminance * each,
            totals.contrast * each,
            totals.structure * each,
            totals.weighted_structure / max(totals.weight, 1e-9),
            totals.disagreeing / voters,
            totals.textured / totals.windows,
            totals.one_sided / voters if totals.textured else 1.0,
            int(totals.windows) * STRIDE**2,
            self.overlap,
            self.covered,
        )


def _logarithms(deviations: np.ndarray) -> np.ndarray:
    """float32 -> float64, whole numbers: of deviations and a little more, by which what is faint counts for less."""
    deviations *= DEVIATION_UNIT
    return np.asarray(LOGARITHMS.take(np.rint(deviations, out=deviations).astype(np.intp)))


def shrunk(plane: np.ndarray, factor: float) -> tuple[np.ndarray, tuple[float, float]]:
    """`plane` made smaller by `factor` (<= 1) with area averaging, and the scales, of x and y, that this really was."""
    height, width = plane.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    if size == (width, height):
        return plane, (1.0, 1.0)
    return averaged(plane, size), (size[0] / width, size[1] / height)


def brought_together(a: np.ndarray, b: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two planes and the (3, 3) homography `matrix` (pixels of a -> of b) -> both, of which one may have been made
    smaller, and the homography between the indices of their pixels.

    Where a has less detail than b, b is made smaller, and where it has more, a: neither is compared at a resolution
    that it does not have. Pixel centres lie at halves, so that a scale means the same for every size.
    """
    gain = math.sqrt(max(abs(determinant(matrix)), 1e-12))
    b, (b_x, b_y) = shrunk(b, min(1.0, 1.0 / gain))
    a, (a_x, a_y) = shrunk(a, min(1.0, gain * (b_x + b_y) / 2))
    scales = np.array([[b_x / a_x, b_x / a_y, b_x], [b_y / a_x, b_y / a_y, b_y], [1 / a_x, 1 / a_y, 1.0]])
    return a, b, product(TO_CORNERS, scales * matrix, TO_CENTRES)


def register(a: np.ndarray, b: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A moved onto b by the (3, 3) homography `matrix` (pixels of a -> of b): two equal planes and a mask, uint8."""
    a, b, between = brought_together(a, b, matrix)
    moved, mask = warped(a, between, b.shape, WHOLE)
    return moved, b, mask


def covered_share(a: tuple[float, ...], b: tuple[float, ...], matrix: np.ndarray) -> float:
    """Share of a picture of shape `a` that the (3, 3) `matrix` puts onto one of shape `b`, both (h, w)."""
    corners, frame = _corners(a, matrix), np.array([[0, 0], [b[1], 0], [b[1], b[0]], [0, b[0]]], np.float32)
    common, _ = cv2.intersectConvexConvex(corners, frame)
    return float(min(common / max(cv2.contourArea(corners), 1e-6), 1.0))


def _corners(shape: tuple[float, ...], matrix: np.ndarray) -> np.ndarray:
    """Where those of a picture lie, (4, 2) float32, in thousandths: of edges that all but coincide OpenCV finds no
    intersection.

    In `functional/native/corners.c`, or, where that was not built, here: with the same bytes.
    """
    height, width = shape[:2]
    if compiled is not None:
        corners = np.empty((4, 2), np.float32)
        compiled.laid(np.ascontiguousarray(matrix, np.float64), corners, height, width)
        return corners
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    found = []
    for x, y in ((0, 0), (width, 0), (width, height), (0, height)):
        *ends, depth = a * x + b * y + c, d * x + e * y + f, g * x + h * y + i
        places = [end / depth * 1000 for end in ends] if depth else [math.inf] * 2
        found.append([round(place) / 1000 if math.isfinite(place) else place for place in places])
    return np.array(found, np.float32)


def compare(a: np.ndarray, b: np.ndarray, matrix: np.ndarray, inverted: bool = False) -> Maps | None:
    """Two grey uint8 planes and a's (3, 3) homography onto b -> how they agree, window by window; None if under
    11 x 11 px overlap.

    `inverted`: b shows a's negative, and is turned positive first.
    """
    return compare_registered(*register(a, b, matrix), covered_share(a.shape, b.shape, matrix), inverted)


def compare_stretched(a: np.ndarray, b: np.ndarray) -> Maps | None:
    """Two grey uint8 planes, the one stretched onto the other: nothing of either lies outside, not half a pixel."""
    moved, plane, mask = register(a, b, np.diag([b.shape[1] / a.shape[1], b.shape[0] / a.shape[0], 1.0]))
    return compare_registered(moved, plane, np.ones_like(mask), 1.0)


def windows_inside(mask: np.ndarray) -> tuple[np.ndarray, int, int]:
    """A (H, W) uint8 mask -> which of every STRIDE-th window in either direction lies in it, (h, w) bool, and how many
    pixels and windows do. What is beyond the plane counts as inside.

    In `functional/native/inside.c`, or, where that was not built, here: with the same result.
    """
    if compiled is None:
        inner = cv2.erode(mask, _WINDOW, borderValue=1)[::STRIDE, ::STRIDE] > 0
        return inner, cv2.countNonZero(mask), int(np.count_nonzero(inner))
    height, width = mask.shape
    inner = np.empty((-(-height // STRIDE), -(-width // STRIDE)), bool)
    there, windows = compiled.inside(np.ascontiguousarray(mask), inner, height, width)
    return inner, there, windows


def compare_registered(
    moved: np.ndarray, plane: np.ndarray, mask: np.ndarray, covered: float, inverted: bool = False
) -> Maps | None:
    """What `register` returns -> how they agree; covered: see `Agreement`, which it is taken over to."""
    inner, there, windows = windows_inside(mask)
    if windows * STRIDE**2 < _WINDOW.size:
        return None
    if inverted:
        plane = 255 - plane
    return Maps(moved, plane, mask, inner, there / mask.size, covered)
