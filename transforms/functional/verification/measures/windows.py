"""Single windows: quantiles of their structure as the texture has it, shares of kinds of windows, their strength."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps

SHARES = np.array([0.02, 0.1, 0.5])
"""Of the texture, from where structure is least."""
LEVELS = 256
"""Steps between -1 and 1 in which structure is counted."""
STEP = 2
"""Every second window in either direction is counted where many are sorted: neighbours share most of their pixels."""


def window_measures(maps: Maps) -> dict[str, float]:
    """See the module."""
    totals, found = maps.totals, textures(maps)
    passed = found.levels.cumsum()
    low, lower, half = (passed.searchsorted(passed[-1] * SHARES) * (2 / LEVELS) - 1).tolist()
    return {
        "texture_0.02": low,
        "texture_0.1": lower,
        "texture_0.5": half,
        "flat": totals.flat / totals.windows,
        "strong_agreeing": totals.more_agreeing / max(totals.textured - totals.disagreeing, 1.0),
        "strong_disagreeing": totals.more_disagreeing / max(totals.disagreeing, 1.0),
        "gain": _gain(found.ratios),
    }


class Textures(NamedTuple):
    """Of every STEP-th window. levels: (LEVELS + 1,) float64, the weight at each level of structure. ratios: (n,)
    float32, of the weaker deviation of textured ones to the stronger.
    """

    levels: np.ndarray
    ratios: np.ndarray


def textures(maps: Maps) -> Textures:
    """See `Textures`."""
    structure, weight = (one[::STEP, ::STEP].ravel() for one in (maps.terms.structure, maps.weight))
    level = ((structure + 1) * (LEVELS / 2)).astype(np.intp)
    less, more, textured = (one[::STEP, ::STEP] for one in (maps.less, maps.more, maps.textured))
    # windows outside of the overlap have no weight
    return Textures(np.bincount(level, weight, LEVELS + 1), less[textured] / more[textured])


def _gain(ratios: np.ndarray) -> float:
    """By how much the textured windows are weaker in the one than in the other: the median; 1 where there are few."""
    half = len(ratios) // 2
    if not half:
        return 1.0
    ratios.partition(half)
    return float(ratios[half])
