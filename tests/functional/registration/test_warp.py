"""Smooth deformations are followed, and what is none is not."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.keypoints.keypoints import Keypoints
from lookalike.transforms.functional.registration import agreement, warp
from lookalike.transforms.functional.registration.align import Alignment, View
from lookalike.transforms.functional.verification.evidence import Evidence
from tests.functional.verification.test_evidence import AXES, ORIGINAL, picture
from tests.synthetic import draw_picture

HEIGHT, WIDTH = ORIGINAL.shape[:2]


def lens(x, y):
    dx, dy = x - WIDTH / 2, y - HEIGHT / 2
    bend = 1 + 0.3 * (dx * dx + dy * dy) / (WIDTH**2 + HEIGHT**2) * 4
    return WIDTH / 2 + dx * bend, HEIGHT / 2 + dy * bend


def wave(x, y):
    return x + 7 * np.sin(2 * np.pi * y / 220), y + 7 * np.sin(2 * np.pi * x / 220)


def swirl(x, y):
    dx, dy = x - WIDTH / 2, y - HEIGHT / 2
    angle = 0.5 * np.exp(-(dx * dx + dy * dy) / 12000)
    return (
        WIDTH / 2 + dx * np.cos(angle) - dy * np.sin(angle),
        HEIGHT / 2 + dx * np.sin(angle) + dy * np.cos(angle),
    )


def curled_page(x, y):
    height = 0.2 * np.sin(np.pi * x / WIDTH)
    return x + 25 * np.sin(2 * np.pi * x / WIDTH), HEIGHT / 2 + (y - HEIGHT / 2) * (1 + height) + 60 * height


def deformed(rgb, by):
    x, y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    x, y = by(x, y)
    return cv2.remap(rgb, np.float32(x), np.float32(y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def evidence(a, b, parity=0):
    found = Evidence(picture(a), picture(b), AXES, parity, 1.0)
    found.gather()
    return found


@pytest.mark.parametrize("by", [lens, wave, swirl, curled_page])
def test_a_deformed_copy_is_registered(by):
    found = evidence(ORIGINAL, deformed(ORIGINAL, by))
    assert found.warped
    assert found.agreed.weighted_structure > 0.85 and found.agreed.weighted_structure - found.rise < 0.8
    assert len(found.warp.inliers) > len(found.found.inliers)
    assert found.warp.share > 0.8 and found.warp.drift < 0.3 and found.measures["drift"] == found.warp.drift
    assert 0.01 < found.warp.bend < 0.1 and 1.1 < found.warp.stretch < 4


def test_the_planted_map_comes_back():
    found = evidence(ORIGINAL, deformed(ORIGINAL, lens)).warp
    y, x = np.mgrid[40:320:8, 50:430:8]
    rows, columns = np.indices((HEIGHT, WIDTH), np.float32)
    where, _, mask = warp.register(columns, np.zeros((HEIGHT, WIDTH), np.float32), found)
    down, _, _ = warp.register(rows, np.zeros((HEIGHT, WIDTH), np.float32), found)
    true_x, true_y = lens(x, y)
    assert mask[y, x].all()
    assert np.median(np.hypot(where[y, x] - true_x, down[y, x] - true_y)) < 1.0


def test_a_mirrored_and_deformed_negative_is_registered():
    found = evidence(ORIGINAL, 255 - deformed(ORIGINAL, wave)[:, ::-1], parity=3)
    assert found.warped and found.agreed.weighted_structure > 0.85


def test_what_a_straight_map_explains_is_not_bent():
    found = evidence(ORIGINAL, ORIGINAL[20:300, 30:400])
    assert found.warp is None and found.rise == 0 and not found.warped


def test_near_things_before_a_far_ground_are_no_deformation():
    near, seen = draw_picture(12, WIDTH, HEIGHT), []
    for shift in (-14, 14):
        view_of = np.roll(ORIGINAL, -shift // 4, 1)
        for x, y in ((110, 100), (350, 110), (120, 270), (340, 260)):
            disc = np.zeros((HEIGHT, WIDTH), np.uint8)
            cv2.circle(disc, (x + shift, y), 70, 1, -1)
            view_of = np.where(disc[..., None] > 0, np.roll(near, shift, 1), view_of)
        seen.append(view_of)
    found = evidence(*seen)
    assert len(found.found.inliers) > 20
    assert found.agreed.weighted_structure < 0.75


def view(xy):
    count = len(xy)
    points = Keypoints(
        np.float32(xy), np.full(count, 6, np.float32), np.zeros(count, np.float32), np.zeros((count, 32), np.uint8)
    )
    return View(points, np.zeros((count, 32), np.float32), (200, 200))


def matched(a_xy, b_xy, matrix=None):
    pairs = np.stack([np.arange(len(a_xy))] * 2, 1)
    common = np.ones(len(pairs), bool)
    matrix = np.eye(3) if matrix is None else matrix
    return view(a_xy), view(b_xy), Alignment(matrix, 0, pairs, 1.0, pairs, common, common)


PLACES = np.random.default_rng(3).uniform(4, 196, (120, 2))
BENT = PLACES + 4 * np.sin(PLACES[:, ::-1] / 30)


def test_a_fold_is_refused():
    folded = PLACES.copy()
    folded[:, 0] = 100 + 0.25 * np.abs(PLACES[:, 0] - 100)
    assert warp.fit(*matched(BENT, PLACES), tolerance=60.0) is not None
    assert warp.fit(*matched(folded, PLACES), tolerance=60.0) is None


def test_matches_at_odds_with_their_neighbours_are_left_out():
    a_xy = BENT.copy()
    a_xy[::4] = np.random.default_rng(4).uniform(4, 196, a_xy[::4].shape)
    a, b, alignment = matched(a_xy, PLACES)
    alike = warp.neighbourly(a, b, alignment.matches, 0, 3.0)
    astray = np.linalg.norm(a_xy - BENT, axis=1) > 12
    assert not alike[astray].any() and alike[~astray].mean() > 0.8
    found = warp.fit(a, b, alignment)
    assert not astray[found.inliers[:, 0]].any() and len(found.inliers) > 0.9 * np.count_nonzero(~astray)


def test_what_scatters_about_a_straight_map_is_not_bent():
    assert warp.fit(*matched(PLACES + np.random.default_rng(5).normal(0, 1.5, PLACES.shape), PLACES)) is None


def test_what_is_straight_to_half_a_pixel_is_not_bent():
    bend = BENT - PLACES
    assert warp.fit(*matched(PLACES + 0.1 * bend, PLACES)) is None
    assert warp.fit(*matched(PLACES + 0.3 * bend, PLACES)) is not None


def test_errors_count_in_pixels_of_the_coarser_plane():
    fine = 2 * BENT + np.random.default_rng(6).normal(0, 2, PLACES.shape)
    assert len(warp.fit(*matched(fine, PLACES, np.diag([0.5, 0.5, 1]))).inliers) > 0.85 * len(PLACES)


def test_what_is_told_of_a_map():
    found = warp.fit(*matched(BENT, PLACES))
    x, y = np.meshgrid(*[np.arange(5, 200, 10.0)] * 2)
    places = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)])
    shift = 4 * np.sin(places[:, 1::-1] / 30)
    off = shift - places @ np.linalg.lstsq(places, shift, rcond=None)[0]
    assert found.bend == pytest.approx(np.linalg.norm(off, axis=1).max() / np.hypot(200, 200), rel=0.3)
    # lengths change by the slopes of the shift, at most 4 / 30 either way
    assert found.stretch == pytest.approx((1 + 4 / 30) / (1 - 4 / 30), rel=0.15)
    assert found.share == 1 and len(found.inliers) == len(PLACES)


def test_too_few_matches_bend_nothing():
    assert warp.fit(*matched(BENT[:12], PLACES[:12])) is not None
    assert warp.fit(*matched(BENT[:11], PLACES[:11])) is None


def test_what_moves_to_and_fro_along_one_direction_is_told():
    aside = PLACES + 5 * np.sin(PLACES[:, ::-1] / 20) * (1, 0.02)
    assert warp.fit(*matched(aside, PLACES)).crosswise < 0.1
    assert warp.fit(*matched(BENT, PLACES)).crosswise > 0.5


def straight(matrix, shape):
    """A warp that is no more than the inverse of `matrix`: control points lie where they lead."""
    x, y = ((np.arange(warp.KNOTS) - 1) * side / warp.CELLS for side in shape[::-1])
    at = np.stack([*np.meshgrid(x, y), np.ones((warp.KNOTS, warp.KNOTS))], -1) @ np.linalg.inv(matrix).T
    gain = abs(np.linalg.det(matrix)) ** 0.5
    return warp.Warp(at[..., :2], shape, shape, gain, np.empty((0, 2), int), 1, 0, 0, 0, 0, 1, 1, 0)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.6])
def test_a_straight_warp_registers_as_its_matrix_does(scale):
    matrix = np.array([[scale, 0.1, 6], [-0.1, scale, -4], [0, 0, 1]])
    grey = cv2.GaussianBlur(cv2.cvtColor(ORIGINAL, cv2.COLOR_RGB2GRAY), (0, 0), 2)
    planes = cv2.resize(grey, (150, 150)), cv2.resize(grey, (180, 180))
    between = np.diag([180 / 200, 180 / 200, 1]) @ matrix @ np.diag([200 / 150, 200 / 150, 1])
    bent, plain = warp.register(*planes, straight(matrix, (200, 200))), agreement.register(*planes, between)
    assert bent[0].shape == plain[0].shape and np.array_equal(bent[1], plain[1])
    assert np.mean(bent[2] != plain[2]) < 0.02
    assert np.abs(bent[0].astype(int) - plain[0])[plain[2] > 0].mean() < 0.5


def test_how_much_of_the_picture_is_shown():
    closer = evidence(ORIGINAL, deformed(ORIGINAL, lambda x, y: lens(WIDTH / 2 * 0.3 + 0.7 * x, 0.7 * y)))
    x, y = lens(WIDTH / 2 * 0.3 + 0.7 * np.arange(WIDTH)[None], 0.7 * np.arange(HEIGHT)[:, None])
    shown = (x >= 0) & (x < WIDTH) & (y >= 0) & (y < HEIGHT)
    grown = np.gradient(x, axis=1) * np.gradient(y, axis=0) - np.gradient(x, axis=0) * np.gradient(y, axis=1)
    assert closer.warp.covered == pytest.approx(grown[shown].sum() / (WIDTH * HEIGHT), abs=0.03)
    assert closer.agreed.covered == closer.warp.covered


@pytest.mark.parametrize("count", [1, 2, 7, 250])
def test_the_median_is_numpys(count):
    values = np.random.default_rng(count).random(count)
    assert warp._median(values) == np.median(values)
