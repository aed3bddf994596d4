"""Something over one of two pictures, and something else on each of them."""

import numpy as np
import pytest
from PIL import ImageDraw, ImageFilter

from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.weights import keypoint_axes
from tests.functional.verification.golden import compared, photograph


def ground(number):
    return photograph(number).filter(ImageFilter.GaussianBlur(3))


def written(number, text):
    picture = ground(number)
    ImageDraw.Draw(picture).text((40, 120), text, "white", font_size=70, stroke_width=3, stroke_fill="black")
    return picture


def measured(a, b):
    evidence = Evidence(compared(a), compared(b), keypoint_axes(), -1, 0.8)
    evidence.gather()
    return evidence.measures


@pytest.mark.parametrize("number", range(3))
def test_words_over_one_picture_are_told_from_other_words_on_each(number):
    over = measured(ground(number), written(number, "MARVELS"))
    other = measured(written(number, "TOUCHED"), written(number, "MARVELS"))
    assert over["one_sided"] > 0.8 and over["lopsided"] > 2 * other["lopsided"]
    assert other["one_sided"] < 0.6
    assert measured(written(number, "MARVELS"), ground(number))["one_sided"] == pytest.approx(
        over["one_sided"], abs=0.05
    )


def test_where_nothing_disagrees_nothing_is_told():
    same = measured(ground(0), ground(0))
    assert (same["lopsided"], same["one_sided"]) == (0.0, 1.0)


def test_less_contrast_everywhere_is_no_more_on_one_side():
    faded = written(1, "MARVELS").point(lambda level: 90 + level // 3)
    plain, weak = measured(ground(1), written(1, "MARVELS")), measured(ground(1), faded)
    assert weak["one_sided"] > 0.8 and weak["lopsided"] == pytest.approx(plain["lopsided"], rel=0.5)
    assert np.isfinite(list(weak.values())).all()
