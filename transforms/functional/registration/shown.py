"""What the windows of two registered planes show: how much there is in either, and whether it agrees.

In `functional/native/shown.c`, or, where that was not built, here: with the same bytes.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.images.ssim import Comparison
from lookalike.transforms.functional.native.kernels import compiled

TEXTURED = 6.0
"""Standard deviation, in grey levels, from which a window has structure that can agree or disagree."""
FAINT = 0.25
"""A window is faint in one picture where its deviation is under this part of the other's. SSIM's structure term
is near 1 there by its constant, which forgives what compression flattened, and says nothing."""
DISAGREES = 0.25
"""Structure term below which a window disagrees."""
_RULES = np.array([TEXTURED, DISAGREES, FAINT], np.float32)


class Shown(NamedTuple):
    """(h, w) each. more, less: float32, the larger and the lesser deviation of both. weight: float32, the sum of both
    deviations, how much there is to see; 0 outside of the overlap. textured, disagreeing: bool, windows of the overlap
    with structure in one at least, and those that disagree; both_textured: with structure in both; only_a, only_b:
    faint in the other.
    """

    more: np.ndarray
    less: np.ndarray
    weight: np.ndarray
    textured: np.ndarray
    both_textured: np.ndarray
    disagreeing: np.ndarray
    only_a: np.ndarray
    only_b: np.ndarray


def shown(terms: Comparison, inner: np.ndarray) -> Shown:
    """Terms of SSIM, (h, w), and where windows lie in the overlap, (h, w) bool."""
    if compiled is None:
        return _shown_slowly(terms, inner)
    strengths, kinds = np.empty((3, *inner.shape), np.float32), np.empty((5, *inner.shape), bool)
    compiled.shown(terms.structure, terms.deviation_a, terms.deviation_b, inner, _RULES, strengths, kinds)
    return Shown(*strengths, *kinds)


def _shown_slowly(terms: Comparison, inner: np.ndarray) -> Shown:
    a, b = terms.deviation_a, terms.deviation_b
    more, less = np.maximum(a, b), np.minimum(a, b)
    textured = (more > TEXTURED) & inner
    return Shown(
        more,
        less,
        (a + b) * inner,
        textured,
        (less > TEXTURED) & inner,
        (terms.structure < DISAGREES) & textured,
        (b < FAINT * a) & textured,
        (a < FAINT * b) & textured,
    )
