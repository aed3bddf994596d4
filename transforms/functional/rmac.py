"""R-MAC (Tolias, Sicre, Jegou 2016): a feature map in, one global descriptor out."""

from typing import NamedTuple

import torch
from torch.nn import functional

from transforms.functional.regions import region_grid

EPSILON = 1e-6
"""Guards the norm of a region that is all zeros: its descriptor stays zero."""


class Whitening(NamedTuple):
    """PCA-whitening of region descriptors. mean: (channels,) float32; projection: (channels, dims) float32."""

    mean: torch.Tensor
    projection: torch.Tensor


def region_descriptors(maps: torch.Tensor, levels: int) -> torch.Tensor:
    """(n, channels, h, w) maps -> (n, regions, channels) l2-normalised maxima (equation 1) of the region grid.

    The maximum is separable: rows first, shared by all regions of one band of rows, then columns.
    """
    channels_last = maps.permute(0, 2, 3, 1).contiguous()
    rows: dict[tuple[int, int], torch.Tensor] = {}
    pooled = []
    for top, left, side in region_grid(maps.shape[2], maps.shape[3], levels):
        if (top, side) not in rows:
            rows[top, side] = channels_last[:, top : top + side].amax(1)
        pooled.append(rows[top, side][:, left : left + side].amax(1))
    return functional.normalize(torch.stack(pooled, 1), dim=2, eps=EPSILON)


def rmac(maps: torch.Tensor, levels: int, whitening: Whitening | None = None) -> torch.Tensor:
    """(n, channels, h, w) -> (n, dims): regions are whitened and normalised again, summed, and the sum normalised."""
    regions = region_descriptors(maps, levels)
    if whitening is not None:
        regions = functional.normalize((regions - whitening.mean) @ whitening.projection, dim=2, eps=EPSILON)
    return functional.normalize(regions.sum(1), dim=1, eps=EPSILON)
