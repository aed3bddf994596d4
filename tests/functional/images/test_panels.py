"""Pictures composed of others: each panel is found, and pictures that show one scene have none."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.images import planes
from lookalike.transforms.functional.images.pixels.panels import GUTTER, LEAST, panels, shown_pieces
from tests.synthetic import draw_picture

PAPER = 244


def tile(number: int, height: int, width: int) -> np.ndarray:
    """Clouds, each darker or lighter than the one before."""
    clouds = cv2.GaussianBlur(np.random.default_rng(number).normal(size=(height, width)), (0, 0), 4)
    return np.uint8(np.clip(clouds * 400 + 60, 0, 115) + 120 * (number % 2))


def composed(rows: int, columns: int, gap: int, height: int = 70, width: int = 90, ground: int = PAPER) -> np.ndarray:
    """(h, w) uint8: so many tiles with gaps between them and around."""
    out = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap), ground, np.uint8)
    for row in range(rows):
        for column in range(columns):
            top, left = gap + row * (height + gap), gap + column * (width + gap)
            out[top : top + height, left : left + width] = tile(11 * row + column, height, width)
    return out


def plane_of(grey: np.ndarray) -> np.ndarray | None:
    height, width = grey.shape
    usual = planes.keypoint_plane(grey, width, height)
    return planes.panel_plane(grey, usual, width, height)


@pytest.mark.parametrize("gap", [0, 1, 4, 12])
@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (2, 1), (2, 2), (3, 3), (2, 4)])
def test_every_tile_is_a_panel(rows, columns, gap):
    found = panels(composed(rows, columns, gap))
    assert len(found) == rows * columns
    for number, panel in enumerate(sorted(found)):
        # with a gap on one side or both where that is not wide enough to be cut off
        assert 70 - 3 <= panel.height <= 70 + gap + 2
        assert 90 - 3 <= panel.width <= 90 + gap + 2
        assert abs(panel.top - gap - number // columns * (70 + gap)) <= gap + 2
        assert abs(panel.left - gap - number % columns * (90 + gap)) <= gap + 2


@pytest.mark.parametrize("number", range(8))
def test_a_picture_of_one_scene_has_none(number):
    assert panels(draw_picture(number, 250, 190)[..., 1]) == []


def test_a_line_that_goes_through_a_part_of_it_is_no_seam():
    halves = np.hstack([tile(2, 200, 100), tile(3, 200, 100)])
    assert len(panels(halves)) == 2
    halves[60:, 90:110] = 100  # now it goes on there
    assert panels(halves) == []


def test_a_fine_pattern_has_no_seams_although_every_line_changes():
    stripes = np.tile(np.repeat(np.uint8([40, 200]), 2), 60)[None].repeat(200, 0)
    assert panels(stripes) == []


def test_ground_and_text_are_no_panels_and_what_is_narrow_is_none():
    page = np.full((220, 220), PAPER, np.uint8)
    page[10:16, 10:200:3] = 20  # lines of text
    page[24:30, 10:180:3] = 20
    page[40:130, 20:120] = tile(3, 90, 100)
    page[150 : 150 + LEAST - 2, 20:190] = tile(4, LEAST - 2, 170)
    page[190:, 20:120] = tile(6, 30, 100)
    (_, _, height, width), (_, _, lower, _) = panels(page)
    assert 86 <= height < 100 > width - 3
    assert lower == 30


@pytest.mark.parametrize(("noise", "count"), [(GUTTER, 2), (3 * GUTTER, 0)])
def test_a_gutter_may_have_noise(noise, count):
    fading = np.concatenate([np.full(80, 1.0), np.linspace(1, 0, 30), np.zeros(20), np.linspace(0, 1, 30), np.ones(80)])
    two = draw_picture(1, 240, 200)[..., 1] * fading + 128 * (1 - fading)  # no seam beside it
    two[:, 90:150] += np.random.default_rng(1).integers(0, noise, (200, 60))
    assert len(panels(np.uint8(np.clip(two, 0, 255)))) == count


def test_a_panel_with_ground_below_it_is_a_piece_that_shows_something_and_what_is_empty_is_none():
    sheet = composed(2, 3, 12)
    sheet[70 + 18 :, 90 + 18 : 2 * (90 + 12)] = PAPER  # of the second column
    sheet[:, 2 * (90 + 12) + 6 :] = PAPER  # and all of the third
    found, pieces = panels(sheet), shown_pieces(sheet)
    assert len(found) == 2
    (added,) = set(pieces) - set(found)
    assert added.left == pytest.approx(90 + 24, abs=3)
    assert added.height > 2 * 70


def test_a_plane_of_panels_shows_each_as_large_as_a_picture_by_itself():
    grey = composed(3, 3, 10, 280, 360)
    found = plane_of(grey)
    assert found is not None
    by = np.divide(found.shape, grey.shape)
    assert by[0] == pytest.approx(by[1], rel=0.01)
    side = np.sqrt(280 * 360) * by[0]
    assert side == pytest.approx(planes.KEYPOINT_SIDE, rel=0.1)


def test_more_panels_than_nine_do_not_make_it_larger():
    grey = composed(5, 5, 6, 140, 180)
    found = plane_of(grey)
    assert found is not None
    assert np.sqrt(found.size) == pytest.approx(3 * planes.KEYPOINT_SIDE, rel=0.01)


def test_the_plane_of_a_long_strip_is_no_longer_than_places_can_tell():
    grey = composed(1, 40, 0)
    found = plane_of(grey)
    assert found is not None
    assert 3900 < found.shape[1] <= 1.01 * planes.LONGEST
    assert found.shape[1] * 16 < 1 << 16


def test_only_small_pieces_lie_in_it():
    page = np.full((600, 1000), PAPER, np.uint8)
    page[20:580, 20:680] = tile(3, 560, 660)
    page[20:280, 700:980] = tile(5, 260, 280)
    page[320:580, 700:980] = tile(7, 260, 280)
    usual, larger = planes.keypoint_plane(page, 1000, 600), plane_of(page)
    assert len(panels(usual)) == 3
    upper, lower = planes.small_pieces(usual, larger)
    by = larger.shape[1] / 1000
    for panel, wanted in ((upper, (20, 700, 260, 280)), (lower, (320, 700, 260, 280))):
        np.testing.assert_allclose(panel, by * np.float64(wanted), atol=2 * larger.shape[0] / usual.shape[0])


def test_one_picture_has_no_such_plane_nor_has_one_that_is_too_small_for_it():
    for grey in (draw_picture(5, 500, 400)[..., 1], composed(2, 2, 2, 30, 30)[:40, :60]):
        assert plane_of(grey) is None
    page = np.full((600, 800), PAPER, np.uint8)
    page[20:580, 20:620] = tile(3, 560, 600)  # more than half of it
    assert plane_of(page) is None
