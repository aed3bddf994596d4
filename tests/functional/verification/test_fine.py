"""Another digit on a page is seen at the larger size of its thumbnail, and only where both have one."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.registration.agreement import compare
from lookalike.transforms.functional.verification import evidence as evidence_module
from lookalike.transforms.functional.verification.measures import fine
from lookalike.transforms.functional.verification.measures.fine import AGAIN
from tests.functional.images.test_planes import in_colour
from tests.functional.registration.test_refine import page
from tests.functional.verification.test_evidence import ORIGINAL, decided, picture

PAGE = in_colour(page("Invoice 3817 of May"))
OTHER = in_colour(page("Invoice 5817 of May"))


def recompressed(rgb: np.ndarray, quality: int = 60) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def measures(a: np.ndarray, b: np.ndarray) -> dict[str, float]:
    found = decided(a, b)[1].measures
    assert found is not None
    return found


def test_another_digit_stands_out_at_the_larger_size():
    copy, variant = measures(PAGE, recompressed(PAGE)), measures(PAGE, recompressed(OTHER))
    assert copy["fine"] == variant["fine"] == pytest.approx(3, abs=0.2)
    assert variant["fine_box_0"] < copy["fine_box_0"] - 0.1
    assert variant["fine_residual_0.9"] > 2 * copy["fine_residual_0.9"]
    assert variant["fine_residual_0.9"] > 1.5 * variant["residual_0.9"]
    for name in ("fine_least", "fine_least_0.002"):
        assert variant[name] < copy[name] - 0.1
    for name in ("fine_least_odd", "fine_left", "fine_left_0.99", "fine_left_0.9", "fine_left_texture"):
        assert variant[name] > 1.3 * copy[name]


def test_the_box_that_disagrees_most_is_where_the_digit_is():
    left, top, width, height = decided(PAGE, recompressed(OTHER))[1].worst
    assert 0.3 < left + width / 2 < 0.45 and 0.57 < top + height / 2 < 0.66 and width < 0.07


def test_a_page_with_another_digit_is_no_copy():
    assert decided(PAGE, recompressed(PAGE))[0].relation == "same"
    assert decided(PAGE, recompressed(OTHER))[0].relation == "variant"


@pytest.mark.parametrize("sides", [(PAGE, PAGE[::7, ::7]), (ORIGINAL, ORIGINAL)])
def test_what_has_no_larger_thumbnail_is_measured_once(sides):
    found = measures(*(np.ascontiguousarray(side) for side in sides))
    assert found["fine"] == 1
    for name in AGAIN:
        assert found[f"fine_{name}"] == found[name]
    assert found["fine_least"] == found["fine_least_0.01"] == 1 and found["fine_left"] == found["fine_least_odd"] == 0


def test_of_a_few_strokes_nothing_is_said_place_by_place():
    blank = np.full((1200, 900, 3), 250, np.uint8)
    moved = blank.copy()
    cv2.circle(moved, (450, 600), 2, (0, 0, 0), -1)
    found = fine.measured_once(dict.fromkeys(fine.AGAIN, 0.5))
    assert found["fine_least"] == 1 and found["fine_left"] == 0
    maps = compare(*(one[::3, ::3, 0].copy() for one in (blank, moved)), np.eye(3))
    assert maps is not None
    places = fine.places_of(maps)
    assert fine.least_measures(places.structure) == fine.NO_LEAST and fine.left_measures(places) == fine.NO_LEFT


def test_a_negative_is_compared_in_detail_as_a_positive():
    evidence = decided(PAGE, 255 - PAGE, parity=2)[1]
    assert evidence.inverted and evidence.measures is not None
    assert evidence.measures["fine"] > 2 and evidence.measures["fine_weighted"] > 0.95


def test_pages_that_differ_in_more_are_not_compared_in_detail(monkeypatch):
    assert measures(PAGE, PAGE)["fine"] > 2
    monkeypatch.setattr(evidence_module, "WORTH_DETAIL", 1.1)
    assert measures(PAGE, PAGE)["fine"] == 1


def test_a_larger_thumbnail_changes_nothing_of_what_is_compared_of_all():
    stored = picture(PAGE)
    assert stored.detailed and stored.fine.size > 8 * stored.grey.size and stored.fine is stored.fine
    assert stored.colours.shape[:2] == tuple(-(-side // 2) for side in stored.grey.shape)
    assert stored.colours_shape == stored.colours.shape[:2]
    plain = picture(ORIGINAL)
    assert not plain.detailed and plain.fine.shape == plain.grey.shape
    assert plain.colours_shape == (plain.grey.shape[0] / 2, plain.grey.shape[1] / 2)


def test_what_was_made_of_a_picture_is_forgotten():
    stored = picture(PAGE)
    assert stored.grey is stored.grey
    stored.forget()
    assert "_thumbnails" not in stored.__dict__
    assert stored.detailed
