"""Small boxes all over the overlap: how far pictures agree in the worst of them, and in how many they do."""

from typing import Literal, NamedTuple

import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps
from lookalike.transforms.functional.registration.boxes import NOWHERE, Box
from lookalike.transforms.functional.registration.shown import TEXTURED

BOX = 7
"""Side of a box, in windows: about 15 px of a thumbnail, two lines of text of a page."""
SEEN = 0.6
"""Share of a box that has to lie in the overlap."""
QUANTILES = {f"box_{q:g}": q for q in (0.01, 0.02, 0.05, 0.1, 0.5)}
"""By the names of their measures."""
STEP = 2
"""Every second box in either direction is sorted: neighbours share most of their windows."""


class Worst(NamedTuple):
    """The box of b where structure is least, and how much there is; NOWHERE and 1 where no box has texture."""

    box: Box
    structure: float


class Boxes(NamedTuple):
    """Of all boxes of the maps that have texture and lie in the overlap. number: how many there are. worst: the first
    of those whose structure, weighted by texture, is least. sampled: (n,) float32, structure of every STEP-th one in
    either direction, in ascending order.
    """

    number: int
    worst: Worst
    sampled: np.ndarray


def boxes(maps: Maps) -> Boxes:
    """What is seen in every box."""
    around, agreeing = (_sums(one, "edge") for one in (maps.weight, maps.terms.structure * maps.weight))
    mean, agrees = ((one * (1 / BOX**2)).astype(np.float32) for one in (around, agreeing))
    there = (_sums(maps.inner, "constant") > int(SEEN * BOX**2)) & (mean > TEXTURED)
    structure = agrees / np.maximum(mean, np.float32(1e-3))
    sampled = np.sort(structure[::STEP, ::STEP][there[::STEP, ::STEP]])
    least = np.where(there, structure, np.inf)
    y, x = divmod(int(least.argmin()), there.shape[1])
    worst = Worst(box_around(x, y, there.shape), float(least[y, x])) if there.any() else Worst(NOWHERE, 1.0)
    return Boxes(int(np.count_nonzero(there)), worst, sampled)


def box_around(x: int, y: int, shape: tuple[int, ...]) -> Box:
    """The box with this window in its middle, of maps of (h, w)."""
    height, width = shape
    left, top = max(0, x - BOX // 2), max(0, y - BOX // 2)
    right, bottom = min(width, x + BOX // 2 + 1), min(height, y + BOX // 2 + 1)
    return left / width, top / height, (right - left) / width, (bottom - top) / height


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


def box_measures(found: Boxes, windows: float) -> dict[str, float]:
    """What structure the worst box has, and quantiles over all; 1 where no box has texture. windows: in the overlap."""
    last = len(found.sampled) - 1
    out = {name: float(found.sampled[int(q * last)]) if last >= 0 else 1.0 for name, q in QUANTILES.items()}
    return {"box_0": found.worst.structure, **out, "boxes": found.number / windows}
