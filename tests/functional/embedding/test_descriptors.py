"""R-MAC against the paper's formula, written down again with loops, and the grid of the published implementation."""

import math

import numpy as np
import pytest

from lookalike.transforms.functional.embedding.descriptors import (
    POOLED_BITS,
    Whitening,
    pool,
    region_vectors,
    unit,
    whole,
)
from lookalike.transforms.functional.embedding.pooling import POOLINGS, Pooling
from lookalike.transforms.functional.embedding.regions import region_grid


def published_grid(height, width, levels):
    """The regions of the published PyTorch implementation of R-MAC, its global region left out, spelled anew."""
    steps = np.arange(2, 8)
    short, long = min(height, width), max(height, width)
    between = (long - short) / (steps - 1)
    overlap = (short**2 - short * between) / short**2
    chosen = int(np.argmin(np.abs(overlap - 0.4)))
    extra_w = chosen + 1 if height < width else 0
    extra_h = chosen + 1 if height > width else 0
    regions = []
    for level in range(1, levels + 1):
        side = math.floor(2 * short / (level + 1))
        if side == 0:
            continue
        half = math.floor(side / 2 - 1)

        def starts(length, count, side=side, half=half):
            step = (length - side) / (count - 1) if count > 1 else 0
            return [math.floor(half + i * step) - half for i in range(count)]

        tops, lefts = starts(height, level + extra_h), starts(width, level + extra_w)
        regions += [(top, left, side) for top in tops for left in lefts]
    return regions


def test_grid_of_a_square_by_hand():
    assert region_grid(6, 6, 2) == [(0, 0, 6, 1), (0, 0, 4, 2), (0, 2, 4, 2), (2, 0, 4, 2), (2, 2, 4, 2)]


def test_grid_of_a_wide_map_by_hand():
    # one more region along the width: two of side 4 over 6 columns overlap by half, the nearest there is to 40 %
    assert region_grid(4, 6, 1) == [(0, 0, 4, 1), (0, 2, 4, 1)]


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(16, 16), (7, 7), (16, 24), (24, 16), (9, 31), (31, 9), (5, 6), (1, 1), (2, 9)])
def test_grid_is_the_published_one(size, levels):
    ours, theirs = region_grid(*size, levels), published_grid(*size, levels)
    assert len(ours) == len(theirs)
    for (top, left, side, _), (top_, left_, side_) in zip(ours, theirs, strict=True):
        assert side == side_
        # a lone region is centred by us and at the origin there, and they are the same where it fills the map
        assert abs(top - top_) <= 1 and abs(left - left_) <= 1


@pytest.mark.parametrize("size", [(16, 16), (9, 31), (31, 9), (1, 1), (3, 50)])
def test_regions_lie_inside(size):
    for top, left, side, _ in region_grid(*size, 4):
        assert top >= 0 and left >= 0 and top + side <= size[0] and left + side <= size[1]


def test_grid_refuses_nothing():
    with pytest.raises(ValueError, match="at least 1"):
        region_grid(0, 4, 3)


def test_neighbours_overlap_as_is_asked():
    # a map twice as wide as high: more regions where more overlap is wanted
    counts = [sum(r.level == 1 for r in region_grid(20, 40, 1, overlap)) for overlap in (0.0, 0.4, 0.6, 0.8)]
    assert counts == [2, 3, 4, 6]


def pooled_region(cut, pooling):
    """One (channels, h, w) region, channel by channel."""
    if pooling.kind == "avg":
        return np.array([channel.mean() for channel in cut], np.float64)
    if pooling.kind == "gem":
        powers = [np.mean(np.maximum(channel.astype(np.float64), 1e-6) ** pooling.power) for channel in cut]
        return np.array(powers) ** (1 / pooling.power)
    return np.array([channel.max() for channel in cut], np.float64)


def formula(feature_map, pooling, whitening):
    """Equations 1 to 3 of Tolias, Sicre, Jegou 2016 for one (channels, h, w) map, in float64 with loops; for the other
    poolings the same with the map as its only region.
    """
    whole = (0, 0, None, 1)
    grid = region_grid(*feature_map.shape[1:], pooling.levels) if pooling.kind == "rmac" else [whole]
    total = 0
    for top, left, side, level in grid:
        cut = feature_map if side is None else feature_map[:, top : top + side, left : left + side]
        region = pooled_region(cut, pooling)
        region = region / max(np.linalg.norm(region), 1e-6)
        if whitening is not None:
            region = (region - whitening.mean) @ whitening.projection
            region = region / max(np.linalg.norm(region), 1e-6)
        total = total + region * (pooling.weights[level - 1] if pooling.weights else 1)
    return total / max(np.linalg.norm(total), 1e-6)


def check(pooling, size, whiten):
    rng = np.random.default_rng(0)
    maps = rng.uniform(0, 1, (3, *size, 12)).astype(np.float32)
    whitening = Whitening.of(rng.uniform(0, 1, 12), rng.standard_normal((12, 8))) if whiten else None
    theirs = np.stack([formula(m.transpose(2, 0, 1), pooling, whitening) for m in maps])
    np.testing.assert_allclose(pool(maps, pooling, whitening), theirs, atol=2e-4)


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [(16, 16), (16, 24), (24, 16), (5, 21), (1, 1), (2, 3)])
@pytest.mark.parametrize("whiten", [False, True])
def test_rmac_equals_the_formula(size, levels, whiten):
    check(Pooling(levels=levels), size, whiten)


@pytest.mark.parametrize("kind", POOLINGS)
@pytest.mark.parametrize("size", [(16, 16), (16, 24), (5, 21), (1, 1)])
@pytest.mark.parametrize("whiten", [False, True])
def test_every_pooling_equals_its_formula(kind, size, whiten):
    check(Pooling(kind, power=2.5), size, whiten)


def test_levels_are_weighted():
    check(Pooling(levels=3, weights=(0.0, 1.0, 2.5)), (16, 24), True)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"weights": (1.0, 2.0)}, "must be 3 numbers"),
        ({"weights": (0.0, 0.0, 0.0)}, "must be 3 numbers"),
    ],
)
def test_wrong_poolings_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Pooling(**values)


def test_a_map_of_zeros_stays_zero():
    assert not pool(np.zeros((1, 8, 8, 4)), Pooling()).any()
    assert not region_vectors(np.zeros((1, 8, 8, 4)), Pooling()).any()


@pytest.mark.parametrize("kind", POOLINGS)
def test_the_order_of_sums_makes_no_difference(kind):
    """Places of a map are summed in turn, then channels, then regions: each in another order gives the same bytes."""
    rng = np.random.default_rng(0)
    maps = rng.integers(0, 256, (2, 12, 12, 720), np.uint8)
    mean, projection = rng.uniform(0, 1 / 30, 720), rng.standard_normal((720, 512))
    order = rng.permutation(720)
    found = pool(maps, Pooling(kind), Whitening.of(mean, projection))
    turned = pool(maps[:, ::-1, ::-1, order], Pooling(kind), Whitening.of(mean[order], projection[order]))
    assert found.dtype == np.float64 and np.array_equal(found, turned)


def test_the_last_bits_of_a_root_make_no_difference():
    rng = np.random.default_rng(0)
    sums = rng.integers(0, 144 * 255**3, (400, 720)).astype(np.float64)
    cubes = rng.integers(0, 2600, (400, 720)) ** 3.0
    for exact in (sums, cubes):
        roots = exact ** (1 / 3)
        expected = whole(roots, POOLED_BITS)
        for ulps in (-4, 4):
            assert np.array_equal(whole(roots * (1 + ulps * 2.0**-53), POOLED_BITS), expected)


def test_little_is_lost_by_rounding():
    x = np.random.default_rng(1).standard_normal((5, 300))
    x[0], x[1] = x[0] * 1e-12, x[1] * 1e12
    expected = x / np.linalg.norm(x, axis=1, keepdims=True)
    np.testing.assert_allclose(unit(x), expected, atol=1e-6)
    np.testing.assert_allclose(unit(x, POOLED_BITS), expected, atol=5e-5)
