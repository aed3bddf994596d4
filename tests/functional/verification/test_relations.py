"""What a copy is to another picture: by hand at the edges, and on drawn pictures cut, framed and put together."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.registration.boxes import NOWHERE, moved_back
from lookalike.transforms.functional.verification.relations import (
    BARE,
    COPIES,
    JOINING,
    RELATIONS,
    SHOWN,
    beyond,
    containment,
    content_box,
    turned,
)
from tests.functional.verification.test_evidence import decided
from tests.synthetic import draw_picture

LESS, MORE = SHOWN - 0.001, BARE + 0.001


@pytest.mark.parametrize(
    ("covered", "overlap", "beyond_a", "beyond_b", "relation"),
    [
        (1.0, 1.0, 0.0, 0.0, "same"),
        (SHOWN, SHOWN, 1.0, 1.0, "same"),  # little is cut off, whatever it shows
        (LESS, LESS, BARE, BARE, "same"),  # frames and margins, however wide
        (1.0, LESS, 0.0, MORE, "part"),
        (LESS, 1.0, MORE, 0.0, "whole"),
        (LESS, LESS, MORE, MORE, "overlap"),
        (LESS, LESS, BARE, MORE, "part"),  # a crop with a frame around it
        (LESS, LESS, MORE, BARE, "whole"),
        (LESS, SHOWN, MORE, 1.0, "whole"),
    ],
)
def test_what_either_shows_beyond_what_is_common_decides(covered, overlap, beyond_a, beyond_b, relation):
    assert containment(covered, overlap, beyond_a, beyond_b) == relation
    assert containment(overlap, covered, beyond_b, beyond_a) == turned(relation)


def test_a_relation_turned_twice_is_itself():
    assert [turned(turned(relation)) for relation in RELATIONS] == list(RELATIONS)
    assert {relation for relation in RELATIONS if turned(relation) != relation} == {"part", "whole"}
    assert set(JOINING) < set(COPIES) < set(RELATIONS)


def test_points_beyond_a_picture_are_counted():
    points = np.array([[10.0, 10.0], [30.0, 10.0], [10.0, 30.0], [-10.0, 10.0]])
    assert beyond(points, np.eye(3), (20, 20)) == 0.75
    assert beyond(points, np.diag([0.5, 0.5, 1.0]), (20, 20)) == 0.25
    assert beyond(points, -np.diag([0.5, 0.5, 1.0]), (20, 20)) == 0.25  # one homography, written otherwise
    assert beyond(points[:0], np.eye(3), (20, 20)) == 0.0
    # what lies behind the horizon of a perspective is nowhere on the picture
    assert beyond(np.array([[-10.0, 0.0]]), np.array([[-1.0, 0, 0], [0, 1, 0], [0.2, 0, 1]]), (20, 20)) == 1.0


PICTURE = draw_picture(60, 480, 360)


def framed(pixels, colour, width=70):
    return cv2.copyMakeBorder(pixels, *(width,) * 4, cv2.BORDER_CONSTANT, value=colour)


def beside(*seeds):
    return np.hstack([PICTURE, *(draw_picture(seed, 480, 360) for seed in seeds)])


@pytest.mark.parametrize(
    ("b", "relation"),
    [
        (PICTURE, "same"),
        (PICTURE[::2, ::2], "same"),
        (PICTURE[4:-4, 5:-5], "same"),
        (framed(PICTURE, (0, 0, 0)), "same"),
        (framed(PICTURE, (250, 240, 220), 120), "same"),
        (cv2.copyMakeBorder(PICTURE, 0, 0, 200, 200, cv2.BORDER_CONSTANT, value=(0, 0, 0)), "same"),
        (PICTURE[60:, 100:], "whole"),
        (framed(np.ascontiguousarray(PICTURE[60:, 100:]), (0, 0, 0)), "whole"),
        (beside(61), "part"),
        (framed(beside(61, 62), (255, 255, 255)), "part"),
    ],
)
def test_pictures_cut_framed_and_put_together(b, relation):
    b = np.ascontiguousarray(b)
    assert decided(PICTURE, b)[1].containment == relation and decided(b, PICTURE)[1].containment == turned(relation)


def test_plain_margins_are_cut_off():
    grey = np.full((100, 200), 250, np.uint8)
    grey[30:80, 40:140] = draw_picture(3, 100, 50)[..., 0]
    assert content_box(grey) == pytest.approx((0.2, 0.3, 0.5, 0.5), abs=0.02)
    framed_twice = cv2.copyMakeBorder(grey, 10, 10, 10, 10, cv2.BORDER_CONSTANT, value=0)
    assert content_box(framed_twice)[2] == pytest.approx(100 / 220, abs=0.02)
    assert content_box(np.full((20, 20), 7, np.uint8)) == (0, 0, 1, 1)


def test_two_views_of_one_long_picture_overlap():
    long = beside(61, 62)
    left, right = (np.ascontiguousarray(long[:, at : at + 900]) for at in (0, 300))
    assert decided(left, right)[1].containment == decided(right, left)[1].containment == "overlap"


def test_a_box_is_found_in_the_other_picture():
    half, turn = (0.5, 0, 10, 0, 0.5, 20), (0, -1, 100, 1, 0, 0)  # by a quarter: (x, y) -> (100 - y, x)
    assert moved_back((0.1, 0.2, 0.5, 0.25), half, (200, 100), (100, 100)) == pytest.approx((0, 0, 0.5, 0.5))
    assert moved_back((0.0, 0.5, 0.25, 0.5), turn, (100, 100), (100, 100)) == pytest.approx((0.5, 0.75, 0.5, 0.25))
    assert moved_back(NOWHERE, half, (200, 100), (100, 100)) == NOWHERE
    assert moved_back((0, 0, 0.05, 0.05), half, (200, 100), (100, 100)) == NOWHERE  # it lies outside
    assert moved_back((0, 0, 1, 1), (0, 0, 1, 0, 0, 1), (200, 100), (100, 100)) == NOWHERE
