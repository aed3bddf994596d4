import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.keypoints import keypoints
from lookalike.transforms.weights import keypoint_axes
from tests.synthetic import grey

AXES = keypoint_axes()
EDITS = {
    1: lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    2: lambda picture: 255 - picture,
    3: lambda picture: np.ascontiguousarray(255 - picture[:, ::-1]),
}


@pytest.mark.parametrize("parity", [1, 2, 3])
def test_descriptors_of_mirrored_and_inverted_pictures_are_permutations(parity):
    picture = grey(1)
    _, original = keypoints.raw_keypoints(picture, 150)
    _, edited = keypoints.raw_keypoints(EDITS[parity](picture), 150)
    permuted = original[:, keypoints.bin_permutations()[parity]]
    assert np.median((edited @ permuted.T).max(1)) > 0.99
    assert np.median((edited @ original.T).max(1)) < 0.95


def test_the_axes_are_orthonormal_and_even_or_odd():
    np.testing.assert_allclose(AXES.basis.T @ AXES.basis, np.eye(keypoints.DIMS), atol=1e-5)
    for parity, permutation in enumerate(keypoints.bin_permutations()):
        np.testing.assert_allclose(AXES.basis[permutation], AXES.basis * AXES.parity[parity], atol=1e-5)
        np.testing.assert_allclose(AXES.mean[permutation], AXES.mean, atol=1e-5)


def test_packing_keeps_what_it_promises():
    found = keypoints.detect(grey(4), AXES, 250)
    packed = keypoints.pack(found)
    again = keypoints.unpack(packed)
    assert len(packed) == 22 * len(found.xy) > 0
    assert (again.code == found.code).all()
    np.testing.assert_allclose(again.xy, found.xy, atol=1 / 32 + 1e-6)
    np.testing.assert_allclose(again.size, np.maximum(found.size, 1), rtol=0.012)
    turn = np.angle(np.exp(1j * (again.angle - found.angle)))
    assert np.abs(turn).max() <= np.pi / 256 + 1e-6


def test_descriptors_are_multiplied_exactly():
    """In whatever order a BLAS adds: as they are found, and as they are stored."""
    whole = keypoints._whole(keypoints.raw_keypoints(grey(4), 250)[1] - AXES.mean), keypoints._whole(AXES.basis)
    one, other = (keypoints.components(keypoints.detect(grey(seed), AXES, 250), AXES) for seed in (4, 5))
    for a, b, limit in ((*whole, 2**53), (one * 2**11, other.T * 2**11, 2**24)):
        assert (a == np.rint(a)).all() and (b == np.rint(b)).all()
        assert (np.abs(a).astype(np.float64) @ np.abs(b)).max() < limit
    np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, atol=2e-3)


def test_a_blank_picture_has_none():
    found = keypoints.detect(np.full((200, 200), 128, np.uint8), AXES, 250)
    assert len(found.xy) == 0 and found.code.shape == (0, keypoints.DIMS)
    assert keypoints.unpack(keypoints.pack(found)).xy.shape == (0, 2)


def test_a_faint_picture_is_looked_at_again():
    faint = (120 + (grey(5).astype(int) - 128) // 20).astype(np.uint8)
    plain = cv2.SIFT.create(nfeatures=250).detect(faint, None)
    assert len(keypoints.detect(faint, AXES, 250).xy) > 2 * len(plain)
