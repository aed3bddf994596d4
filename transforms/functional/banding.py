"""Locality-sensitive banding (Leskovec, Rajaraman, Ullman, chapter 3): how many bands and rows, and what meets.

A band of r rows brings two items together with probability s^r, s being the probability that one row agrees;
b bands with 1 - (1 - s^r)^b, the S-curve.
"""

from typing import NamedTuple

import numpy as np


class Bands(NamedTuple):
    """bands x rows, and what they promise: `recall` at the threshold, and the `chance` that an unrelated pair
    meets in at least one bucket.
    """

    bands: int
    rows: int
    recall: float
    chance: float


def meeting_probability(row: float | np.ndarray, bands: int, rows: int) -> float | np.ndarray:
    """The S-curve: probability that one row agrees -> probability that at least one of the bands does."""
    return 1 - (1 - np.asarray(row, np.float64) ** rows) ** bands


def choose_bands(
    agree: float, chance: float, images: int, most_bands: int, most_rows: int, budget: int, signature: int | None = None
) -> Bands:
    """The (bands, rows) of highest recall whose chance meetings an image can afford.

    Args:
        agree: probability that one row agrees for a pair at the threshold.
        chance: the same for an unrelated pair.
        images: size of the corpus.
        most_bands: what the shuffle can carry.
        most_rows: longest band that is considered.
        budget: expected chance meetings an image.
        signature: rows in all, where they are limited (MinHash); bands * rows never exceed it.

    Where every choice is over the budget, the one with the fewest chance meetings is taken. Among equal
    recall, fewer bands win.
    """
    options = []
    for rows in range(0 if signature is None else 1, most_rows + 1):
        widest = most_bands if signature is None else min(most_bands, signature // rows)
        for bands in sorted({1, *(2**k for k in range(1, 12)), widest}):
            if bands > widest or (rows == 0 and bands > 1):
                continue
            options.append(
                Bands(
                    bands,
                    rows,
                    float(meeting_probability(agree, bands, rows)),
                    float(meeting_probability(chance, bands, rows)),
                )
            )
    affordable = [o for o in options if o.chance * images <= budget]
    if not affordable:
        return min(options, key=lambda o: (o.chance, o.bands))
    return max(affordable, key=lambda o: (round(o.recall, 6), -o.bands, o.rows))


def buckets(codes: np.ndarray) -> list[np.ndarray]:
    """(n,) bucket codes -> the indices of each bucket that holds two or more, buckets in order of code."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, codes[order][1:] != codes[order][:-1]])
    return [group for group in np.split(order, starts[1:]) if len(group) > 1]


def all_pairs(count: int) -> np.ndarray:
    """(count * (count - 1) / 2, 2): every i < j below `count`."""
    return np.stack(np.triu_indices(count, 1), 1)


def star_pairs(count: int, heads: int) -> np.ndarray:
    """Pairs of each of the first `heads` items with every later one: O(count), for buckets above the cap.

    A copy in a capped bucket is still found where it matches one of the heads, or in another band.
    """
    return np.concatenate(
        [np.stack([np.full(count - i - 1, i), np.arange(i + 1, count)], 1) for i in range(min(heads, count - 1))]
    )
