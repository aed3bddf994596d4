"""The same agreement at a third of the size: noise, halftone, blur, small misplacements vanish, other content does
not.
"""

import numpy as np

from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.registration.agreement import Maps
from lookalike.transforms.functional.registration.shown import STRIDE, shown
from lookalike.transforms.functional.registration.smaller import smaller

COARSE = 3
"""How many times smaller."""
NOTHING = {"coarse": 0.0, "coarse_disagreeing": 1.0, "coarse_0.02": 0.0, "coarse_0.1": 0.0, "coarse_faint": 1.0}
"""Where nothing is left."""


def coarse_measures(maps: Maps) -> dict[str, float]:
    """See the module."""
    height, width = (side // COARSE for side in maps.plane.shape)
    if not height or not width:
        return NOTHING
    step = COARSE * STRIDE
    # the middles of the squares that windows lie around
    inner = maps.mask[COARSE // 2 : COARSE * height : step, COARSE // 2 : COARSE * width : step] > 0
    if not inner.any():
        return NOTHING
    terms = ssim.compare(smaller(maps.moved, COARSE), smaller(maps.plane, COARSE), STRIDE)
    found = shown(terms, inner)
    totals = found.totals
    seen = terms.structure[found.kinds[0]] if totals.textured else np.ones(1, np.float32)
    seen.sort()
    return {
        "coarse": totals.weighted_structure / max(totals.weight, 1e-9),
        "coarse_disagreeing": totals.disagreeing / len(seen),
        "coarse_0.02": float(seen[int(0.02 * (len(seen) - 1))]),
        "coarse_0.1": float(seen[int(0.1 * (len(seen) - 1))]),
        "coarse_faint": totals.one_sided / len(seen),
    }
