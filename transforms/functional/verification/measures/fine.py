"""The same in detail: pages and drawings at three times the size, at which words and digits can be told apart.

In `functional/native/fine.c`, or, where that was not built, here: with the same bytes.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.agreement import Maps
from lookalike.transforms.functional.registration.shown import TEXTURED

AGAIN = (
    *("weighted", "disagreeing", "faint", "box_0", "box_0.01", "box_0.02", "box_0.05", "box_0.1", "box_0.5"),
    *("residual", "residual_0.9", "residual_0.5"),
)
"""Measures that are taken again."""
PLACE = 3
"""Side of a place, in windows, of which every second is read: about 9 px."""
FEW = 20
"""Places below which nothing can be said."""
NOISE = 2.0
"""Grey levels that compression leaves anywhere."""
NO_LEAST = {"fine_least": 1.0, "fine_least_0.002": 1.0, "fine_least_0.01": 1.0, "fine_least_odd": 0.0}
NO_LEFT = {"fine_left": 0.0, "fine_left_0.99": 0.0, "fine_left_0.9": 0.0, "fine_left_texture": 0.0}


def fine_measures(maps: Maps, seen: dict[str, float], pixels: int) -> dict[str, float]:
    """Maps of the larger thumbnails and what is measured in detail -> AGAIN of them. `fine`: how many times longer the
    sides of what is common are. pixels: size of what the thumbnails have in common.
    """
    agreed = maps.agreement
    found = {
        "weighted": agreed.weighted_structure,
        "disagreeing": agreed.disagreeing,
        "faint": agreed.faint,
        **seen,
    }
    again = {f"fine_{name}": found[name] for name in AGAIN}
    places = places_of(maps)
    more = least_measures(places.structure) | left_measures(places)
    return {"fine": math.sqrt(agreed.pixels / pixels)} | again | more


class Places(NamedTuple):
    """Of places of a letter or two. structure: (n,) float32, weighted by texture, where there is some. left: (m,)
    float32, the deviation, in grey levels, that no linear map of the greys explains, where windows are textured.
    texture: the greatest deviation of these.
    """

    structure: np.ndarray
    left: np.ndarray
    texture: float


def places_of(maps: Maps) -> Places:
    """See `Places`."""
    if compiled is None:
        return _places_slowly(maps)
    height, width = maps.inner.shape
    structure, left = np.empty(maps.inner.size + 1, np.float32), np.empty(maps.inner.size, np.float32)
    found = np.empty(3)
    given = maps.terms.structure, maps.weight, maps.more, maps.inner, maps.textured
    compiled.fine(*given, structure, left, found, height, width, 2 * TEXTURED)
    number, of_left, texture = found.tolist()
    return Places(structure[: int(number)], left[: int(of_left)], texture)


def _places_slowly(maps: Maps) -> Places:
    around, agreeing = _over_places(maps.weight), _over_places(maps.terms.structure * maps.weight)
    there = maps.inner & (around > 2 * TEXTURED)
    structure = np.clip(maps.terms.structure, -1, 1)
    left = np.sqrt(np.maximum(1 - structure * np.abs(structure), 0)) * maps.more * maps.inner
    texture = _over_places(maps.more * maps.inner)[maps.textured]
    return Places(
        (agreeing / np.maximum(around, 1e-3))[there],
        _over_places(left)[maps.textured],
        float(texture.max(initial=0.0)),
    )


def _over_places(values: np.ndarray) -> np.ndarray:
    """Means."""
    return cv2.boxFilter(values, cv2.CV_32F, (PLACE, PLACE))


def least_measures(found: np.ndarray) -> dict[str, float]:
    """Structure of places, which are put in another order: in the worst of them, quantiles, and how much worse the
    worst one is than the worst twentieth.
    """
    if len(found) < FEW:
        return NO_LEAST
    last = len(found) - 1
    # a few are told apart and sorted, in a third of the time of sorting all
    found.partition(int(0.05 * last))
    found[: int(0.05 * last) + 1].sort()
    worst, very_low, low, lowish = (float(found[int(q * last)]) for q in (0, 0.002, 0.01, 0.05))
    return {
        "fine_least": worst,
        "fine_least_0.002": very_low,
        "fine_least_0.01": low,
        "fine_least_odd": (lowish - worst) / (1.05 - lowish),
    }


def left_measures(places: Places) -> dict[str, float]:
    """What is left in places, which are put in another order: the greatest; and how many times as much this is as one
    place in a hundred has at least, one in ten, and as the greatest texture.
    """
    found = places.left
    if len(found) < FEW:
        return NO_LEFT
    last = len(found) - 1
    found.partition(int(0.9 * last))
    found[int(0.9 * last) :].sort()
    most = float(found[-1])
    return {
        "fine_left": most,
        "fine_left_0.99": most / (float(found[int(0.99 * last)]) + NOISE),
        "fine_left_0.9": most / (float(found[int(0.9 * last)]) + NOISE),
        "fine_left_texture": most / (places.texture + NOISE),
    }


def measured_once(measures: dict[str, float]) -> dict[str, float]:
    """Where one of the two has no larger thumbnail there is no more to see: the measures that were taken, again."""
    return {"fine": 1.0} | {f"fine_{name}": measures[name] for name in AGAIN} | NO_LEAST | NO_LEFT
