"""Single windows: quantiles of their structure as the texture has it, shares of kinds of windows, their strength."""

import cv2
import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps

FLAT = 3.0
"""Standard deviation, in grey levels, under which a window shows nothing."""
SHARES = np.array([0.02, 0.1, 0.5])
"""Of the texture, from where structure is least."""
LEVELS = 256
"""Steps between -1 and 1 in which structure is counted."""
STEP = 2
"""Every second window in either direction is counted where many are sorted: neighbours share most of their pixels."""


def window_measures(maps: Maps) -> dict[str, float]:
    """See the module."""
    low, lower, half = _texture_quantiles(maps)
    return {
        "texture_0.02": low,
        "texture_0.1": lower,
        "texture_0.5": half,
        "flat": np.count_nonzero(maps.inner & (maps.more < FLAT)) / len(maps.inside.weight),
        "strong_agreeing": _mean(maps.more, maps.textured ^ maps.disagreeing),
        "strong_disagreeing": _mean(maps.more, maps.disagreeing),
        "gain": _gain(maps),
    }


def _texture_quantiles(maps: Maps) -> list[float]:
    """Structure below which SHARES of the texture lie."""
    structure, weight = (one[::STEP, ::STEP] for one in (maps.terms.structure, maps.weight))
    level = ((structure + 1) * (LEVELS / 2)).astype(np.intp)
    # windows outside of the overlap have no weight
    passed = np.bincount(level.ravel(), weight.ravel(), LEVELS + 1).cumsum()
    found: list[float] = (passed.searchsorted(passed[-1] * SHARES) * (2 / LEVELS) - 1).tolist()
    return found


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return cv2.mean(values, where.view(np.uint8))[0]


def _gain(maps: Maps) -> float:
    """By how much the textured windows are weaker in the one than in the other: the median; 1 where there are few."""
    less, more, textured = (one[::STEP, ::STEP] for one in (maps.less, maps.more, maps.textured))
    ratios = less[textured] / more[textured]
    half = len(ratios) // 2
    if not half:
        return 1.0
    ratios.partition(half)
    return float(ratios[half])
