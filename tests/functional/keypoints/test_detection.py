import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.keypoints.detection import found
from lookalike.transforms.functional.keypoints.scale_space import LEVELS, SIGMA, TAPS, UNIT, _step, scale_space
from tests.synthetic import grey


def placed(points):
    """Of the picture: x, y, diameter, angle."""
    scale = 2.0 ** (points.octave - 1)
    return np.column_stack([points.x * scale, points.y * scale, 2 * points.sigma * scale, points.angle])


def test_kernels_are_gaussians_of_the_right_width():
    for level in range(1, LEVELS):
        taps = _step(level)
        both = np.concatenate([taps[:0:-1], taps])
        assert both.sum() == TAPS and (taps == np.rint(taps)).all()
        places = np.arange(len(both)) - len(both) // 2
        asked = SIGMA**2 * (2 ** (2 * level / 3) - 2 ** (2 * (level - 1) / 3))
        assert np.square(places) @ both / TAPS == pytest.approx(asked, abs=0.02)


def test_planes_are_blurred_as_opencv_does():
    picture = grey(3)
    first, second = scale_space(picture)[:2]
    doubled = cv2.resize(picture.astype(np.float32), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    for level in range(LEVELS):
        blurred = cv2.GaussianBlur(doubled, (0, 0), np.sqrt((SIGMA * 2 ** (level / 3)) ** 2 - 1))
        assert np.abs(first[level] / UNIT - blurred).mean() < 0.05
    np.testing.assert_array_equal(second[0], first[3][::2, ::2])


@pytest.mark.parametrize("sigma", [3.0, 5.0, 9.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_blob_is_found_where_it_is(sigma, sign):
    y, x = np.mgrid[:120, :150]
    blob = np.exp(-(np.square(x - 70.3) + np.square(y - 50.6)) / (2 * sigma**2))
    # longer along x, so that it points somewhere
    picture = np.rint(128 + sign * 100 * blob + 0.2 * (x - 75)).astype(np.uint8)
    there = placed(found(scale_space(picture), 5))
    # OpenCV's places are a quarter pixel off, and so are these
    assert np.abs(there[0, :2] - (70.55, 50.85)).max() < 0.2
    # the difference of two blurs is greatest midway between them
    assert there[0, 2] / 2 == pytest.approx(sigma / 2 ** (1 / 6), rel=0.03)


@pytest.mark.parametrize("seed", [1, 4, 6])
def test_most_are_those_of_opencv(seed):
    picture = grey(seed)
    ours = placed(found(scale_space(picture), 1000))
    theirs = np.array([(*p.pt, p.size, p.angle) for p in cv2.SIFT.create().detect(picture, None)])
    assert 0.9 < len(ours) / len(theirs) < 1.15
    apart = np.hypot(*(theirs[:, None, :2] - ours[:, :2]).transpose(2, 0, 1)) / theirs[:, 2:3]
    turned = np.abs((theirs[:, 3:] - ours[:, 3] + 180) % 360 - 180)
    same = (apart < 0.3) & (np.abs(np.log2(theirs[:, 2:3] / ours[:, 2])) < 0.3)
    assert same.any(1).mean() > 0.9
    assert (same & (turned < 15)).any(1).mean() > 0.82


def test_of_a_turned_picture_they_are_the_same():
    picture = grey(4)
    ours = placed(found(scale_space(picture), 1000))
    turned = placed(found(scale_space(np.ascontiguousarray(np.rot90(picture, -1))), 1000))
    # by a quarter: (x, y) goes to (height - 1 - y, x); where a keypoint lies is a quarter pixel off
    moved = np.column_stack([picture.shape[0] - 0.5 - ours[:, 1], ours[:, 0], ours[:, 2], ours[:, 3] + 90])
    apart = np.abs(moved[:, None, :3] - turned[:, :3]).max(2)
    angle = np.abs((moved[:, None, 3] - turned[:, 3] + 180) % 360 - 180)
    off = np.where(angle < 2, apart, 99).min(1)
    assert len(off) > 400 and np.median(off) < 0.02 and (off < 0.3).mean() > 0.8


def test_the_strongest_are_kept_and_each_once():
    octaves = scale_space(grey(1))
    every, few = found(octaves, 1000), found(octaves, 40)
    assert len(few.x) == 40 < len(every.x)
    np.testing.assert_array_equal(np.stack(few), np.stack(every)[:, :40])
    assert len({tuple(row) for row in np.stack(every).T.tolist()}) == len(every.x)


@pytest.mark.parametrize("shape", [(16, 16), (16, 300), (300, 17)])
def test_pictures_may_be_tiny_or_blank(shape):
    assert len(found(scale_space(np.full(shape, 90, np.uint8)), 10).x) == 0
    spots = np.random.default_rng(0).integers(0, 2, (shape[0] // 4, shape[1] // 4), np.uint8)
    spotted = np.kron(255 * spots, np.ones((4, 4), np.uint8))
    assert 0 < len(found(scale_space(spotted), 10).x) <= 10
