import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.keypoints.sift import describe
from tests.synthetic import grey

PICTURES = [grey(seed) for seed in (1, 4, 6)]


def detected(picture):
    return cv2.SIFT.create(nfeatures=250).detect(picture, None)


@pytest.mark.parametrize("picture", PICTURES)
def test_descriptors_agree_with_those_of_opencv(picture):
    points = detected(picture)
    ours = describe(picture, points)
    _, theirs = cv2.SIFT.create().compute(picture, points)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    cosine = ours @ theirs.T
    assert np.median(np.diag(cosine)) > 0.98
    # of all keypoints, each is nearest to itself; some share a place with another
    assert np.mean(np.diag(cosine) >= cosine.max(1) - 0.01) > 0.97


def test_they_have_unit_length_and_no_element_is_negative():
    ours = describe(PICTURES[0], detected(PICTURES[0]))
    assert ours.dtype == np.float32 and ours.shape[1] == 128
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert ours.min() >= 0


def test_of_a_turned_picture_they_are_the_same():
    picture = PICTURES[1]
    points = detected(picture)
    # by a quarter: (x, y) goes to (height - 1 - y, x); where a keypoint of OpenCV lies is a quarter pixel off
    turned = np.ascontiguousarray(np.rot90(picture, -1))
    last = picture.shape[0] - 1
    moved = [
        cv2.KeyPoint(last - p.pt[1] + 0.5, p.pt[0], p.size, (p.angle + 90) % 360, p.response, p.octave) for p in points
    ]
    agreed = (describe(picture, points) * describe(turned, tuple(moved))).sum(1)
    # planes of half the size keep every second pixel, from one end
    fine = np.array([p.octave & 255 for p in points]) == 255
    assert fine.sum() > 20 and agreed[fine].min() > 0.999
    assert np.median(agreed) > 0.98


def test_any_number_of_keypoints_gives_the_same():
    picture = PICTURES[2]
    points = detected(picture)
    every = describe(picture, points)
    few = describe(picture, points[5:9])
    np.testing.assert_allclose(few, every[5:9], atol=1e-5)


def test_of_flat_surroundings_there_is_nothing():
    flat = np.full((64, 64), 90, np.uint8)
    assert not describe(flat, (cv2.KeyPoint(32, 32, 3.0, 0, 1, 255 | 1 << 8),)).any()


@pytest.mark.parametrize("shape", [(16, 16), (16, 300), (300, 17)])
@pytest.mark.parametrize("octave", [-1, 0, 1, 2])
def test_pictures_may_be_tiny(shape, octave):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    corners = [(0, 0), (shape[1] - 1, shape[0] - 1), (8, 8)]
    points = tuple(cv2.KeyPoint(*at, 2.0**octave * 4, 30, 1, octave & 255 | 3 << 8) for at in corners)
    np.testing.assert_allclose(np.linalg.norm(describe(picture, points), axis=1), 1, atol=1e-5)
