"""What the windows of two registered planes show: how much there is in either, and whether it agrees."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.images.ssim import Comparison
from lookalike.transforms.functional.native.kernels import compiled

STRIDE = 2
"""Every second window in either direction is read: neighbours share most of their pixels."""
TEXTURED = 6.0
"""Standard deviation, in grey levels, from which a window has structure that can agree or disagree."""
FAINT = 0.25
"""A window is faint in one picture where its deviation is under this part of the other's. SSIM's structure term
is near 1 there by its constant, which forgives what compression flattened, and says nothing."""
DISAGREES = 0.25
"""Structure term below which a window disagrees."""
FLAT = 3.0
"""Standard deviation, in grey levels, under which a window shows nothing."""
LANES = 8
"""Sums that are added up side by side."""
RULES = np.array([TEXTURED, DISAGREES, FAINT, FLAT], np.float32)
"""As kernels take them."""


class Totals(NamedTuple):
    """Over the windows of the overlap. How many these are, those that are flat, that only one picture has, and of the
    kinds of `Shown`; sums of the terms of SSIM; of the weight, of structure and of its size times that; of `more` where
    windows are textured and agree, and where they disagree.
    """

    windows: float
    flat: float
    one_sided: float
    textured: float
    both_textured: float
    disagreeing: float
    only_a: float
    only_b: float
    ssim: float
    luminance: float
    contrast: float
    structure: float
    weight: float
    weighted_structure: float
    weighted_unsigned: float
    more_agreeing: float
    more_disagreeing: float


class Shown(NamedTuple):
    """strengths: (3, h, w) float32, of which `more` and `less` are the larger and the lesser deviation of both, and
    `weight` is the sum of both deviations, how much there is to see; 0 outside of the overlap. kinds: (5, h, w) bool:
    textured, both_textured, windows of the overlap with structure in one at least, and in both; disagreeing, those of
    the former that disagree; only_a, only_b, that are faint in the other. totals: of these.
    """

    strengths: np.ndarray
    kinds: np.ndarray
    totals: Totals


def windows_of(a: np.ndarray, b: np.ndarray, inner: np.ndarray) -> tuple[Comparison, Shown]:
    """Two (H, W) uint8 planes, and which of every STRIDE-th window, across and down, lies in the overlap, (h, w) bool.

    In `functional/native`, windows.c and shown.c, or, where that was not built, here: with the same bytes.
    """
    if compiled is None:
        terms = ssim.compare(a, b, STRIDE)
        return terms, shown(terms, inner)
    maps, strengths, kinds = (
        np.empty((n, *inner.shape), kind) for n, kind in ((6, np.float32), (3, np.float32), (5, bool))
    )
    totals = np.empty(len(Totals._fields))
    a, b, inner = map(np.ascontiguousarray, (a, b, inner))
    compiled.windows(a, b, inner, ssim.HALF, RULES, maps, strengths, kinds, totals, *a.shape)
    return Comparison(*maps), Shown(strengths, kinds, Totals(*totals.tolist()))


def shown(terms: Comparison, inner: np.ndarray) -> Shown:
    """Terms of SSIM, (h, w), and where windows lie in the overlap, (h, w) bool."""
    a, b = terms.deviation_a, terms.deviation_b
    strengths = np.stack([np.maximum(a, b), np.minimum(a, b), (a + b) * inner])
    more, less, weight = strengths
    textured = (more > TEXTURED) & inner
    disagreeing, both_textured = (terms.structure < DISAGREES) & textured, (less > TEXTURED) & inner
    only_a, only_b = (b < FAINT * a) & textured, (a < FAINT * b) & textured
    counted = inner, inner & (more < FLAT), only_a | only_b, textured, both_textured, disagreeing, only_a, only_b
    plain = (np.add.accumulate((term * inner).ravel(), dtype=np.float64)[-1] for term in _plain(terms))
    product = terms.structure.astype(np.float64) * weight
    of_more = more * (textured ^ disagreeing), more * disagreeing
    weighed = map(_in_lanes, (weight, product, np.abs(product), *of_more))
    totals = Totals(*(float(np.count_nonzero(one)) for one in counted), *map(float, plain), *weighed)
    return Shown(strengths, np.stack([textured, both_textured, disagreeing, only_a, only_b]), totals)


def _plain(terms: Comparison) -> tuple[np.ndarray, ...]:
    return terms.ssim, terms.luminance, terms.contrast, terms.structure


def _in_lanes(values: np.ndarray) -> float:
    """The sum of every LANES-th place each, and then of these: in the order in which the kernel adds them."""
    padded = np.zeros(-(-values.size // LANES) * LANES)
    padded[: values.size] = values.ravel()
    return float(np.add.accumulate(np.add.accumulate(padded.reshape(-1, LANES))[-1])[-1])
