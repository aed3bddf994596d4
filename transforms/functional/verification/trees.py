"""Boosted decision trees (Friedman 2001), evaluated: measures in, a log-odds for each row out.

Only what evaluation needs, so that a worker carries no library for it: leaves are whole numbers, whose sum is the same
in every order and on every machine. No tree is walked. Each node that a row goes above rules out the leaves below it,
and the first leaf that is left is the row's (QuickScorer, Lucchese et al. 2015): a few steps for all trees and rows.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

UNIT = 1 << 20
"""Of the leaves' values: log-odds of one."""
MOST_LEAVES = 32
"""Of a tree: bits of a mask."""
EVERY = (1 << MOST_LEAVES) - 1
"""The mask that keeps all leaves."""


class Trees(NamedTuple):
    """All t trees of one model, each of at most s nodes that ask and MOST_LEAVES leaves, which are numbered as they
    follow from below to above.

    feature: (s, t) int32, which measure a node looks at. threshold: (s, t) float32; a value up to it goes below, a
    larger one above; infinite where a tree has fewer nodes. kept: (s, t) uint32, bits of the leaves that a value above
    does not rule out. value: (t, MOST_LEAVES) int64 of UNIT. start: int64 of UNIT, which is added.
    """

    feature: np.ndarray
    threshold: np.ndarray
    kept: np.ndarray
    value: np.ndarray
    start: int


def log_odds(trees: Trees, rows: np.ndarray) -> np.ndarray:
    """(k, m) measures, taken as float32 -> (k,) float64.

    In `functional/native/trees.c`, or, where that was not built, here: with the same bytes.
    """
    columns = np.ascontiguousarray(rows.T, np.float32)
    if compiled is None:
        return _log_odds_slowly(trees, columns)
    sums = np.empty(len(rows), np.int64)
    compiled.leaves(*trees[:4], columns, sums)
    return np.asarray((sums + trees.start) / UNIT)


def _log_odds_slowly(trees: Trees, columns: np.ndarray) -> np.ndarray:
    left = np.full((len(trees.value), columns.shape[1]), np.uint32(EVERY))
    for feature, threshold, kept in zip(trees.feature, trees.threshold, trees.kept, strict=True):
        left &= np.where(columns[feature] > threshold[:, None], kept[:, None], np.uint32(EVERY))
    lowest = left & (~left + np.uint32(1))
    leaf = np.frexp(lowest.astype(np.float64))[1] - 1 + np.arange(0, trees.value.size, MOST_LEAVES)[:, None]
    log_odds: np.ndarray = (trees.value.take(leaf).sum(0) + trees.start) / UNIT
    return log_odds


def probability(log_odds: np.ndarray) -> np.ndarray:
    """Log-odds -> probabilities, to four digits: the fifteenth may differ from machine to machine."""
    rounded: np.ndarray = np.round(1 / (1 + np.exp(-log_odds)), 4)
    return rounded
