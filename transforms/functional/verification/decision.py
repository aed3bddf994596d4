"""From measures to probabilities: what the trees say of each pair."""

from typing import NamedTuple

import numpy as np

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
