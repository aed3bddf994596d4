"""Small boxes all over the overlap: how far pictures agree in the worst of them, and in how many they do."""

from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps
from lookalike.transforms.functional.registration.boxes import NOWHERE, Box
from lookalike.transforms.functional.registration.shown import TEXTURED

BOX = 7
"""Side of a box, in windows: about 15 px of a thumbnail, two lines of text of a page."""
SEEN = 0.6
"""Share of a box that has to lie in the overlap."""
QUANTILES = (0.01, 0.02, 0.05, 0.1, 0.5)
STEP = 2
"""Every second box in either direction is sorted: neighbours share most of their windows."""


class Boxes(NamedTuple):
    """All boxes of the maps, by the window in their middle. structure: (h, w), weighted by texture. there: (h, w) bool,
    the box has texture and lies in the overlap.
    """

    structure: np.ndarray
    there: np.ndarray


def boxes(maps: Maps) -> Boxes:
    """What is seen in every box."""
    around = _means(maps.weight, cv2.BORDER_REPLICATE)
    agreeing = _means(maps.terms.structure * maps.weight, cv2.BORDER_REPLICATE)
    seen = _means(maps.inner.view(np.uint8), cv2.BORDER_CONSTANT)
    there = (seen > SEEN) & (around > TEXTURED)
    return Boxes(agreeing / np.maximum(around, 1e-3), there)


def _means(values: np.ndarray, border: int) -> np.ndarray:
    """Over boxes."""
    return cv2.boxFilter(values, cv2.CV_32F, (BOX, BOX), borderType=border)


class Worst(NamedTuple):
    """The box of b where structure is least, and how much there is; NOWHERE and 1 where no box has texture."""

    box: Box
    structure: float


def worst_box(found: Boxes) -> Worst:
    """See `Worst`."""
    if not found.there.any():
        return Worst(NOWHERE, 1.0)
    height, width = found.there.shape
    value, _, (x, y), _ = cv2.minMaxLoc(found.structure, found.there.view(np.uint8))
    left, top = max(0, x - BOX // 2), max(0, y - BOX // 2)
    right, bottom = min(width, x + BOX // 2 + 1), min(height, y + BOX // 2 + 1)
    return Worst((left / width, top / height, (right - left) / width, (bottom - top) / height), value)


def box_measures(found: Boxes, worst: Worst, windows: int) -> dict[str, float]:
    """What structure the worst box has, and quantiles over all; 1 where no box has texture. windows: in the overlap."""
    values = found.structure[::STEP, ::STEP][found.there[::STEP, ::STEP]]
    values.sort()  # faster than a partition at so many places
    last = len(values) - 1
    out = {f"box_{q:g}": float(values[int(q * last)]) if last >= 0 else 1.0 for q in QUANTILES}
    return {"box_0": worst.structure, **out, "boxes": np.count_nonzero(found.there) / max(windows, 1)}
