"""What near misses are worth, and what pairs come to with and without them."""

import numpy as np
import pytest

from lookalike.pipelines.training.decision.near_misses import fewer_near_misses, fitted
from lookalike.transforms.functional.verification.near_misses import MOST, NearMisses, are_near_misses, outcomes
from lookalike.transforms.functional.verification.trees import probability
from lookalike.transforms.weights import decision_models

SHIPPED = decision_models().near_misses


def test_near_misses_are_between_three_per_cent_and_even():
    log_odds = np.array([-np.inf, -3.5, -3.4, -0.1, 0.0, 2.0])
    assert are_near_misses(log_odds).tolist() == [False, False, True, True, False, False]
    assert probability(np.array([-3.5, 0.0])).tolist() == [0.0293, 0.5]


def test_more_near_misses_are_never_evidence_for_a_copy():
    moved = SHIPPED.shift(np.arange(MOST + 5))
    assert (np.diff(moved[: MOST + 1]) < 0).all() and (moved[MOST:] == moved[MOST]).all()
    assert SHIPPED.bounds() == (moved[MOST], moved[0])


def test_a_lone_pair_gains_and_one_of_a_series_loses():
    none, several = SHIPPED.shift(np.array([0, 3])).tolist()
    assert 0.3 < none < 1.0 and -1.2 < several < -0.3


def test_the_shift_is_that_of_the_logarithm():
    assert NearMisses(0.5, 2.0).shift(np.array([0, 1, 6])) == pytest.approx(
        [0.5, 0.5 - 2 * np.log(2), 0.5 - 2 * np.log(7)]
    )


def test_bounds_hold_nothing_as_well():
    assert NearMisses(-1.0, 0.0).bounds() == (-1.0, 0.0)
    assert NearMisses(1.0, 0.0).bounds() == (0.0, 1.0)


def test_outcomes():
    log_odds = np.array([3.0, 3.0, -3.0, -3.0, -np.inf])
    found = outcomes(log_odds, np.array([True, False, True, True, False]), np.array([0.9, 0.9, 0.8, 0.0, 0.0]), 0.5)
    assert found.copies.tolist() == [True, False, False, False, False]
    assert found.probability.tolist() == [0.9526, 0.9, 0.8, 0.0474, 0.0]
    assert outcomes(log_odds[:1], np.array([True]), np.array([0.9]), 0.9526).copies[0]
    assert not outcomes(log_odds[:1], np.array([True]), np.array([0.9]), 0.9527).copies[0]


def test_the_picture_that_has_fewer_counts_without_the_pair():
    """0 nearly resembles 1, 2 and 3, and is the same as 4; 1 and 2 nearly resemble one another."""
    pictures = np.array([[0, 1], [2, 0], [0, 3], [0, 4], [1, 2], [5, 6]])
    log_odds = np.array([-1.0, -2.0, -3.0, 4.0, -1.5, -8.0])
    assert fewer_near_misses(log_odds, pictures).tolist() == [1, 1, 0, 0, 1, 0]


def test_what_was_planted_is_learnt():
    """Chains of pictures, of which each pair is a near miss, beside pairs of others."""
    rng = np.random.default_rng(5)
    size = 40_000
    pictures = np.stack([np.arange(size), np.arange(size) + 1], 1)
    pictures[size // 2 :] += np.arange(size // 2)[:, None]  # of these no two have a picture in common
    log_odds = rng.uniform(-3, -0.01, size)
    told = NearMisses(0.8, 1.5)
    answer = rng.random(size) < 1 / (1 + np.exp(-log_odds - told.shift(fewer_near_misses(log_odds, pictures))))
    found = fitted(log_odds, pictures, answer, np.ones(size))
    assert found == pytest.approx(told, abs=0.1)
    assert (
        fitted(np.r_[log_odds, 2.0], np.r_[pictures, [[0, 1]]], np.r_[answer, False], np.r_[np.ones(size), 0]) == found
    )
