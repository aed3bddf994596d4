"""The same agreement at a third of the size: noise, halftone, blur, small misplacements vanish, other content does
not.
"""

import numpy as np

from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.registration.agreement import STRIDE, Maps
from lookalike.transforms.functional.registration.shown import DISAGREES, FAINT, TEXTURED
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
    found = ssim.compare(smaller(maps.moved, COARSE), smaller(maps.plane, COARSE), STRIDE)
    structure, deviation_a, deviation_b = found.structure, found.deviation_a, found.deviation_b
    weight = (deviation_a + deviation_b) * inner
    more, less = np.maximum(deviation_a, deviation_b), np.minimum(deviation_a, deviation_b)
    textured = (more > TEXTURED) & inner
    seen = structure[textured]
    if not len(seen):
        seen = np.ones(1, np.float32)
    seen.sort()
    return {
        "coarse": float(np.vdot(structure, weight)) / max(float(weight.sum()), 1e-9),
        "coarse_disagreeing": int(seen.searchsorted(DISAGREES)) / len(seen),
        "coarse_0.02": float(seen[int(0.02 * (len(seen) - 1))]),
        "coarse_0.1": float(seen[int(0.1 * (len(seen) - 1))]),
        "coarse_faint": np.count_nonzero((less < FAINT * more) & textured) / len(seen),
    }
