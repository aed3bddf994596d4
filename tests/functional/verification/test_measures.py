"""Measures of planes at the edges of what can be compared; what they are of drawn pictures is in the golden table."""

import math

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.registration.agreement import compare
from lookalike.transforms.functional.registration.boxes import NOWHERE
from lookalike.transforms.functional.registration.smaller import smaller
from lookalike.transforms.functional.verification.measures import coarse, colours
from lookalike.transforms.functional.verification.measures.blocks import block_measures
from lookalike.transforms.functional.verification.measures.boxes import box_measures, boxes
from lookalike.transforms.functional.verification.measures.greys import grey_measures
from lookalike.transforms.functional.verification.measures.residuals import NOTHING, grey_map, residual_measures
from lookalike.transforms.functional.verification.measures.sides import side_measures
from lookalike.transforms.functional.verification.measures.signs import sign_measures
from lookalike.transforms.functional.verification.measures.windows import window_measures


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("shape", [(1, 500), (2, 300), (300, 2), (11, 11), (30, 40)])
@pytest.mark.parametrize("other", [0, 1, None])
def test_whatever_can_be_compared_can_be_measured(shape, other):
    a = noise(0, *shape)
    b = np.full(shape, 90, np.uint8) if other is None else noise(other, *shape)
    maps = compare(a, b, np.eye(3))
    assert maps is not None
    measures = box_measures(boxes(maps), maps.totals.windows)
    made = (
        window_measures,
        block_measures,
        coarse.coarse_measures,
        grey_measures,
        sign_measures,
        side_measures,
        residual_measures,
    )
    for measure in made:
        measures |= measure(maps)
    assert all(math.isfinite(value) for value in measures.values())


def test_the_worst_box_is_where_something_else_is_shown():
    a = noise(0, 90, 120)
    b = a.copy()
    b[30:50, 60:80] = noise(1, 20, 20)
    worst = boxes(compare(a, b, np.eye(3))).worst
    left, top, width, height = worst.box
    assert worst.structure < 0.3
    assert 60 <= (left + width / 2) * 120 <= 80 and 30 <= (top + height / 2) * 90 <= 50
    assert boxes(compare(b * 0 + 9, b * 0 + 9, np.eye(3))).worst == (NOWHERE, 1.0)


def test_a_plane_is_made_smaller_by_whole_squares():
    plane = np.repeat(np.repeat(np.arange(6, dtype=np.uint8).reshape(2, 3), 3, 0), 3, 1)
    assert smaller(np.pad(plane, ((0, 2), (0, 1))), 3).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert smaller(plane[:2], 3) is not None and smaller(plane[:2], 3).shape == (2, 9)


def test_a_tint_of_the_whole_leaves_no_colour_unexplained():
    seen = noise(2, 40, 3) // 2 + 40
    tinted = (seen * [0.7, 1.0, 1.2] + [10, 0, 5]).astype(np.uint8)
    measures = colours.colour_measures(np.stack([seen, tinted]))
    assert measures["recoloured"] < 3 < 10 < measures["chroma"]
    assert colours.colour_measures(np.stack([seen, tinted])[:, : colours.FEW - 1]) == colours.NOTHING


def page(words):
    """Lines of letters, of which some are others'."""
    sheet = np.full((140, 110), 245, np.uint8)
    for line, seed in enumerate(words):
        ink = np.random.default_rng(seed).integers(0, 2, (6, 30)).repeat(3, 1).astype(np.uint8)
        sheet[10 + 12 * line : 16 + 12 * line, 10:100] -= 200 * ink
    return cv2.GaussianBlur(sheet, (0, 0), 0.8)


@pytest.mark.parametrize("made", ["as it is", "darker", "negative", "compressed", "noisy"])
def test_another_word_leaves_what_no_grey_map_explains(made):
    a, word, b = page(range(10)), page([*range(5), 50, *range(6, 10)]), page(range(10))
    change = {
        "as it is": lambda plane: plane,
        "darker": lambda plane: (255 * (plane / 255) ** 1.8).astype(np.uint8),
        "negative": lambda plane: 255 - plane,
        "compressed": lambda plane: cv2.imdecode(cv2.imencode(".jpg", plane, [1, 40])[1], 0),
        "noisy": lambda plane: np.clip(plane + np.random.default_rng(0).normal(0, 12, plane.shape), 0, 255).astype(
            np.uint8
        ),
    }[made]
    same, other = (residual_measures(compare(a, change(plane), np.eye(3))) for plane in (b, word))
    for name in NOTHING:
        assert other[name] > 1.5 * same[name] and other[name] > 2, name
    assert residual_measures(compare(change(word), a, np.eye(3)))["residual_0.9"] > 1.5 * same["residual_0.9"]


def test_greys_are_mapped_by_the_cubic_that_fits_best():
    greys = np.arange(20, 230)
    counted, sums = np.zeros(256, int), np.zeros(256, int)
    counted[greys] = 5
    sums[greys] = 200 + 3 * greys
    mapped = grey_map(counted, sums)
    np.testing.assert_allclose(mapped[greys], 40 + 0.6 * greys, atol=0.6)


def test_where_there_is_nothing_to_see_there_is_no_residual():
    plain = np.full((60, 80), 90, np.uint8)
    assert residual_measures(compare(plain, plain, np.eye(3))) == NOTHING
