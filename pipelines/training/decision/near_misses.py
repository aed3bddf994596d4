"""Learns what near misses are worth: how far the log-odds of a pair move with those of its pictures."""

import numpy as np
import scipy.optimize

from lookalike.transforms.functional.verification.near_misses import NearMisses, are_near_misses


def fitted(log_odds: np.ndarray, pictures: np.ndarray, answer: np.ndarray, weight: np.ndarray) -> NearMisses:
    """The NearMisses of greatest likelihood.

    log_odds: (n,) that pairs are copies, each told by trees that have not seen its corpus. pictures: (n, 2) int, which
    are in each. answer, weight: (n,) bool and float64, whether they are copies, and how much each pair counts: nothing,
    if that is unclear.
    """
    fewer = fewer_near_misses(log_odds, pictures)

    def loss(values: np.ndarray) -> float:
        told = log_odds + NearMisses(*values.tolist()).shift(fewer)
        return float((weight * (np.logaddexp(0, told) - answer * told)).sum() / weight.sum())

    found = scipy.optimize.minimize(loss, np.zeros(2), method="Nelder-Mead")
    offset, worth = found.x.round(3).tolist()
    return NearMisses(offset, worth)


def fewer_near_misses(log_odds: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """(n,) log-odds and (n, 2) pictures of all pairs -> (n,) int64, the near misses of that picture of each pair that
    has fewer of them, without the pair.
    """
    near = are_near_misses(log_odds)
    times = np.bincount(pictures[near].ravel(), minlength=int(pictures.max(initial=-1)) + 1)
    fewer: np.ndarray = times[pictures].min(1) - near
    return fewer
