"""Measures of planes at the edges of what can be compared; what they are of drawn pictures is in the golden table."""

import math

import numpy as np
import pytest

from lookalike.transforms.functional.registration.agreement import compare
from lookalike.transforms.functional.registration.boxes import NOWHERE
from lookalike.transforms.functional.verification.measures import coarse, colours
from lookalike.transforms.functional.verification.measures.blocks import block_measures
from lookalike.transforms.functional.verification.measures.boxes import box_measures, boxes, worst_box
from lookalike.transforms.functional.verification.measures.greys import grey_measures
from lookalike.transforms.functional.verification.measures.sides import side_measures
from lookalike.transforms.functional.verification.measures.signs import sign_measures
from lookalike.transforms.functional.verification.measures.smaller import smaller
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
    seen = boxes(maps)
    measures = box_measures(seen, worst_box(seen), len(maps.inside.weight))
    made = (window_measures, block_measures, coarse.coarse_measures, grey_measures, sign_measures, side_measures)
    for measure in made:
        measures |= measure(maps)
    assert all(math.isfinite(value) for value in measures.values())


def test_the_worst_box_is_where_something_else_is_shown():
    a = noise(0, 90, 120)
    b = a.copy()
    b[30:50, 60:80] = noise(1, 20, 20)
    worst = worst_box(boxes(compare(a, b, np.eye(3))))
    left, top, width, height = worst.box
    assert worst.structure < 0.3
    assert 60 <= (left + width / 2) * 120 <= 80 and 30 <= (top + height / 2) * 90 <= 50
    assert worst_box(boxes(compare(b * 0 + 9, b * 0 + 9, np.eye(3)))) == (NOWHERE, 1.0)


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
