"""Feature maps in, global descriptors out: R-MAC (Tolias, Sicre, Jegou 2016) and the poolings that it is compared with.

Each pooling takes a map to the vectors of its regions, of which all but R-MAC have one: the whole map. Region
vectors are normalised, perhaps whitened and normalised again, summed with weights, and the sum normalised.
"""

from typing import NamedTuple

import torch
from torch.nn import functional

from lookalike.transforms.functional.embedding.pooling import Pooling
from lookalike.transforms.functional.embedding.regions import region_grid

EPSILON = 1e-6
"""Guards the norm of a region that is all zeros: its descriptor stays zero."""


class Whitening(NamedTuple):
    """PCA-whitening of region vectors. mean: (channels,) float32; projection: (channels, dims) float32."""

    mean: torch.Tensor
    projection: torch.Tensor


def region_vectors(maps: torch.Tensor, pooling: Pooling) -> torch.Tensor:
    """(n, channels, h, w) maps -> (n, regions, channels), l2-normalised."""
    if pooling.kind == "rmac":
        pooled = _region_maxima(maps, pooling)
    elif pooling.kind == "max":
        pooled = maps.amax((2, 3))[:, None]
    elif pooling.kind == "avg":
        pooled = maps.mean((2, 3))[:, None]
    else:
        pooled = maps.clamp(min=EPSILON).pow(pooling.power).mean((2, 3)).pow(1 / pooling.power)[:, None]
    return functional.normalize(pooled, dim=2, eps=EPSILON)


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
        regions = functional.normalize((regions - whitening.mean) @ whitening.projection, dim=2, eps=EPSILON)
    if weights is not None:
        regions = regions * weights[:, None]
    return functional.normalize(regions.sum(1), dim=1, eps=EPSILON)


def pool(maps: torch.Tensor, pooling: Pooling, whitening: Whitening | None = None) -> torch.Tensor:
    """(n, channels, h, w) maps -> (n, dims) descriptors of unit length; dims is channels without whitening."""
    weights = None
    if pooling.kind == "rmac" and pooling.weights:
        grid = region_grid(maps.shape[2], maps.shape[3], pooling.levels, pooling.overlap)
        weights = torch.tensor([pooling.weights[region.level - 1] for region in grid], device=maps.device)
    return aggregate(region_vectors(maps, pooling), weights, whitening)
