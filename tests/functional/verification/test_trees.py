"""Trees are evaluated as the library that fits them does, in whole numbers."""

import lightgbm
import numpy as np
import pytest

from lookalike.pipelines.training.decision.train import SETTINGS, Line, calibrated, exported, rounded_down
from lookalike.transforms.functional.verification.trees import EVERY, MOST_LEAVES, UNIT, Trees, log_odds, probability


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(600, 5)).astype(np.float32)
    answer = (rows[:, 0] * rows[:, 1] + rows[:, 2] > 0.3).astype(int)
    booster = lightgbm.train(SETTINGS, lightgbm.Dataset(rows, answer), 40)
    return rows, booster, exported(booster, Line(1.0, 0.0))


def test_log_odds_are_those_of_the_library(fitted):
    rows, booster, trees = fitted
    np.testing.assert_allclose(log_odds(trees, rows), booster.predict(rows, raw_score=True), atol=40 / UNIT)


def test_a_calibration_scales_and_shifts_them(fitted):
    rows, booster, trees = fitted
    turned = exported(booster, Line(0.5, -2.0))
    np.testing.assert_allclose(log_odds(turned, rows), log_odds(trees, rows) / 2 - 2, atol=80 / UNIT)


def test_rows_are_judged_each_by_itself(fitted):
    rows, _, trees = fitted
    together = log_odds(trees, rows)
    assert together.tolist() == [float(log_odds(trees, rows[i : i + 1])[0]) for i in range(len(rows))]
    assert log_odds(trees, rows[::-1]).tolist() == together[::-1].tolist()


def test_a_value_at_a_threshold_goes_below():
    value = np.zeros((1, MOST_LEAVES), np.int64)
    value[0, :2] = -UNIT, UNIT
    node = np.zeros((1, 1), np.int32), np.float32([[1.5]]), np.array([[EVERY - 1]], np.uint32)
    trees = Trees(*node, value, UNIT // 2)
    assert log_odds(trees, np.array([[1.5], [1.6]])).tolist() == [-0.5, 1.5]


def test_a_threshold_between_two_floats_parts_the_same_values():
    """In either direction of the nearest float32."""
    value = np.float32(0.1)
    for threshold, above in ((float(value) - 1e-12, True), (float(value), False), (float(value) + 1e-12, False)):
        assert bool(value > rounded_down(threshold)) == above


def test_trees_of_few_leaves_are_stored_beside_larger_ones(fitted):
    rows = fitted[0]
    booster = lightgbm.train(SETTINGS | {"min_gain_to_split": 8}, lightgbm.Dataset(rows, rows[:, 0] > rows[:, 1]), 60)
    trees = exported(booster, Line(1.0, 0.0))
    assert np.isinf(trees.threshold).any(0).any() and not np.isinf(trees.threshold).any(0).all()
    np.testing.assert_allclose(log_odds(trees, rows), booster.predict(rows, raw_score=True), atol=60 / UNIT)


def test_probabilities_have_four_digits():
    assert probability(np.array([-40.0, 0.0, 2.0, 40.0])).tolist() == [0.0, 0.5, 0.8808, 1.0]


def test_calibration_finds_the_line_that_the_answers_follow():
    rng = np.random.default_rng(5)
    score = rng.normal(0, 3, 40_000)
    answer = rng.random(len(score)) < 1 / (1 + np.exp(-(0.7 * score - 1)))
    line = calibrated(score, answer, np.ones(len(score)))
    assert line == pytest.approx((0.7, -1), abs=0.05)
