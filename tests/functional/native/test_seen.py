"""What is measured of two registered planes is the same, in one kernel or in NumPy's steps."""

import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.images import ssim
from lookalike.transforms.functional.native import kernels
from lookalike.transforms.functional.registration.agreement import LOGARITHMS, Maps, compare
from lookalike.transforms.functional.registration.shown import RULES
from lookalike.transforms.functional.verification.measures.residuals import POWERS
from lookalike.transforms.functional.verification.seen import seen, seen_in_detail
from tests.synthetic import grey


def same(without, maps):
    """What both see, which is the same, in detail as well."""
    ours, theirs = seen(maps), without(seen, maps)
    assert ours == theirs and len(ours.measures) == 43
    assert {type(value) for value in ours.measures.values()} == {float}
    closer = seen_in_detail(maps)
    assert closer == without(seen_in_detail, maps) and closer.worst == ours.worst
    assert closer.measures.items() <= ours.measures.items() and len(closer.measures) == 10
    return ours


def test_flat_faint_and_differing_windows_are_measured_the_same(without, maps):
    found = same(without, maps)
    assert maps.totals.disagreeing and found.measures["lopsided"] > 0 and found.measures["only_more"] > 0
    assert (found.worst.structure < 0.9) == (len(maps.inner) > 1)


@pytest.mark.parametrize("shape", [(144, 144), (97, 131), (11, 11), (3, 300), (300, 2), (1, 500), (12, 700)])
@pytest.mark.parametrize("seed", range(3))
def test_planes_of_any_size_and_content_are_measured_the_same(without, shape, seed):
    rng = np.random.default_rng(seed)
    a = cv2.resize(grey(seed), shape[::-1], interpolation=cv2.INTER_AREA)
    others = (
        a,
        255 - a,
        np.full_like(a, 90),
        np.clip(a + rng.normal(0, 20, shape), 0, 255).astype(np.uint8),
        a // 64 * 64,
        np.roll(a, 5, 1),
        rng.integers(0, 256, shape, np.uint8),
    )
    moves = np.eye(3), np.array([[0.9, 0.1, 2.5], [-0.1, 0.9, 0], [0, 0, 1]]), np.diag([1, 0.8, 1])
    compared = [compare(one, other, move) for other in others for move in moves for one in (a, other)]
    found = [same(without, maps) for maps in compared if maps is not None]
    assert len(found) >= 14 and len({one.measures["residual"] for one in found}) > 1


@pytest.mark.parametrize("share", [0, 0.02, 0.2, 0.4, 0.6, 1])
def test_blocks_of_any_form_are_measured_the_same(without, maps, share):
    """Also where many are as large: the first counts."""
    rng, shape = np.random.default_rng(7), maps.inner.shape
    for where in (rng.random(shape) < share, cv2.blur(rng.random(shape), (5, 5)) < 0.3 + share / 3):
        maps.kinds[1:] = where, where, rng.random(shape) < share, ~where
        measures = same(without, maps).measures
        assert (measures["both_windows"] > 0) == where.any()
        assert measures["both_share"] == where.sum() / max(maps.totals.textured, 1.0)


def test_of_boxes_that_are_as_bad_the_first_is_told(without, maps):
    maps.terms = maps.terms._replace(structure=np.full_like(maps.terms.structure, 0.25))
    assert same(without, maps).worst.structure in (0.25, 1.0)


@pytest.mark.parametrize("kinds", [1, 2, 3, 20, 255])
def test_few_greys_and_many_are_mapped_the_same(without, kinds):
    """Onto what a curve makes of them, and onto noise; whichever of the two has more."""
    rng = np.random.default_rng(kinds)
    a = rng.permutation(256)[:kinds].astype(np.uint8)[rng.integers(0, kinds, (120, 90))]
    curve = np.rint(255 * (np.arange(256) / 255) ** 1.7).astype(np.uint8)
    for other in (curve[a], 255 - curve[a], rng.integers(0, 256, a.shape, np.uint8)):
        for one, onto in ((a, other), (other, a)):
            mask = (rng.random(a.shape) > 0.2).astype(np.uint8)
            measures = same(without, Maps(one, onto, mask, np.ones((60, 45), bool), 1.0, 1.0)).measures
            assert other is not curve[a] or kinds < 255 or measures["residual"] < 3


def given(maps, **changed):
    arrays = {
        "moved": maps.moved,
        "plane": maps.plane,
        "mask": maps.mask,
        "inner": maps.inner,
        "structure": maps.terms.structure,
        "a": maps.terms.deviation_a,
        "b": maps.terms.deviation_b,
        "strengths": maps.strengths,
        "kinds": maps.kinds,
        "totals": np.array(maps.totals),
        "rules": RULES,
        "taps": ssim.HALF,
        "logarithms": LOGARITHMS,
        "powers": POWERS,
        "found": np.zeros(46),
    }
    return arrays | changed


def measured(maps, shape=(40, 51), **changed):
    kernels.compiled.measures(*given(maps, **changed).values(), *shape)


def test_what_does_not_fit_is_refused():
    plane = grey(0)[:40, :51].copy()
    maps = compare(plane, plane, np.eye(3))
    assert maps is not None
    measured(maps)
    for name, array in given(maps).items():
        if name != "found":
            with pytest.raises(ValueError, match=f"an array of {array.nbytes} bytes"):
                measured(maps, **{name: np.ravel(array)[1:].copy()})
    for room in (0, 12, 47):
        with pytest.raises(ValueError, match="room for all measures"):
            measured(maps, found=np.zeros(room))
    for shape in ((0, 51), (40, -1), (1 << 15, 1 << 14)):
        with pytest.raises(ValueError, match="planes are needed"):
            measured(maps, shape)


def test_measures_stay_within_their_arrays_whatever_these_hold():
    """Kinds that are neither 0 nor 1, and numbers that are none."""
    plane = grey(0)[:40, :51].copy()
    maps = compare(plane, plane, np.eye(3))
    assert maps is not None
    bytes_ = np.random.default_rng(0).integers(0, 256, maps.kinds.shape, np.uint8)
    for filling in (np.nan, np.inf, -np.inf, 1e30, -1e30):
        maps.strengths[:] = filling
        for array in maps.terms:
            array[:] = filling
        measured(maps, kinds=bytes_, inner=bytes_[0].copy())
