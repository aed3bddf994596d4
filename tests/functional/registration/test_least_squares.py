import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.registration.least_squares import fit_homography


def moved(matrix, xy):
    found = np.column_stack([xy, np.ones(len(xy))]) @ matrix.T
    return found[:, :2] / found[:, 2:]


def cloud(rng, count=40):
    return rng.uniform(0, 400, (count, 2)).astype(np.float32)


PERSPECTIVES = [[[0.9, -0.2, 50], [0.3, 1.1, -20], [4e-4, -3e-4, 1]], [[-1, 0, 400], [0.1, 0.5, 3], [-1e-3, 2e-4, 1]]]


@pytest.mark.parametrize("matrix", PERSPECTIVES)
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_it_is_opencvs(matrix, noise):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        xy = cloud(rng)
        mates = (moved(np.array(matrix), xy) + rng.normal(0, noise, (len(xy), 2))).astype(np.float32)
        expected = moved(cv2.findHomography(xy, mates, 0)[0], xy)
        found = fit_homography(xy, mates)
        np.testing.assert_allclose(moved(found, xy), expected, atol=1e-3)
        assert found[2, 2] == 1


def test_points_on_one_line_and_in_one_place_have_one():
    xy = np.column_stack([np.arange(16), 3 * np.arange(16)]).astype(np.float32)
    np.testing.assert_allclose(moved(fit_homography(xy, xy + 5), xy), xy + 5, atol=1e-3)
    assert np.isfinite(fit_homography(np.ones((8, 2)), xy[:8])).all()


def test_what_no_homography_explains_is_left_near_the_affine_transform():
    rng = np.random.default_rng(0)
    for _ in range(50):
        xy, mates = cloud(rng, 16), cloud(rng, 16)
        missed = np.square(moved(fit_homography(xy, mates), xy) - mates).sum()
        design = np.column_stack([xy, np.ones(16)]).astype(np.float64)
        affine = np.square(design @ np.linalg.lstsq(design, mates, rcond=None)[0] - mates).sum()
        assert missed <= affine * (1 + 1e-9)
