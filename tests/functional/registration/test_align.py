"""Alignment where it is known nearly how two pictures lie on one another."""

import numpy as np
import pytest

from lookalike.transforms.functional.keypoints.keypoints import Keypoints
from lookalike.transforms.functional.registration.align import View, align, align_near

SIGNS = np.ones((4, 32), np.float32)
TURN = np.array([[0.8, -0.3, 40.0], [0.3, 0.8, 5.0], [0, 0, 1]])


def view(rng, count=60):
    xy = rng.uniform(0, 300, (count, 2)).astype(np.float32)
    points = Keypoints(*(xy if name == "xy" else _field(name, rng, count) for name in Keypoints._fields))
    return View(points, unit(rng.normal(size=(count, 32))), (300, 300))


def _field(name, rng, count):
    return {
        "size": rng.uniform(4, 12, count).astype(np.float32),
        "angle": rng.uniform(-np.pi, np.pi, count).astype(np.float32),
    }.get(name, np.zeros((count, 1), np.float32))


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def moved(seen, matrix, rng, worn):
    """The same keypoints where `matrix` takes them, with descriptors that are `worn` parts noise."""
    points = seen.keypoints
    xy = (points.xy @ matrix[:2, :2].T + matrix[:2, 2]).astype(np.float32)
    scale, angle = np.sqrt(np.linalg.det(matrix[:2, :2])), np.arctan2(matrix[1, 0], matrix[0, 0])
    there = points._replace(xy=xy, size=points.size * np.float32(scale), angle=points.angle + np.float32(angle))
    noise = unit(rng.normal(size=seen.components.shape))
    return View(there, unit(seen.components + worn * noise), (400, 400))


def shifted(x, y):
    matrix = TURN.copy()
    matrix[:2, 2] += x, y
    return matrix


@pytest.mark.parametrize("off", [0, 8])
def test_a_guess_finds_what_descriptors_alone_are_too_worn_for(off):
    rng = np.random.default_rng(1)
    a = view(rng)
    b = moved(a, TURN, rng, 1.7)
    assert align(a, b, SIGNS, (0,), enough=20) is None
    guess = shifted(off, -off)
    found = align_near(a, b, SIGNS, guess, enough=20)
    np.testing.assert_allclose(found.matrix, TURN, atol=1e-3)
    assert found.parity == 0 and (found.inliers[:, 0] == found.inliers[:, 1]).all()


def test_a_wrong_guess_finds_nothing():
    rng = np.random.default_rng(2)
    a = view(rng)
    b = moved(a, TURN, rng, 0.2)
    assert align(a, b, SIGNS, (0,), enough=20) is not None
    assert align_near(a, b, SIGNS, shifted(60, 0), enough=20) is None
    assert align_near(a, b, SIGNS, TURN * 3, enough=20) is None


def test_a_mirrored_guess_is_tried_mirrored():
    rng = np.random.default_rng(3)
    a = view(rng)
    points = a.keypoints
    mirror = np.array([[-1.0, 0, 300], [0, 1, 0], [0, 0, 1]])
    xy = (points.xy @ mirror[:2, :2].T + mirror[:2, 2]).astype(np.float32)
    signs = SIGNS.copy()
    signs[[1, 3], :16] = -1
    b = View(points._replace(xy=xy, angle=np.float32(np.pi) - points.angle), a.components * signs[1], (300, 300))
    found = align_near(a, b, signs, mirror, enough=20)
    assert found.parity == 1
    np.testing.assert_allclose(found.matrix, mirror, atol=1e-3)
