"""What the trees say: measures in, probabilities out; the Evidence of many pairs in, a Decision on each out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.trees import Trees, log_odds, probability

LIKELY = 0.5
"""Probability from which something is laid over a copy, or a pair that is no copy is a variant or another view."""


class Models(NamedTuple):
    """names: of the measures, in the order in which rows hold them. copy: do the two show the same in what they have in
    common? overlaid: is something laid over one of them? variant, view: see docs/reference/tables.md.
    """

    names: tuple[str, ...]
    copy: Trees
    overlaid: Trees
    variant: Trees
    view: Trees


class Odds(NamedTuple):
    """Probabilities of pairs, (n,) float64 each; see `Models`. 0 where it does not matter: something is laid over
    copies only, and variants and views are no copies.
    """

    copy: np.ndarray
    overlaid: np.ndarray
    variant: np.ndarray
    view: np.ndarray


def odds(models: Models, rows: np.ndarray, least: float) -> Odds:
    """(n, len(names)) measures -> Odds. least: the probability from which two pictures count as copies."""
    copy = probability(log_odds(models.copy, rows))
    copies = copy >= least
    return Odds(
        copy,
        _where(copies, models.overlaid, rows),
        _where(~copies, models.variant, rows),
        _where(~copies, models.view, rows),
    )


def _where(asked: np.ndarray, trees: Trees, rows: np.ndarray) -> np.ndarray:
    """Of the rows that are asked the probabilities, of others 0."""
    found = np.zeros(len(rows))
    found[asked] = probability(log_odds(trees, rows[asked]))
    return found


class Decision(NamedTuple):
    """relation: of a to b, of `relations.RELATIONS`; "": they have none that counts. probability: that a and b are
    copies of one another, the same picture in what they have in common; of a variant or a view, that they are that.
    """

    relation: str
    probability: float


def decide(evidences: Sequence[Evidence], models: Models, least: float) -> list[Decision]:
    """The Evidence of some pairs, gathered -> a Decision on each, which does not depend on what else is among them.

    least: the probability from which two pictures count as copies.
    """
    decisions = [Decision("", 0.0)] * len(evidences)
    numbers, rows = [], []
    for number, evidence in enumerate(evidences):
        if evidence.measures is not None:
            numbers.append(number)
            rows.append(list(map(evidence.measures.__getitem__, models.names)))
    if not rows:
        return decisions
    found = odds(models, np.array(rows, np.float32), least)
    for place, number in enumerate(numbers):
        copy, overlaid = float(found.copy[place]), float(found.overlaid[place])
        if copy >= least:
            relation = evidences[number].containment
            # whichever is called a: what lies over a part would go with it, and is not in the whole
            if overlaid >= LIKELY and relation != "overlap":
                relation = "overlaid"
            decisions[number] = Decision(relation, copy)
        else:
            likely, relation = max((float(found.variant[place]), "variant"), (float(found.view[place]), "view"))
            decisions[number] = Decision(relation, likely) if likely >= LIKELY else Decision("", copy)
    return decisions
