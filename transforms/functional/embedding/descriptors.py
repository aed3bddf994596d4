"""Feature maps in, global descriptors out: R-MAC (Tolias, Sicre, Jegou 2016) and the poolings that it is compared with.

Each pooling takes a map to the vectors of its regions, of which all but R-MAC have one: the whole map. Region
vectors are normalised, perhaps whitened and normalised again, summed with weights, and the sum normalised.

Sums are of whole numbers that 64-bit floats hold, so their order makes no difference, which is another one on each kind
of processor. What lies between sums is divided, and roots are drawn of it, as IEEE 754 says.

Cubes of bytes are added up in `functional/native/cubes.c`, or, where that was not built, here: with the same result.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.embedding.regions import region_grid
from lookalike.transforms.functional.native.kernels import compiled

POOLED_BITS = 14
"""Of pooled values. Processors may give a root another last bit; but the cube root of a whole number never lies so near
to the middle between two numbers of 14 bits that this would round it to another one.
"""
BITS = 20
"""Of all other vectors: products of two, summed over 8,192 elements, have at most 53."""
REGION_UNIT = 2.0**24
"""Region vectors are summed in whole numbers of so small a part."""


class Whitening(NamedTuple):
    """Whitening of region vectors. mean: (channels,) float64. projection: (channels, dims) float64, whole numbers."""

    mean: np.ndarray
    projection: np.ndarray

    @classmethod
    def of(cls, mean: np.ndarray, projection: np.ndarray) -> "Whitening":
        """Any mean and projection; the descriptors have unit length, so the size of the projection does not matter."""
        return cls(
            mean.astype(np.float64), whole(projection.astype(np.float64).ravel(), BITS).reshape(projection.shape)
        )


def whole(x: np.ndarray, bits: int) -> np.ndarray:
    """(..., d) float64 vectors -> each times a power of two and rounded: whole numbers of so many bits."""
    _, exponent = np.frexp(np.abs(x).max(-1, keepdims=True))
    rounded: np.ndarray = np.rint(x * np.ldexp(1.0, bits - exponent))
    return rounded


def unit(x: np.ndarray, bits: int = BITS) -> np.ndarray:
    """(..., d) float64 vectors, rounded to so many bits -> the same of unit length; zeros stay zeros."""
    rounded = whole(x, bits)
    vectors: np.ndarray = rounded / np.maximum(np.sqrt((rounded * rounded).sum(-1, keepdims=True)), 1)
    return vectors


def over_scales(descriptors: Sequence[np.ndarray]) -> np.ndarray:
    """(n, dims) float64 descriptors of the same pictures at each scale -> their sums, of unit length; those of a single
    scale as they are.
    """
    return unit(sum(descriptors[1:], descriptors[0])) if len(descriptors) > 1 else descriptors[0]


def region_vectors(maps: np.ndarray, pooling: Pooling) -> np.ndarray:
    """(n, h, w, channels) maps -> (n, regions, channels) float64, l2-normalised. Means are left as sums."""
    if pooling.kind == "rmac":
        pooled = _region_maxima(maps, pooling)
    elif pooling.kind == "max":
        pooled = maps.max((1, 2))[:, None]
    elif pooling.kind == "avg":
        pooled = maps.sum((1, 2), np.float64)[:, None]
    else:
        sums = _cubes(maps) if pooling.power == 3 else _powers(maps, pooling.power)
        pooled = sums[:, None] ** (1 / pooling.power)
    return unit(pooled.astype(np.float64), POOLED_BITS)


def _cubes(maps: np.ndarray) -> np.ndarray:
    """(n, h, w, channels) -> (n, channels) float64, their sums."""
    if compiled is None or maps.dtype != np.uint8 or not maps.size:
        return _cubes_slowly(maps)
    count, height, width, channels = maps.shape
    sums = np.empty((count, channels))
    compiled.cubes(np.ascontiguousarray(maps), sums, height * width, channels)
    return sums


def _cubes_slowly(maps: np.ndarray) -> np.ndarray:
    values = np.maximum(maps.astype(np.float64), 0)
    # products are exact, and take a tenth of the time of what any power takes
    return np.asarray((values * values * values).sum((1, 2)))


def _powers(maps: np.ndarray, power: float) -> np.ndarray:
    return np.asarray((np.maximum(maps.astype(np.float64), 0) ** power).sum((1, 2)))


def _region_maxima(maps: np.ndarray, pooling: Pooling) -> np.ndarray:
    """Maxima (Tolias et al., equation 1) over the grid. The maximum is separable: rows first, shared by all regions
    of one band of rows, then columns.
    """
    rows: dict[tuple[int, int], np.ndarray] = {}
    pooled = []
    for top, left, side, _ in region_grid(maps.shape[1], maps.shape[2], pooling.levels, pooling.overlap):
        if (top, side) not in rows:
            rows[top, side] = maps[:, top : top + side].max(1)
        pooled.append(rows[top, side][:, left : left + side].max(1))
    return np.stack(pooled, 1)


def aggregate(regions: np.ndarray, weights: np.ndarray | None, whitening: Whitening | None) -> np.ndarray:
    """(n, regions, channels) normalised vectors, and perhaps (regions,) weights -> (n, dims) descriptors."""
    if whitening is not None:
        flat = whole(regions - whitening.mean, BITS).reshape(-1, regions.shape[2])
        regions = unit(flat @ whitening.projection).reshape(*regions.shape[:2], -1)
    if weights is not None:
        regions = regions * weights[:, None]
    return unit(np.rint(regions * REGION_UNIT).sum(1))


def pool(maps: np.ndarray, pooling: Pooling, whitening: Whitening | None = None) -> np.ndarray:
    """(n, h, w, channels) maps -> (n, dims) float64 descriptors of unit length; dims is channels without whitening."""
    weights = None
    if pooling.kind == "rmac" and pooling.weights:
        grid = region_grid(maps.shape[1], maps.shape[2], pooling.levels, pooling.overlap)
        weights = np.array([pooling.weights[region.level - 1] for region in grid])
    return aggregate(region_vectors(maps, pooling), weights, whitening)
