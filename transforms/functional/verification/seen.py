"""What is measured of the maps of two registered planes alone: all at once.

In `functional/native/measures.c`, or, where that was not built, by the modules in `measures`: with the same bytes.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.agreement import LOGARITHMS, Maps
from lookalike.transforms.functional.registration.boxes import NOWHERE
from lookalike.transforms.functional.registration.shown import RULES
from lookalike.transforms.functional.verification.measures.blocks import block_measures
from lookalike.transforms.functional.verification.measures.boxes import (
    QUANTILES,
    Worst,
    box_around,
    box_measures,
    boxes,
)
from lookalike.transforms.functional.verification.measures.coarse import coarse_measures
from lookalike.transforms.functional.verification.measures.greys import grey_measures
from lookalike.transforms.functional.verification.measures.residuals import POWERS, residual_measures
from lookalike.transforms.functional.verification.measures.sides import side_measures
from lookalike.transforms.functional.verification.measures.windows import window_measures

_OF_BOXES = "box_0", *QUANTILES, "boxes"
_OF_RESIDUALS = "residual", "residual_0.9", "residual_0.5"
_OF_BLOCKS = "share", "area", "texture", "fill", "long", "blocks", "windows"
_OTHERS = (
    *("commonest", "entropy", "active", "texture_0.02", "texture_0.1", "texture_0.5"),
    *("flat", "strong_agreeing", "strong_disagreeing", "gain", "lopsided", "one_sided"),
    *("coarse", "coarse_disagreeing", "coarse_0.02", "coarse_0.1", "coarse_faint", "only_more", "only_less"),
    *(f"{kind}_{name}" for kind in ("both", "only") for name in _OF_BLOCKS),
)
"""As the kernel tells them."""


class Seen(NamedTuple):
    """measures: by name. worst: the box in which the two agree least."""

    measures: dict[str, float]
    worst: Worst


def seen(maps: Maps) -> Seen:
    """All measures."""
    if compiled is None:
        found = _seen_in_detail_slowly(maps)
        others = (grey_measures, window_measures, side_measures, coarse_measures, block_measures)
        measures = {name: value for of_some in others for name, value in of_some(maps).items()}
        return found._replace(measures=found.measures | {"active": maps.active} | measures)
    found, others = _told(maps, len(_OTHERS))
    found.measures.update(zip(_OTHERS, others, strict=True))
    return found


def seen_in_detail(maps: Maps) -> Seen:
    """Those that are taken again of larger thumbnails: of boxes, and what one map of greys leaves."""
    return _seen_in_detail_slowly(maps) if compiled is None else _told(maps, 0)[0]


def _seen_in_detail_slowly(maps: Maps) -> Seen:
    found = boxes(maps)
    return Seen(box_measures(found, maps.totals.windows) | residual_measures(maps), found.worst)


def _told(maps: Maps, others: int) -> tuple[Seen, list[float]]:
    """By the kernel: the measures in detail, and so many others."""
    of_boxes, of_residuals = len(_OF_BOXES), len(_OF_RESIDUALS)
    found, terms = np.empty(of_boxes + 3 + of_residuals + others), maps.terms
    moved, plane, mask = map(np.ascontiguousarray, (maps.moved, maps.plane, maps.mask))
    compiled.measures(
        *(moved, plane, mask, np.ascontiguousarray(maps.inner), terms.structure, terms.deviation_a, terms.deviation_b),
        *(maps.strengths, maps.kinds, np.array(maps.totals), RULES, ssim.HALF, LOGARITHMS, POWERS, found),
        *plane.shape,
    )
    values = found.tolist()
    there, x, y = values[of_boxes : of_boxes + 3]
    measures = dict(zip(_OF_BOXES, values, strict=False))
    measures.update(zip(_OF_RESIDUALS, values[of_boxes + 3 :], strict=False))
    worst = Worst(box_around(int(x), int(y), maps.inner.shape), values[0]) if there else Worst(NOWHERE, 1.0)
    return Seen(measures, worst), values[of_boxes + 3 + of_residuals :]
