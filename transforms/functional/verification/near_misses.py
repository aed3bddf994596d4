"""Near misses: who nearly resembles many others is one of a series, and then resembling is worth less.

A template, an icon set or a burst gives pictures that are nearly copies of one another: most of their pairs are
refused, and a few would count by chance. A picture that nobody else resembles is rarely mistaken. So the log-odds of a
pair are moved by how many near misses its two pictures have with others. It is the idea of the contextual dissimilarity
measure (Jégou, Harzallah & Schmid 2007, section 3), which tells how far two pictures are in terms of the neighbourhoods
of both; here of the one that has fewer, so that the only copy of a picture of a series loses nothing.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.verification.trees import probability

LOWEST, HIGHEST = -3.5, 0.0
"""Log-odds between which a pair is a near miss: from 3 % to even."""
MOST = 7
"""Near misses that count: with more, pairs were as often copies when their weight was learnt."""


class NearMisses(NamedTuple):
    """What they are worth, learnt. offset: log-odds that are added where there are none; weight: and taken away for
    each unit of the logarithm of one more than their number.
    """

    offset: float
    weight: float

    def shift(self, fewer: np.ndarray) -> np.ndarray:
        """(n,) near misses of that picture of each pair that has fewer of them, without the pair itself -> (n,)
        float64, what is added to the log-odds.
        """
        moved: np.ndarray = self.offset - self.weight * np.log1p(np.minimum(fewer, MOST).astype(np.float64))
        return moved

    def bounds(self) -> tuple[float, float]:
        """The least and the most that `shift` gives, and nothing at all, which is between them or one of them."""
        least, most = self.shift(np.array([MOST, 0])).tolist()
        return min(least, 0.0), max(most, 0.0)


def are_near_misses(log_odds: np.ndarray) -> np.ndarray:
    """(n,) log-odds that pairs are copies, of each by itself -> (n,) bool."""
    near: np.ndarray = (log_odds > LOWEST) & (log_odds < HIGHEST)
    return near


class Outcomes(NamedTuple):
    """What pairs come to. copies: (n,) bool. probability: (n,) float64, that they are copies; of a variant or a view,
    that they are that.
    """

    copies: np.ndarray
    probability: np.ndarray


def outcomes(log_odds: np.ndarray, can_be: np.ndarray, likely: np.ndarray, least: float) -> Outcomes:
    """(n,) log-odds that pairs are copies, whether they can be, and how likely they are a variant or a view if they are
    none, 0 where they are neither -> Outcomes. least: the probability from which two pictures count as copies.
    """
    found = probability(log_odds)
    copies = can_be & (found >= least)
    return Outcomes(copies, np.where(copies | (likely == 0), found, likely))
