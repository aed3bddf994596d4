"""Sizes of a picture: pages keep more of what they show."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.images import planes
from lookalike.transforms.functional.images.pixels import plain
from tests.functional.registration.test_refine import page
from tests.synthetic import draw_picture


def in_colour(grey: np.ndarray, factor: float = 3.0) -> np.ndarray:
    return cv2.cvtColor(cv2.resize(grey, None, fx=factor, fy=factor), cv2.COLOR_GRAY2RGB)


def root_area(picture: np.ndarray) -> float:
    return float(np.sqrt(picture.shape[0] * picture.shape[1]))


def test_a_page_has_a_larger_thumbnail_dark_or_light():
    for ground in (page(), 255 - page()):
        found = planes.thumbnail(in_colour(ground))
        assert abs(root_area(found) - planes.PAGE_SIDE) < 2
        assert abs(root_area(planes.common_size(found)) - planes.THUMBNAIL_SIDE) < 2


def test_a_picture_without_plain_ground_has_not():
    found = planes.thumbnail(draw_picture(11, 480, 360))
    assert abs(root_area(found) - planes.THUMBNAIL_SIDE) < 2
    assert planes.common_size(found) is found


def test_a_quarter_of_the_picture_is_enough_and_noise_of_compression_does_not_matter():
    noise = np.random.default_rng(1)
    grey = noise.integers(0, 256, (100, 100)).astype(np.uint8)
    for share, is_plain in ((22, False), (27, True)):
        mixed = grey.copy()
        mixed[:share] = 240 + noise.integers(-3, 4, (share, 100))
        assert plain.is_on_plain_ground(mixed) == is_plain


def test_a_small_page_is_not_enlarged():
    found = planes.thumbnail(in_colour(page(), 0.5))
    assert found.shape[:2] == (150, 110)


def test_words_on_a_ground_that_is_lighter_on_one_side_are_a_page_and_a_sky_is_none():
    across = np.linspace(60, 110, 432)
    sky = np.uint8(np.broadcast_to(across, (432, 432)))
    slide = sky.copy()
    for line in range(14):
        cv2.putText(slide, "Results of the third quarter", (8, 30 + 30 * line), 0, 0.8, 255, 2, cv2.LINE_AA)
    small_sky, small_slide = (planes.common_size(one) for one in (sky, slide))
    assert not plain.is_on_plain_ground(small_sky)
    assert plain.is_on_plain_ground(small_slide)


@pytest.mark.parametrize(("ink", "paper"), [(30, 225), (240, 120)])
def test_a_page_with_dark_corners_is_a_page_and_shading_alone_is_none(ink, paper):
    rows, columns = np.mgrid[-1:1:432j, -1:1:432j]
    light = 1.05 - 0.45 * (rows**2 + columns**2)
    ground = np.full((432, 432), paper, np.uint8)
    for line in range(14):
        cv2.putText(ground, "Results of the third quarter", (8, 30 + 30 * line), 0, 0.8, ink, 2, cv2.LINE_AA)
    worn, blank = (np.uint8(np.clip(one * light, 0, 255)) for one in (ground, np.full((432, 432), 230.0)))
    assert plain.is_on_plain_ground(planes.common_size(worn))
    assert not plain.is_on_plain_ground(planes.common_size(blank))


def test_a_strip_has_tiles_without_pixels():
    assert not plain.is_on_plain_ground(np.uint8(np.arange(0, 250).reshape(1, -1)))
    assert plain.is_on_plain_ground(np.full((1, 300), 255, np.uint8))
