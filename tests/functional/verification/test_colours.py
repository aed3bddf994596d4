"""Copies keep the colours of what they were made from; edits of its colours do not."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from lookalike.transforms.functional.verification.colours import recoloured, register_colours, swatches
from lookalike.transforms.functional.verification.showing import RECOLOURED
from tests.synthetic import draw_picture, encoded

PICTURE = draw_picture(1, 160, 120)
IMAGE = Image.fromarray(PICTURE)
SAME = {
    "itself": PICTURE,
    "compressed": cv2.imdecode(np.frombuffer(encoded(PICTURE, "JPEG", quality=60), np.uint8), 1)[..., ::-1],
    "smaller": np.asarray(IMAGE.resize((100, 75), Image.Resampling.BOX)),
    "blurred": cv2.GaussianBlur(PICTURE, (5, 5), 0),
    "of few colours": np.asarray(IMAGE.quantize(256).convert("RGB")),
}
OTHER = {
    "grey": np.asarray(IMAGE.convert("L").convert("RGB")),
    "pale": np.asarray(ImageEnhance.Color(IMAGE).enhance(0.5)),
    "dark": PICTURE // 3,
    "a negative": 255 - PICTURE,
    "channels exchanged": np.ascontiguousarray(PICTURE[..., ::-1]),
    "sepia": np.asarray(ImageOps.colorize(IMAGE.convert("L"), (20, 10, 0), (255, 240, 200))),
}


def half(picture):
    return cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA)


def changed(a, b, matrix):
    return recoloured(swatches(*register_colours(a, b, matrix)))


def difference(other):
    """As thumbnails are compared, at half of their size."""
    picture, other = half(PICTURE), half(other)
    scale = np.diag([other.shape[1] / picture.shape[1], other.shape[0] / picture.shape[0], 1.0])
    back = np.linalg.inv(scale)
    found = changed(picture, other, scale)
    assert found == pytest.approx(changed(other, picture, back), abs=3)
    return found


@pytest.mark.parametrize("other", SAME.values(), ids=SAME)
def test_copies_have_the_same_colours(other):
    assert difference(other) < RECOLOURED


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_edits_have_others(other):
    assert difference(other) > 2 * RECOLOURED


def test_the_little_that_was_coloured_counts():
    grey = OTHER["grey"].copy()
    ball = cv2.circle(grey.copy(), (80, 60), 14, (230, 20, 30), -1)
    assert changed(half(grey), half(ball), np.eye(3)) > RECOLOURED


def test_only_what_is_common_is_looked_at():
    half = np.array([[1.0, 0, -80], [0, 1, 0], [0, 0, 1]])
    right = np.ascontiguousarray(PICTURE[:, 80:])
    assert changed(PICTURE, right, half) < 1
    assert changed(PICTURE, 255 - right, half) > 2 * RECOLOURED
    assert changed(PICTURE, PICTURE, half * [1, 1, 100]) == 255


def test_swatches_are_mean_colours_of_squares_that_lie_in_both():
    mask = np.ones((9, 14), np.uint8)
    mask[:, :2] = 0
    moved, plane = np.zeros((2, 9, 14, 3), np.uint8)
    moved[:4, 4:8], plane[4:8, 8:12] = (10, 20, 30), (40, 50, 60)
    found = swatches(moved, plane, mask)
    assert found.shape == (2, 4, 3)  # two rows, of three columns the last two; what is left over is not looked at
    assert found[0].tolist() == [[10, 20, 30], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert found[1].tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 0], [40, 50, 60]]
    assert swatches(moved[:3], plane[:3], mask[:3]).shape == (2, 0, 3)
