"""Locality-sensitive banding (Leskovec, Rajaraman, Ullman, chapter 3): bands, rows, and which pairs collide.

A band of r rows brings two items together with probability s^r, s being the probability that one row agrees;
b bands with 1 - (1 - s^r)^b, the S-curve.
"""

from typing import NamedTuple

import numpy as np


class Bands(NamedTuple):
    """bands x rows, and what they promise: `recall` of pairs as similar as asked, and the `chance` that an unrelated
    pair collides in at least one bucket.
    """

    bands: int
    rows: int
    recall: float
    chance: float


def collision_probability(row: float | np.ndarray, bands: int, rows: int) -> float | np.ndarray:
    """The S-curve: probability that one row agrees -> probability that at least one of the bands does."""
    return 1 - (1 - np.asarray(row, np.float64) ** rows) ** bands
