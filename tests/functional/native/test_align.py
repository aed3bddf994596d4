"""Two pictures are aligned the same, by one kernel or in NumPy's steps."""

import numpy as np
import pytest

from lookalike.transforms.functional.keypoints.keypoints import MIRRORED, Keypoints
from lookalike.transforms.functional.native import kernels
from lookalike.transforms.functional.registration.align import Alignment, View, align, align_near
from lookalike.transforms.functional.verification.measures.keypoints import keypoint_measures
from lookalike.transforms.weights import keypoint_axes

SIGNS = keypoint_axes().parity
SHAPE = (200, 220)


def view(rng, count, kinds=10**6):
    """kinds: of descriptors, of which many are alike where there are few."""
    rows = np.random.default_rng(kinds).normal(size=(min(kinds, 400), 32))
    rows = rows[rng.integers(0, len(rows), count)] if kinds <= 400 else rng.normal(size=(count, 32))
    xy = rng.uniform(0, 200, (count, 2))
    size, angle = rng.uniform(1, 12, count), rng.uniform(0, 2 * np.pi, count)
    points = Keypoints(*(one.astype(np.float32) for one in (xy, size, angle)), np.zeros((count, 32), np.uint8))
    return View(points, unit(rows), SHAPE)


def unit(rows):
    """As they are made from codes."""
    return (np.rint(rows / np.linalg.norm(rows, axis=1, keepdims=True) * 2048) / 2048).astype(np.float32)


def copied(a, rng, parity, matrix, worn, off=1.0):
    """The same keypoints, mirrored and inverted as a parity says and then moved, in another order."""
    points, order, flip = a.keypoints, rng.permutation(len(a.components)), [-1 if parity in MIRRORED else 1, 1]
    xy = points.xy * flip @ matrix[:2, :2].T + matrix[:2, 2] + rng.normal(0, off, points.xy.shape)
    turn, scale = np.arctan2(matrix[1, 0], matrix[0, 0]), np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    angle = (-points.angle + np.pi if parity in MIRRORED else points.angle) + turn + (np.pi if parity > 1 else 0.0)
    components = unit(a.components * SIGNS[parity] + worn * rng.normal(size=a.components.shape) / 6)
    made = (one[order].astype(np.float32) for one in (xy, points.size * scale, angle))
    return View(Keypoints(*made, points.code), components[order], (240, 260))


def both(without, function, *given):
    """What either finds, which is the same."""
    ours, theirs = function(*given), without(function, *given)
    assert (ours is None) == (theirs is None)
    if ours is not None:
        for name, one, other in zip(ours._fields, ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other, name)
            assert type(one) is type(other) and getattr(one, "dtype", None) == getattr(other, "dtype", None)
    return ours


TURNED = np.array([[0.9, -0.3, 40.0], [0.3, 0.9, 5.0], [0, 0, 1]])
ASKEW = np.array([[1.2, 0.15, -30.0], [-0.1, 0.9, 9.0], [0, 0, 1]])
FLAT = np.array([[1.0, 0.0, 9.0], [0.0, 0.001, 60.0], [0, 0, 1]])


@pytest.mark.parametrize("count", [4, 5, 16, 17, 33, 250])
@pytest.mark.parametrize("parity", range(4))
@pytest.mark.parametrize("matrix", [np.eye(3), TURNED, ASKEW, FLAT])
def test_copies_are_aligned_the_same(without, count, parity, matrix):
    """By themselves, worn, where many keypoints are alike, and where half of them are missing."""
    rng, there = np.random.default_rng(count), []
    for kinds, worn, off in ((10**6, 0.0, 0.0), (10**6, 0.6, 1.0), (10**6, 1.2, 6.0), (count // 2 + 1, 0.0, 0.0)):
        a = view(rng, count, kinds)
        b = copied(a, rng, parity, matrix, worn, off)
        few = View(Keypoints(*(one[::2].copy() for one in a.keypoints)), a.components[::2].copy(), a.shape)
        for one, other in ((a, b), (b, a), (few, b), (b, few)):
            there += [both(without, align, one, other, SIGNS, parities) for parities in (range(4), (parity,), (3, 0))]
    assert (
        matrix is ASKEW
        or matrix is FLAT
        or (there[0] is not None and there[1] is not None and there[1].parity == parity)
    )
    assert matrix is not FLAT or count < 16 or there[1] is None


@pytest.mark.parametrize("scale", [0.04, 0.06])
def test_what_became_tiny_is_not_aligned(without, scale):
    rng = np.random.default_rng(0)
    a = view(rng, 40)
    b = copied(a, rng, 0, np.diag([scale, scale, 1]), 0.0, 0.0)
    assert (both(without, align, a, b, SIGNS, (0,), 0.1) is None) == (scale < 0.05)


def test_of_parities_that_as_many_agree_on_the_first_is_taken(without):
    """Half of the keypoints say that the picture is as it was, half that it was inverted."""
    rng = np.random.default_rng(0)
    a = view(rng, 18)
    points, same = a.keypoints, unit(a.components * (SIGNS[0] == SIGNS[2]))
    angle = points.angle + np.float32(np.pi) * (np.arange(18) % 2).astype(np.float32)
    one, other = a._replace(components=same), View(points._replace(angle=angle), same, SHAPE)
    for parities in ((0, 2), (2, 0), (3, 2, 1, 0)):
        found = both(without, align, one, other, SIGNS, parities)
        assert found is not None and len(found.inliers) >= 9
        assert found.parity == next(parity for parity in parities if parity in (0, 2))


@pytest.mark.parametrize("count", [6, 60, 250])
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_is_guessed_is_aligned_the_same(without, count, mirrored):
    rng = np.random.default_rng(count)
    a = view(rng, count)
    b = copied(a, rng, int(mirrored), TURNED, 1.3)
    found = both(without, align_near, a, b, SIGNS, TURNED @ np.diag([-1.0 if mirrored else 1, 1, 1]))
    assert found is not None and found.parity == int(mirrored)
    assert both(without, align_near, a, b, SIGNS, np.diag([9.0, 9.0, 1])) is None


def given(**changed):
    rng = np.random.default_rng(0)
    a, b = view(rng, 9), view(rng, 7)
    arrays = {
        **{f"a_{name}": getattr(a.keypoints, name) for name in ("xy", "size", "angle")},
        "a_components": a.components,
        **{f"b_{name}": getattr(b.keypoints, name) for name in ("xy", "size", "angle")},
        "b_components": b.components,
        "signs": SIGNS.copy(),
        "mirrored": np.zeros(4, bool),
        "inverted": np.zeros(4, bool),
        "parities": np.arange(4),
        "far": np.zeros((9, 7), bool),
        "pairs": np.zeros((9, 2), int),
        "inliers": np.zeros((9, 2), int),
        "matrix": np.zeros((3, 3)),
        "common_a": np.zeros(9, bool),
        "common_b": np.zeros(7, bool),
    }
    return arrays | changed


def aligned(counts=(4, 20, 64), **changed):
    rules, places = (0.6, 0.8, 1.6, 0.6, 36.0), (3.0, 200.0, 200.0, 200.0, 200.0)
    return kernels.compiled.align(*given(**changed).values(), counts, rules, places)


def test_what_does_not_fit_is_refused():
    assert aligned()[0] == 0 == aligned(far=np.zeros(0, bool))[0]
    for name, array in given().items():
        if name != "parities":
            with pytest.raises(ValueError, match="keypoints, their descriptors, and parities"):
                aligned(**{name: np.ravel(array)[1:].copy()})
    for wrong in (4, -1):
        with pytest.raises(ValueError, match="keypoints, their descriptors, and parities"):
            aligned(parities=np.array([0, wrong]))
    for counts in ((0, 20, 64), (4, 20, 0)):
        with pytest.raises(ValueError, match="keypoints, their descriptors, and parities"):
            aligned(counts)


def test_an_alignment_stays_within_its_arrays_whatever_these_hold():
    for filling in (np.nan, np.inf, -np.inf, 1e30):
        for name in ("a_xy", "a_size", "b_angle", "a_components", "b_components"):
            aligned((1, 20, 64), **{name: np.full_like(given()[name], filling)})


@pytest.mark.parametrize("count", [1, 2, 5, 6, 200])
def test_keypoints_agree_the_same(without, count):
    """Where nearly all of both pictures is in common, and hardly anything; under a perspective, and shrunk."""
    rng = np.random.default_rng(count)
    a = view(rng, 200)
    b = copied(a, rng, 0, TURNED, 0.5, 3.0)
    inliers = np.stack([rng.permutation(200)[:count], rng.integers(0, 200, count)], 1)
    for shares in ((0.6, 0.4), (0.01, 1.0), (0.05, 0.05)):
        common = [rng.random(200) <= share for share in shares]
        for one in common:
            one[0] = True
        found = Alignment(np.diag([1.1, 0.9, 1]), 2, inliers, 0.5, inliers, *common)
        for bent in (np.array([[0.9, 0.1, 3], [-0.2, 1.1, 7], [1e-4, 2e-4, 1]]), np.diag([2.0, 3.0, 1])):
            ours, theirs = (
                keypoint_measures(a, b, found, bent, SIGNS[2]),
                without(keypoint_measures, a, b, found, bent, SIGNS[2]),
            )
            assert ours == theirs and len(ours) == 15 and {type(value) for value in ours.values()} == {float}
            assert ours["common_more"] == max(one.sum() for one in common) and ours["off_0.9"] > 0


def test_what_does_not_agree_with_itself_is_refused():
    points = given()
    names = "a_xy", "a_size", "a_components", "b_xy", "b_components", "common_a", "common_b"
    arrays = {name: points[name] for name in names} | {
        "inliers": np.array([[8, 6], [0, 0]]),
        "registration": np.eye(3),
        "alignment": np.eye(3),
        "signs": SIGNS[0].copy(),
        "found": np.zeros(13),
    }
    kernels.compiled.keypoints(*arrays.values(), 0.5)
    for name, array in arrays.items():
        changed = arrays | {name: np.ravel(array)[1:].copy()}
        with pytest.raises(ValueError, match="inliers that are of these"):
            kernels.compiled.keypoints(*changed.values(), 0.5)
    for wrong in ([[9, 0]], [[0, 7]], [[-1, 0]], np.zeros((0, 2), int)):
        with pytest.raises(ValueError, match="inliers that are of these"):
            kernels.compiled.keypoints(*(arrays | {"inliers": np.array(wrong)}).values(), 0.5)
