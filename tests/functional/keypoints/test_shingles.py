import cv2
import numpy as np
import pytest

from lookalike.transforms.functional.keypoints import keypoints as kp
from lookalike.transforms.functional.keypoints import shingles as sh
from lookalike.transforms.weights import keypoint_axes
from tests.synthetic import draw_picture


def stored(grey, limit=250):
    return kp.unpack(kp.pack(kp.detect(grey, keypoint_axes(), limit)))


def grey(number):
    return cv2.cvtColor(draw_picture(number, 240, 200), cv2.COLOR_RGB2GRAY)


def jaccard(a, b):
    return sh.jaccard(a.tokens, b.tokens)


def made(picture):
    return sh.shingles(stored(picture), keypoint_axes())


def test_tokens_are_distinct_and_in_order_and_no_more_than_neighbours():
    points = stored(grey(0))
    found = sh.shingles(points, keypoint_axes())
    assert found.tokens.dtype == found.residual.dtype == np.uint32
    assert (np.diff(found.tokens.astype(np.int64)) > 0).all()
    assert len(points.xy) < len(found.tokens) <= sh.NEIGHBOURS * len(points.xy)


def test_the_shingles_of_two_sets_of_keypoints_are_those_of_both_in_order():
    some, others, nothing = made(grey(0)), made(grey(1)), sh.Shingles(np.zeros(0, np.uint32), np.zeros(0, np.uint32))
    shared = sh.Shingles(some.tokens[::3], some.residual[::3] ^ np.uint32(1))
    both = sh.union(some, sh.union(others, shared))
    np.testing.assert_array_equal(both.tokens, np.union1d(some.tokens, others.tokens))
    np.testing.assert_array_equal(both.residual[np.isin(both.tokens, some.tokens)], some.residual)
    for left, right in ((some, nothing), (nothing, some)):
        np.testing.assert_array_equal(sh.union(left, right), some)


@pytest.mark.parametrize(
    ("edit", "parity"),
    [
        (lambda p: p[:, ::-1], 1),
        (lambda p: 255 - p, 2),
        (lambda p: 255 - p[:, ::-1], 3),
        (lambda p: np.rot90(p), 0),
        (lambda p: np.rot90(p)[::-1], 1),
        (lambda p: p[10:, 16:], 0),
    ],
)
def test_copies_share_shingles_and_their_rest(edit, parity):
    own, copied, strange = made(grey(3)), made(np.ascontiguousarray(edit(grey(3)))), made(grey(4))
    assert jaccard(own, copied) > 0.2 > 0.01 > jaccard(own, strange)
    _, i, j = np.intersect1d(own.tokens, copied.tokens, return_indices=True)
    assert np.median(np.bitwise_count((own.residual[i] ^ copied.residual[j]) & sh.KEPT)) <= 2
    assert np.bincount(sh.parities(own.residual[i]) ^ sh.parities(copied.residual[j])).argmax() == parity


def test_an_exactly_mirrored_set_of_keypoints_has_the_same_shingles():
    """Not through a picture: SIFT itself is not exactly symmetrical."""
    axes, points = keypoint_axes(), stored(grey(5))
    odd = axes.parity[1] < 0
    mirrored = points._replace(
        xy=points.xy * (-1, 1) + (4096, 0),
        angle=np.float32(np.pi) - points.angle,
        code=np.where(odd, 15 - points.code, points.code).astype(np.uint8),
    )
    own, other = sh.shingles(points, axes), sh.shingles(mirrored, axes)
    # angles on the border of a step may fall to either side of it
    assert jaccard(own, other) > 0.95


def test_the_order_of_keypoints_says_nothing():
    axes, points = keypoint_axes(), stored(grey(6))
    order = np.random.default_rng(0).permutation(len(points.xy))
    again = sh.shingles(kp.Keypoints(*(field[order] for field in points)), axes)
    assert jaccard(sh.shingles(points, axes), again) > 0.95  # equally near neighbours apart


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_few_keypoints_have_few_shingles(count):
    points = kp.Keypoints(*(field[:count] for field in stored(grey(7))))
    found = sh.shingles(points, keypoint_axes())
    assert len(found.tokens) == len(found.residual) <= count * max(0, count - 1)


def test_chance_falls_with_every_bit():
    assert list(sh.CHANCE) == sorted(sh.CHANCE) and sh.CHANCE[-1] < sh.MEET


@pytest.mark.parametrize("native", [True, False])
def test_jaccard_is_that_of_sets(native, monkeypatch):
    if not native:
        monkeypatch.setattr(sh, "compiled", None)
    a, b = np.array([1, 2, 5], np.uint32), np.array([2, 5, 8, 9], np.uint32)
    assert sh.jaccard(a, b) == pytest.approx(2 / 5) and sh.jaccard(a[:0], b[:0]) == 0
