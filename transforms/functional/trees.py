"""Boosted decision trees (Friedman 2001), evaluated: measures in, a log-odds for each row out.

Only what evaluation needs, so that a worker carries no library for it: leaves are whole numbers, whose sum is the same
in every order and on every machine.
"""

from typing import NamedTuple

import numpy as np

UNIT = 1 << 20
"""Of the leaves' values: log-odds of one."""


class Trees(NamedTuple):
    """All trees of one model, their nodes one after another; node 0 of each tree is its root.

    root: (t,) int32. feature: (n,) int32, which measure a node looks at. threshold: (n,) float64; a value up to it goes
    to `below`, (n,) int32, a larger one to `above`. A leaf has itself for both. value: (n,) int64 of UNIT, of leaves;
    0 elsewhere. depth: of the deepest leaf. start: int64 of UNIT, which is added.
    """

    root: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    below: np.ndarray
    above: np.ndarray
    value: np.ndarray
    depth: int
    start: int


def log_odds(trees: Trees, rows: np.ndarray) -> np.ndarray:
    """(k, m) measures -> (k,) float64."""
    node = np.broadcast_to(trees.root, (len(rows), len(trees.root)))
    at = np.arange(len(rows))[:, None]
    for _ in range(trees.depth):
        low = rows[at, trees.feature[node]] <= trees.threshold[node]
        node = np.where(low, trees.below[node], trees.above[node])
    return (trees.value[node].sum(1) + trees.start) / UNIT


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Log-odds -> probabilities, to four digits: the fifteenth may differ from machine to machine."""
    return np.round(1 / (1 + np.exp(-log_odds)), 4)
