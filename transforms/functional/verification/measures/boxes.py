"""Small boxes all over the overlap: how far pictures agree in the worst of them, and in how many they do.

In `functional/native/boxes.c`, or, where that was not built, here: with the same bytes.
"""

from typing import Literal, NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
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
_RULES = np.array([TEXTURED, int(SEEN * BOX**2)], np.float32)


class Boxes(NamedTuple):
    """All boxes of the maps, by the window in their middle. structure: (h, w), weighted by texture. there: (h, w) bool,
    the box has texture and lies in the overlap.
    """

    structure: np.ndarray
    there: np.ndarray


def boxes(maps: Maps) -> Boxes:
    """What is seen in every box."""
    if compiled is None:
        return _boxes_slowly(maps)
    structure, there = np.empty(maps.inner.shape, np.float32), np.empty(maps.inner.shape, bool)
    compiled.boxes(maps.terms.structure, maps.weight, maps.inner, _RULES, structure, there, *maps.inner.shape)
    return Boxes(structure, there)


def _boxes_slowly(maps: Maps) -> Boxes:
    around, agreeing = (_sums(one, "edge") for one in (maps.weight, maps.terms.structure * maps.weight))
    mean, agrees = ((one * (1 / BOX**2)).astype(np.float32) for one in (around, agreeing))
    there = (_sums(maps.inner, "constant") > int(SEEN * BOX**2)) & (mean > TEXTURED)
    return Boxes(agrees / np.maximum(mean, np.float32(1e-3)), there)


def _sums(values: np.ndarray, beyond: Literal["edge", "constant"]) -> np.ndarray:
    """Over boxes, added down and then along, one after the other."""
    padded = np.pad(values.astype(np.float64), BOX // 2, beyond)
    height, width = values.shape
    down, sums = np.zeros((height, padded.shape[1])), np.zeros((height, width))
    for k in range(BOX):
        down += padded[k : k + height]
    for k in range(BOX):
        sums += down[:, k : k + width]
    return sums


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


def box_measures(found: Boxes, worst: Worst, windows: float) -> dict[str, float]:
    """What structure the worst box has, and quantiles over all; 1 where no box has texture. windows: in the overlap."""
    values = found.structure[::STEP, ::STEP][found.there[::STEP, ::STEP]]
    values.sort()  # faster than a partition at so many places
    last = len(values) - 1
    out = {f"box_{q:g}": float(values[int(q * last)]) if last >= 0 else 1.0 for q in QUANTILES}
    return {"box_0": worst.structure, **out, "boxes": np.count_nonzero(found.there) / windows}
