"""Feature maps in, global descriptors out: R-MAC (Tolias, Sicre, Jegou 2016) and the poolings that it is compared with.

Each pooling takes a map to the vectors of its regions, of which all but R-MAC have one: the whole map. Region
vectors are normalised, perhaps whitened and normalised again, summed with weights, and the sum normalised.

Sums are of whole numbers that 64-bit floats hold, so their order makes no difference, which is another one on each kind
of processor. What lies between sums is divided, and roots are drawn of it, as IEEE 754 says.
"""

from typing import NamedTuple

import torch

from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.embedding.regions import region_grid

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

    mean: torch.Tensor
    projection: torch.Tensor

    @classmethod
    def of(cls, mean: torch.Tensor, projection: torch.Tensor) -> "Whitening":
        """Any mean and projection; the descriptors have unit length, so the size of the projection does not matter."""
        return cls(mean.double(), whole(projection.double().flatten(), BITS).reshape(projection.shape))


def whole(x: torch.Tensor, bits: int) -> torch.Tensor:
    """(..., d) float64 vectors -> each times a power of two and rounded: whole numbers of so many bits."""
    largest = x.abs().amax(-1, keepdim=True)
    power = torch.where(largest > 0, largest / torch.frexp(largest).mantissa, 1.0)
    return (x * (2.0**bits / power)).round()


def unit(x: torch.Tensor, bits: int = BITS) -> torch.Tensor:
    """(..., d) float64 vectors, rounded to so many bits -> the same of unit length; zeros stay zeros."""
    rounded = whole(x, bits)
    return rounded / (rounded * rounded).sum(-1, keepdim=True).sqrt().clamp(min=1)


def region_vectors(maps: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """(n, channels, h, w) maps -> (n, regions, channels) float64, l2-normalised. Means are left as sums."""
    if pooling.kind == "rmac":
        pooled = _region_maxima(maps, pooling)
    elif pooling.kind == "max":
        pooled = maps.amax((2, 3))[:, None]
    elif pooling.kind == "avg":
        pooled = maps.double().sum((2, 3))[:, None]
    else:
        pooled = maps.double().clamp(min=0).pow(pooling.power).sum((2, 3)).pow(1 / pooling.power)[:, None]
    return unit(pooled.double(), POOLED_BITS)


def _region_maxima(maps: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """Maxima (Tolias et al., equation 1) over the grid. The maximum is separable: rows first, shared by all regions
    of one band of rows, then columns.
    """
    channels_last = maps.permute(0, 2, 3, 1).contiguous()
    rows: dict[tuple[int, int], torch.Tensor] = {}
    pooled = []
    for top, left, side, _ in region_grid(maps.shape[2], maps.shape[3], pooling.levels, pooling.overlap):
        if (top, side) not in rows:
            rows[top, side] = channels_last[:, top : top + side].amax(1)
        pooled.append(rows[top, side][:, left : left + side].amax(1))
    return torch.stack(pooled, 1)


def aggregate(regions: torch.Tensor, weights: torch.Tensor | None, whitening: Whitening | None) -> torch.Tensor:
    """(n, regions, channels) normalised vectors, and perhaps (regions,) weights -> (n, dims) descriptors."""
    if whitening is not None:
        regions = unit(whole(regions - whitening.mean, BITS) @ whitening.projection)
    if weights is not None:
        regions = regions * weights[:, None]
    return unit((regions * REGION_UNIT).round().sum(1))


def pool(maps: torch.Tensor, pooling: Pooling, whitening: Whitening | None = None) -> torch.Tensor:
    """(n, channels, h, w) maps -> (n, dims) float64 descriptors of unit length; dims is channels without whitening."""
    weights = None
    if pooling.kind == "rmac" and pooling.weights:
        grid = region_grid(maps.shape[2], maps.shape[3], pooling.levels, pooling.overlap)
        weights = torch.tensor([pooling.weights[region.level - 1] for region in grid], dtype=torch.float64)
    return aggregate(region_vectors(maps, pooling), weights, whitening)
