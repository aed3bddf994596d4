"""The embedded backbone: a colour picture in, a feature map out, with no download.

The trunk of EfficientNet-Lite2 (Tan, Le 2019; without what 8-bit integers can't do) up to the expansion of its first
block of stride 32, fine-tuned on copies (`lookalike.pipelines.training.embedding.train`). All of it is whole numbers,
and what a sum is multiplied by is a whole number of a small power of two (Jacob et al. 2018, section 2.2), so that no
operation here rounds but the one that is meant to. Any processor gives the same map, in whatever order it adds: here it
is computed in floats, in `integers` by integers.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch.nn import functional

from lookalike.transforms.functional.embedding.layers import MEAN, check_size

MULTIPLE = 16
"""Of which the sides of planes are multiples: the map has a cell for each square of so many px."""
LARGEST_WEIGHT = 64
"""Of weights, in whole numbers: processors without VNNI add two products of a weight and a map's value in 16 bits."""
FLOAT_BITS = 24
"""Whole numbers of so many bits are exact in 32-bit floats."""


class Layer(NamedTuple):
    """One convolution, from whole numbers in 0..255 to whole numbers in 0..255.

    weights: (out, in or 1, side, side), whole numbers up to LARGEST_WEIGHT; as many as outputs and one input each,
    where it is a depthwise one. scales, bias: (out,); an output is the sum of products times its scale, plus its bias,
    rounded, plus zero, and cut to 0..255. stride: of the convolution. zero: the output that stands for 0. block:
    outputs of the same block go from layer to layer. share: so much of the block's input is added to the output before
    it is rounded; 0 where the two differ in shape.
    """

    weights: torch.Tensor
    scales: torch.Tensor
    bias: torch.Tensor
    stride: int
    zero: int
    block: int
    share: float

    @property
    def padding(self) -> int:
        """Of the convolution, on every side."""
        return self.weights.shape[-1] // 2

    @property
    def groups(self) -> int:
        """Of the convolution."""
        return len(self.weights) if self.weights.shape[1] == 1 else 1

    @property
    def largest(self) -> torch.Tensor:
        """(out,) of what is summed, scaled or added, where that is not cut off in the end."""
        return 256 + self.bias.abs() + 128 * self.share


def is_exact(layer: Layer) -> bool:
    """Can 32-bit floats and integers hold all that comes between a layer's inputs and its outputs?"""
    units = 2.0 ** (FLOAT_BITS - layer.largest.log2().ceil())
    parts = [layer.weights, layer.scales * units, layer.bias * units, torch.tensor(layer.share * 2**8)]
    return (
        all(torch.equal(part, part.round()) for part in parts)
        and float(layer.weights.abs().max()) <= LARGEST_WEIGHT
        and float(layer.weights.abs().flatten(1).sum(1).max()) * 255 < 2**FLOAT_BITS
        and layer.zero % 2 == 0  # an odd one would turn ties, which are rounded to even numbers
    )


class EmbeddedBackbone(torch.nn.Module):
    """Planes (n, 3, h, w), float32 RGB in 0..255, sides from 32 px -> maps (n, channels, h / 16, w / 16), uint8."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """`layers`: in order."""
        super().__init__()
        self.layers = list(layers)
        for number, layer in enumerate(layers):
            self.register_buffer(f"weights{number}", layer.weights.contiguous(memory_format=torch.channels_last))
            self.register_buffer(f"scales{number}", layer.scales[:, None, None])
            self.register_buffer(f"bias{number}", layer.bias[:, None, None])

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Compute the feature map of planes.

        Raises:
            ValueError: planes under 32 px a side.
        """
        check_size(*planes.shape[2:])
        entered = x = planes.round() - MEAN
        for number, layer in enumerate(self.layers):
            if number and layer.block != self.layers[number - 1].block:
                entered = x
            weights, scales, bias = (getattr(self, f"{name}{number}") for name in ("weights", "scales", "bias"))
            sums = functional.conv2d(x, weights, None, layer.stride, layer.padding, groups=layer.groups)
            x = torch.addcmul(bias, sums, scales)
            if layer.share:
                x.add_(entered, alpha=layer.share)
            x.round_().clamp_(-layer.zero, 255 - layer.zero)
        return (x + layer.zero).to(torch.uint8)
