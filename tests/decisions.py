"""What a decision comes to by itself, as where nothing is known of other pairs."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.verification.decision import Decision
from lookalike.transforms.functional.verification.near_misses import outcomes


class Outcome(NamedTuple):
    """A relation of `relations.RELATIONS`, and its probability."""

    relation: str
    probability: float


def by_itself(decision: Decision, least: float = 0.5) -> Outcome:
    """least: the probability from which two pictures count as copies."""
    values = np.array([decision.log_odds]), np.array([decision.copies != ""]), np.array([decision.likely])
    found = outcomes(*values, least)
    return Outcome(decision.copies if found.copies[0] else decision.otherwise, float(found.probability[0]))


def of_probability(relation: str, probability: float) -> Decision:
    """A decision that comes to this relation: of copies, if the probability counts."""
    if relation in ("variant", "view"):
        return Decision(-9.0, "", relation, probability)
    with np.errstate(divide="ignore"):
        return Decision(float(np.log(probability) - np.log1p(-probability)), relation)
