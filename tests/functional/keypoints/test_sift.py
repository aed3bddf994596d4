import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.keypoints.detection import Found, found
from lookalike.transforms.functional.keypoints.scale_space import scale_space
from lookalike.transforms.functional.keypoints.sift import describe
from tests.synthetic import grey

PICTURES = [grey(seed) for seed in (1, 4, 6)]


def detected(picture):
    """OpenCV's keypoints, and the same as ours."""
    points = cv2.SIFT.create(nfeatures=250).detect(picture, None)
    octave = np.array([((p.octave & 255) ^ 128) - 127 for p in points])
    layer = np.array([p.octave >> 8 & 255 for p in points])
    x, y, size, angle = np.array([(*p.pt, p.size, p.angle) for p in points]).T
    scale = 2.0 ** (octave - 1)
    return points, Found(octave, layer, x / scale, y / scale, size / 2 / scale, angle)


@pytest.mark.parametrize("picture", PICTURES)
def test_descriptors_agree_with_those_of_opencv(picture):
    points, same = detected(picture)
    ours = describe(scale_space(picture), same) ** 2
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    _, theirs = cv2.SIFT.create().compute(picture, points)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    cosine = ours @ theirs.T
    assert np.median(np.diag(cosine)) > 0.98
    # of all keypoints, each is nearest to itself; some share a place with another
    assert np.mean(np.diag(cosine) >= cosine.max(1) - 0.01) > 0.97


def test_they_have_unit_length_and_no_element_is_negative():
    octaves = scale_space(PICTURES[0])
    ours = describe(octaves, found(octaves, 250))
    assert ours.dtype == np.float32 and ours.shape[1] == 128
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert ours.min() >= 0


def test_of_a_turned_picture_they_are_the_same():
    octaves = scale_space(PICTURES[1])
    points = found(octaves, 250)
    # by a quarter: (x, y) goes to (height - 1 - y, x); halved planes keep every second pixel, from one end
    turned = scale_space(np.ascontiguousarray(np.rot90(PICTURES[1], -1)))
    last = np.array([levels.shape[1] - 1 for levels in octaves])[points.octave]
    moved = points._replace(x=last - points.y, y=points.x, angle=points.angle + 90)
    agreed = (describe(octaves, points) * describe(turned, moved)).sum(1)
    fine = points.octave == 0
    assert fine.sum() > 20 and agreed[fine].min() > 0.999
    assert np.median(agreed) > 0.98


def test_any_number_of_keypoints_gives_the_same():
    octaves = scale_space(PICTURES[2])
    points = found(octaves, 250)
    few = describe(octaves, Found(*(values[5:9] for values in points)))
    np.testing.assert_array_equal(few, describe(octaves, points)[5:9])


def test_of_flat_surroundings_there_is_nothing():
    octaves = scale_space(np.full((64, 64), 90, np.uint8))
    one = Found(*np.array([[0], [1]]), *np.array([[64.0], [64.0], [3.0], [0.0]]))
    assert not describe(octaves, one).any()


@pytest.mark.parametrize("shape", [(16, 16), (16, 300), (300, 17)])
def test_pictures_may_be_tiny(shape):
    octaves = scale_space(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    for octave, levels in enumerate(octaves):
        height, width = levels.shape[1:]
        x, y = np.array([(0, 0), (width - 1, height - 1), (8, 8)], float).T
        corners = Found(np.full(3, octave), np.full(3, 3), x, y, np.full(3, 2.5), np.full(3, 30.0))
        np.testing.assert_allclose(np.linalg.norm(describe(octaves, corners), axis=1), 1, atol=1e-5)
