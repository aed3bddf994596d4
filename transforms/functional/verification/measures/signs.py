"""What agrees where light and dark changed places here and there, as in a solarised picture, and whether the one is
made of the other's edges.
"""

import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps
from lookalike.transforms.functional.registration.smaller import smaller
from lookalike.transforms.functional.verification.measures.derivatives import derived

HALF = 2
"""How many times smaller planes are asked whether one is made of the other's edges."""
UNLIKE = 0.6
"""Weighted structure from which they are not asked."""


def sign_measures(maps: Maps) -> dict[str, float]:
    """See the module."""
    unlike = maps.agreement.weighted_structure < UNLIKE
    return {"unsigned": maps.unsigned, "derived": _derived(maps) if unlike else 0.0}


def _derived(maps: Maps) -> float:
    moved, plane, mask = (smaller(one, HALF) for one in (maps.moved, maps.plane, maps.mask))
    return derived(moved, plane, (mask > 0).view(np.uint8))
