"""What is told of one picture or two by kernels of their own is the same where nothing was compiled."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.native import kernels
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


def test_what_does_not_fit_is_refused():
    plane = np.zeros((10, 12), np.uint8)
    with pytest.raises(ValueError, match="an array of 120 bytes"):
        kernels.compiled.derived(plane, plane[:9], plane, 10, 12)
    with pytest.raises(ValueError, match="planes are needed"):
        kernels.compiled.derived(plane, plane, plane, 0, 12)
    with pytest.raises(ValueError, match="an array of 110 bytes"):
        kernels.compiled.content(plane, 10, 11, 9.0)
    with pytest.raises(ValueError, match="1 to 65536"):
        kernels.compiled.content(plane, 1, 65537, 9.0)
