"""Where two pictures disagree, is there always more to see in the same one of them?

So it is where something lies over one of them. Where each has something of its own, now the one has more to see and now
the other.
"""

import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps

WEAK = 3.0
"""Grey levels, added to deviations, so that ratios of hardly anything to hardly anything are near 1."""


def side_measures(maps: Maps) -> dict[str, float]:
    """Of the windows that disagree, the logarithm of the one's deviation over the other's, less what it is by the mean
    where the two agree. lopsided: its mean, whichever the sign. one_sided: that as a part of the mean of its size; 1
    where nothing disagrees.
    """
    apart = np.flatnonzero(maps.disagreeing)
    if not len(apart):
        return {"lopsided": 0.0, "one_sided": 1.0}
    together = np.flatnonzero(maps.textured ^ maps.disagreeing)
    more = _ratio(maps, apart)
    if len(together):
        more -= _ratio(maps, together).mean()
    lopsided = abs(float(more.mean()))
    return {"lopsided": lopsided, "one_sided": lopsided / max(float(np.abs(more).mean()), 1e-3)}


def _ratio(maps: Maps, places: np.ndarray) -> np.ndarray:
    """(k,) float64, of the windows at these places of the raveled maps; to 32 bits, see `greys`."""
    a, b = (one.take(places).astype(np.float64) + WEAK for one in (maps.terms.deviation_a, maps.terms.deviation_b))
    return np.log(a / b).astype(np.float32).astype(np.float64)
