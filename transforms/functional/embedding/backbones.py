"""The embedded backbone: a grey picture in, a feature map out, with no download.

A small residual network whose convolutions commute with the symmetries of the square (`dihedral`): the map of a turned
or mirrored picture is the turned or mirrored map. Its first layer answers to edges of either sign alike, so a negative
has the map of its positive. Both hold for any weights; what else a copy can be is learned
(`lookalike.pipelines.training.embedding.train`).
"""

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch.nn import functional

from lookalike.transforms.functional.embedding.dihedral import ORDER, expanded, folded, paired

BLOCKS = 3
STEM = ("stem1", "stem2", "stem3")
TOP = "top"
LAYERS = (*STEM, *(f"block{block}_{part}" for block in range(BLOCKS) for part in ("reduce", "mix", "expand")), TOP)
"""In order. The stem halves the picture three times; each block adds to its input what a bottleneck makes of it."""
TOP_PARTS = "top_even", "top_odd"
INTEGERS = (*STEM[1:], *(f"block{block}_mix" for block in range(BLOCKS)))
"""The layers with most products a pixel that lose next to nothing in 8 bits (`integers`)."""
LEAST_SIDE = 32
"""Smaller planes are refused: they have no region of interest."""

_AROUND = 17
"""Side, px, of the square whose mean and deviation a pixel is normalised with."""
_FLAT = 0.01
"""Added to the variance, in units of (64 grey levels) squared, so that noise on flat paper stays small."""


Rectifying = Callable[[torch.Tensor], torch.Tensor]
"""Maps through a layer, negative answers made nothing."""


class Kernels(NamedTuple):
    """One layer of all symmetries. weights: (8 * out, in, side, side); bias: (8 * out,). Of the top, which comes in two
    parts: (4 * out, 4 * in), and (out,), the same for all symmetries.
    """

    weights: torch.Tensor
    bias: torch.Tensor

    def convolved(self, x: torch.Tensor) -> torch.Tensor:
        """Maps through the layer; channels last in memory, in and out."""
        side = self.weights.shape[-1]
        if side == 1:  # as one product of matrices, which is faster on few pixels
            return functional.linear(x.permute(0, 2, 3, 1), self.weights.flatten(1), self.bias).permute(0, 3, 1, 2)
        x = x.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(x, self.weights, self.bias, *steps(side))

    def rectified(self, x: torch.Tensor) -> torch.Tensor:
        """The same, and negative answers are nothing."""
        return functional.relu(self.convolved(x))


def steps(side: int) -> tuple[int, int]:
    """Stride and padding of a layer with kernels of that side. Even ones halve the map: only then is the sampling
    symmetrical.
    """
    stride = 2 - side % 2
    return stride, (side - stride + 1) // 2


def of_all_symmetries(layers: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> dict[str, Kernels]:
    """Of each of LAYERS, (out, in, 1 or 8, side, side) and (out,) -> the layers that are computed, by name."""
    found = {
        name: Kernels(expanded(weights).contiguous(memory_format=torch.channels_last), bias.repeat(ORDER))
        for name, (weights, bias) in layers.items()
        if name != TOP
    }
    weights, bias = layers[TOP]
    for name, part in zip(TOP_PARTS, folded(weights.flatten(2)), strict=True):
        found[name] = Kernels(part, bias)
    return found


def local_contrast(planes: torch.Tensor) -> torch.Tensor:
    """(n, 1, h, w) grey planes in 0..255 -> the same less the mean of their surroundings, over its deviation."""
    with torch.autocast(planes.device.type, enabled=False):  # differences of close numbers
        scaled = planes / 64
        centred = scaled - _mean_around(scaled)
        return centred / (_mean_around(centred * centred) + _FLAT).sqrt()


def _mean_around(fields: torch.Tensor) -> torch.Tensor:
    down, across = (_averaging(length).to(fields.device) for length in fields.shape[2:])
    return down @ fields @ across.T


@functools.lru_cache(maxsize=64)
def _averaging(length: int) -> torch.Tensor:
    """(length, length) matrix that takes means over _AROUND neighbours, reflected at the ends."""
    padded = functional.pad(torch.eye(length), (_AROUND // 2, _AROUND // 2), mode="reflect")
    return functional.avg_pool1d(padded, _AROUND, 1).T.contiguous()


def answers(
    contrast: torch.Tensor, layers: Mapping[str, Kernels], integers: Mapping[str, Rectifying] = MappingProxyType({})
) -> torch.Tensor:
    """(n, 1, h, w) of `local_contrast` -> (n, h/8, w/8, ORDER / 2, channels): of each pair of symmetries half a turn
    apart the greater answer, before the bias, which is the same for all. layers: of `of_all_symmetries`. integers: some
    of INTEGERS, computed in another way.
    """
    rectified = {name: integers.get(name, layers[name].rectified) for name in layers}
    x = layers[STEM[0]].convolved(contrast).abs()
    for name in STEM[1:]:
        x = rectified[name](x)
    for block in range(BLOCKS):
        inner = rectified[f"block{block}_mix"](rectified[f"block{block}_reduce"](x))
        x = x + layers[f"block{block}_expand"].convolved(inner)
    even, odd = (
        functional.linear(part, layers[name].weights)
        for part, name in zip(paired(functional.relu(x).permute(0, 2, 3, 1)), TOP_PARTS, strict=True)
    )
    # the two answers of a pair are even + odd and even - odd
    folded: torch.Tensor = even.add_(odd.abs()).unflatten(3, (ORDER // 2, -1))  # type: ignore[no-untyped-call]
    return folded


class EmbeddedBackbone(torch.nn.Module):
    """Planes (n, 1, h, w), float32 grey in 0..255, h and w multiples of 8 from 32 -> maps (n, channels, h/8, w/8)."""

    def __init__(self, layers: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> None:
        """`layers`: of each of LAYERS, weights (out, in, 1 or 8, side, side) and bias (out,), float32."""
        super().__init__()
        computed = of_all_symmetries({name: layers[name] for name in LAYERS})
        self.names = list(computed)
        for name, (weights, bias) in computed.items():
            self.register_buffer(f"{name}_weights", weights)
            self.register_buffer(f"{name}_bias", bias)
        self.integers: dict[str, Rectifying] = {}

    @property
    def layers(self) -> dict[str, Kernels]:
        """As they are computed, by name."""
        return {name: Kernels(getattr(self, f"{name}_weights"), getattr(self, f"{name}_bias")) for name in self.names}

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Compute the feature map of planes.

        Raises:
            ValueError: planes under 32 px a side.
        """
        if min(planes.shape[2:]) < LEAST_SIDE:
            raise ValueError(f"the embedded backbone needs planes of 32 px a side, not {tuple(planes.shape[2:])}")
        layers = self.layers
        strongest = answers(local_contrast(planes), layers, self.integers).amax(3)
        return functional.relu_(strongest + layers[TOP_PARTS[0]].bias).permute(0, 3, 1, 2)
