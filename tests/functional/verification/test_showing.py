import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.registration.affine import moved
from lookalike.transforms.functional.registration.agreement import _corners, covered_share
from lookalike.transforms.functional.verification.showing import SHOWN, STRAIGHT, showing

DETAIL = 0.95


def is_whole(one):
    """All of the other, no less sharp."""
    return one.shown >= SHOWN and one.detail >= DETAIL


def shown(kept, other, transform):
    """Sizes (w, h) of a kept picture and another, and where the other's pixels lie on the kept one -> Showing."""
    matrix = np.vstack([np.reshape(transform, (2, 3)), [0, 0, 1]])
    onto, back = (covered_share(a[::-1], b[::-1], m) for a, b, m in (
        (other, kept, matrix), (kept, other, np.linalg.inv(matrix))
    ))  # fmt: skip
    either = [
        showing(matrix[:2].ravel(), back, onto, first_is_kept=False),
        showing(np.linalg.inv(matrix)[:2].ravel(), onto, back, first_is_kept=True),
    ]
    assert np.allclose(either[0], either[1], atol=1e-3)
    return either[0]


@pytest.mark.parametrize(
    ("what", "kept", "other", "transform", "whole"),
    [
        ("re-encoded", (400, 300), (400, 300), (1, 0, 0, 0, 1, 0), True),
        ("half the size", (400, 300), (200, 150), (2, 0, 0, 0, 2, 0), True),
        ("twice the size", (400, 300), (800, 600), (0.5, 0, 0, 0, 0.5, 0), False),
        ("mirrored", (400, 300), (400, 300), (-1, 0, 400, 0, 1, 0), True),
        ("turned", (400, 300), (300, 400), (0, 1, 0, -1, 0, 300), True),
        ("squeezed", (400, 300), (400, 240), (1, 0, 0, 0, 1.25, 0), True),
        ("more in one direction", (400, 300), (600, 200), (0.667, 0, 0, 0, 1.5, 0), False),
        ("a tenth cut off", (400, 300), (380, 284), (1, 0, 10, 0, 1, 8), True),
        ("a tenth more than is kept", (400, 300), (420, 316), (1, 0, -10, 0, 1, -8), False),
        ("one of eight in a collage", (1600, 600), (400, 300), (1, 0, 400, 0, 1, 0), True),
        ("one of eight in a smaller collage", (800, 300), (400, 300), (0.5, 0, 200, 0, 0.5, 0), False),
        ("a collage that holds the kept one", (400, 300), (1600, 600), (1, 0, -400, 0, 1, 0), False),
        ("a letter with the kept logo", (200, 80), (1240, 1754), (1, 0, -50, 0, 1, -60), False),
        ("a frame around it", (440, 330), (400, 300), (1, 0, 20, 0, 1, 15), True),
    ],
)
def test_what_is_shown_whole(what, kept, other, transform, whole):
    assert is_whole(shown(kept, other, transform)) == whole, what


@given(
    st.floats(0.2, 5), st.floats(-3.1, 3.1), st.floats(-300, 300), st.floats(-300, 300), st.integers(50, 900),
    st.integers(50, 900),
)  # fmt: skip
def test_two_pictures_show_each_other_whole_only_if_they_are_of_about_one_size(scale, angle, x, y, width, height):
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    transform = np.array([cos, -sin, x, sin, cos, y])
    matrix = np.vstack([transform.reshape(2, 3), [0, 0, 1]])
    size = (height, width)
    onto, back = covered_share((300, 400), size, matrix), covered_share(size, (300, 400), np.linalg.inv(matrix))
    one, other = (showing(transform, back, onto, first) for first in (True, False))
    assert 0.99 < one.detail * other.detail < 1.01
    if is_whole(one) and is_whole(other):
        assert 0.95 <= scale <= 1 / 0.95 and 0.9 < width * height / (400 * 300) < 1.2


def test_an_alignment_that_puts_all_on_a_line_shows_nothing():
    assert not is_whole(showing((1, 0, 0, 0, 0, 0), 1.0, 1.0, True))
    assert not is_whole(showing((0, 0, 0, 0, 0, 0), 1.0, 1.0, True))


@pytest.mark.parametrize(
    ("what", "transform", "straight"),
    [
        ("larger", (3.0, 0, 5, 0, 3.0, 7), True),
        ("as keypoints find it", (0.5, 0.004, 5, -0.003, 0.503, 7), True),
        ("turned by two degrees", (0.9994, -0.0349, 0, 0.0349, 0.9994, 0), False),
        ("on its side", (0, -1, 300, 1, 0, 0), False),
        ("on its head", (-1, 0, 400, 0, -1, 300), False),
        ("mirrored", (-1, 0, 400, 0, 1, 0), False),
        ("squeezed", (1, 0, 0, 0, 0.8, 0), False),
        ("flat", (1, 0, 0, 0, 0, 0), False),
    ],
)
def test_what_is_straight(what, transform, straight):
    for first in (True, False):
        assert (showing(transform, 1.0, 0.5, first).distortion <= STRAIGHT) == straight, what
    assert showing(transform, 1.0, 0.5, True).of_both == showing(transform, 0.5, 1.0, True).of_both == 0.5


@pytest.mark.parametrize("tilt", [0.0, 1e-4, 1e-2, 1e200])
def test_corners_lie_where_a_homography_takes_them(tilt):
    rng = np.random.default_rng(1)
    for _ in range(50):
        matrix = rng.normal(0, 1, (3, 3)) * [[1, 1, 100], [1, 1, 100], [tilt, tilt, 1]]
        with np.errstate(all="ignore"):
            x, y, depth = moved(matrix, np.array([[0, 0], [400, 0], [400, 300], [0, 300]]))
            places = (np.rint(np.stack([x, y], 1) / depth[:, None] * 1000) / 1000).astype(np.float32)
            np.testing.assert_array_equal(_corners((300, 400), matrix), places)


def test_a_horizon_through_a_corner_stops_nothing():
    covered_share((300, 400), (300, 400), np.array([[1, 0, 0], [0, 1, 0], [-1 / 400, 0, 1.0]]))
