"""Locality-sensitive banding (Leskovec, Rajaraman, Ullman, chapter 3): bands, rows, and which pairs collide.

A band of r rows brings two items together with probability s^r, s being the probability that one row agrees;
b bands with 1 - (1 - s^r)^b, the S-curve.
"""

from typing import NamedTuple

import numpy as np


class Bands(NamedTuple):
    """bands x rows, and what they promise: `recall` at the threshold, and the `chance` that an unrelated pair
    collides in at least one bucket.
    """

    bands: int
    rows: int
    recall: float
    chance: float


def collision_probability(row: float | np.ndarray, bands: int, rows: int) -> float | np.ndarray:
    """The S-curve: probability that one row agrees -> probability that at least one of the bands does."""
    return 1 - (1 - np.asarray(row, np.float64) ** rows) ** bands


def choose_bands(
    agree: float, chance: float, images: int, most_bands: int, least_rows: int, most_rows: int, budget: float
) -> Bands:
    """The (bands, rows) of highest recall whose chance collisions an image can afford.

    Args:
        agree: probability that one row agrees for a pair at the threshold.
        chance: the same for an unrelated pair.
        images: size of the corpus.
        most_bands: what the shuffle can carry.
        least_rows: shortest band that is considered.
        most_rows: longest band that is considered.
        budget: expected chance collisions an image.

    Where every choice is over the budget, the one with the fewest chance collisions is taken. Among equal
    recall, fewer bands win.
    """
    options = []
    for rows in range(min(least_rows, most_rows), most_rows + 1):
        for bands in sorted({1, *(2**k for k in range(1, 12)), most_bands}):
            if bands > most_bands or (rows == 0 and bands > 1):
                continue
            options.append(
                Bands(
                    bands,
                    rows,
                    float(collision_probability(agree, bands, rows)),
                    float(collision_probability(chance, bands, rows)),
                )
            )
    affordable = [o for o in options if o.chance * images <= budget]
    if not affordable:
        return min(options, key=lambda o: (o.chance, o.bands))
    return max(affordable, key=lambda o: (round(o.recall, 6), -o.bands, o.rows))
