"""What the trees say: measures in, log-odds out; the Evidence of many pairs in, a Decision on each out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.near_misses import NearMisses
from lookalike.transforms.functional.verification.trees import Trees, log_odds, probability

LIKELY = 0.5
"""Probability from which something is laid over a copy, or a pair that is no copy is a variant or another view."""
NO_ODDS = float("-inf")
"""Of a pair that could not be registered."""


class Models(NamedTuple):
    """names: of the measures, in the order in which rows hold them. copy: do the two show the same in what they have in
    common? overlaid: is something laid over one of them? variant, view: see docs/reference/tables.md. near_misses: what
    is known of both pictures beside the pair.
    """

    names: tuple[str, ...]
    copy: Trees
    overlaid: Trees
    variant: Trees
    view: Trees
    near_misses: NearMisses


class Odds(NamedTuple):
    """copy: log-odds of pairs by what the two show. may_be: (n,) bool, whether near misses could make them copies. The
    others are probabilities; 0 where they can't matter: something is laid over copies only, and variants and views are
    no copies. (n,) float64 each; see `Models`.
    """

    copy: np.ndarray
    may_be: np.ndarray
    overlaid: np.ndarray
    variant: np.ndarray
    view: np.ndarray


def odds(models: Models, rows: np.ndarray, least: float) -> Odds:
    """(n, len(names)) measures -> Odds. least: the probability from which two pictures count as copies."""
    copy = log_odds(models.copy, rows)
    lowest, highest = models.near_misses.bounds()
    may_be, may_not_be = probability(copy + highest) >= least, probability(copy + lowest) < least
    return Odds(
        copy,
        may_be,
        _where(may_be, models.overlaid, rows),
        _where(may_not_be, models.variant, rows),
        _where(may_not_be, models.view, rows),
    )


def _where(asked: np.ndarray, trees: Trees, rows: np.ndarray) -> np.ndarray:
    """Of the rows that are asked the probabilities, of others 0."""
    found = np.zeros(len(rows))
    found[asked] = probability(log_odds(trees, rows[asked]))
    return found


class Decision(NamedTuple):
    """What is decided of a pair by what its two pictures show.

    log_odds: that they are copies of one another, the same picture in what they have in common. copies: what b then is
    to a, of `relations.RELATIONS`; "": no near misses could make them copies. otherwise: what b is if they are none:
    variant, view, or "", none that counts. likely: the probability of that.
    """

    log_odds: float = NO_ODDS
    copies: str = ""
    otherwise: str = ""
    likely: float = 0.0


def decide(evidences: Sequence[Evidence], models: Models, least: float) -> list[Decision]:
    """The Evidence of some pairs, gathered -> a Decision on each, which does not depend on what else is among them.

    least: the probability from which two pictures count as copies.
    """
    decisions = [Decision()] * len(evidences)
    numbers, rows = [], []
    for number, evidence in enumerate(evidences):
        if evidence.measures is not None:
            numbers.append(number)
            rows.append(list(map(evidence.measures.__getitem__, models.names)))
    if not rows:
        return decisions
    found = odds(models, np.array(rows, np.float32), least)
    for place, number in enumerate(numbers):
        copies = ""
        if found.may_be[place]:
            copies = evidences[number].containment
            # whichever is called a: what lies over a part would go with it, and is not in the whole
            if found.overlaid[place] >= LIKELY and copies != "overlap":
                copies = "overlaid"
        likely, otherwise = max((float(found.variant[place]), "variant"), (float(found.view[place]), "view"))
        if likely < LIKELY:
            likely, otherwise = 0.0, ""
        decisions[number] = Decision(float(found.copy[place]), copies, otherwise, likely)
    return decisions
