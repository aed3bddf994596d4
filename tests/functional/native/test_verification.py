"""What is told of one picture or two by kernels of their own is the same where nothing was compiled."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.native import kernels
from lookalike.transforms.functional.registration.agreement import _corners
from lookalike.transforms.functional.verification.colours import recoloured
from lookalike.transforms.functional.verification.measures.derivatives import derived
from lookalike.transforms.functional.verification.relations import content_box
from tests.functional.native.conftest import noise

SHAPES = [(62, 83), (90, 40), (15, 70), (1, 40), (40, 1), (1, 1), (2, 2)]


@pytest.mark.parametrize("shape", SHAPES)
def test_edges_explain_as_much(without, shape):
    """Of noise, of a relief, of a blank plane and of nothing in common."""
    soft = cv2.GaussianBlur(noise(*shape), (0, 0), 2)
    relief = np.clip(128 + 3 * (soft.astype(int) - np.roll(soft, 1, 1)), 0, 255).astype(np.uint8)
    for mask in (np.ones(shape, np.uint8), (noise(*shape) > 90).astype(np.uint8), np.zeros(shape, np.uint8)):
        for other in (noise(*shape)[::-1], relief, np.full(shape, 90, np.uint8)):
            assert derived(soft, other, mask) == without(derived, soft, other, mask)
    assert derived(soft, relief, np.ones(shape, np.uint8)) > 0.5 or min(shape) < 10


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("frames", [0, 1, 2])
def test_the_same_margins_are_plain(without, shape, frames):
    """Also where a second frame, or fading, comes to light when the first is cut off."""
    rng = np.random.default_rng(shape)
    picture = cv2.GaussianBlur(noise(*shape), (0, 0), 1)
    for grey in (picture, picture // 100, np.zeros_like(picture)):
        for _ in range(frames):
            grey = cv2.copyMakeBorder(grey, *rng.integers(0, 9, 4).tolist(), cv2.BORDER_CONSTANT, value=200)
            grey[:2] = grey[:2] // 2
        assert content_box(grey) == without(content_box, grey)


def test_corners_lie_in_the_same_places(without):
    """Also on the horizon, behind it, beyond all numbers, and at negative zeros."""
    rng = np.random.default_rng(1)
    matrices = [rng.normal(0, 1, (3, 3)) * (*scales, 1) for scales in rng.choice([1e-9, 1e-3, 1, 1e4], (200, 2))]
    matrices += [np.array([[1, 0, -1e-5], [0, 1, at], [-1 / 40, 0, 1]]) for at in (0, 1e300, -1e-5)]
    for matrix in matrices:
        for shape in ((30, 40), (29.5, 0.25)):
            with np.errstate(over="ignore"):
                ours, slow = _corners(shape, matrix), without(_corners, shape, matrix)
            assert ours.tobytes() == slow.tobytes() and ours.shape == slow.shape and ours.dtype == slow.dtype


@pytest.mark.parametrize("count", [0, 1, 7, 300])
def test_colours_differ_as_much(without, count):
    found = np.random.default_rng(count).integers(0, 256, (2, count, 3), np.uint8)
    assert recoloured(found) == without(recoloured, found)
    assert recoloured(found) > 60


def test_what_does_not_fit_is_refused():
    plane = np.zeros((10, 12), np.uint8)
    with pytest.raises(ValueError, match="an array of 120 bytes"):
        kernels.compiled.derived(plane, plane[:9], plane, 10, 12)
    with pytest.raises(ValueError, match="planes are needed"):
        kernels.compiled.derived(plane, plane, plane, 0, 12)
    with pytest.raises(ValueError, match="an array of 110 bytes"):
        kernels.compiled.content(plane, 10, 11, 9.0)
    with pytest.raises(ValueError, match="an array of 32 bytes"):
        kernels.compiled.laid(np.eye(3), np.zeros(6, np.float32), 10, 12)
    with pytest.raises(ValueError, match="as many colours"):
        kernels.compiled.differ(np.zeros(9, np.uint8))
    with pytest.raises(ValueError, match="1 to 65536"):
        kernels.compiled.content(plane, 1, 65537, 9.0)
