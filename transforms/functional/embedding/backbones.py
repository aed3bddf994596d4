"""The embedded backbone: a colour picture in, a feature map out, with no download.

The trunk of EfficientNet-Lite2 (Tan, Le 2019; without what 8-bit integers can't do) up to the expansion of its first
block of stride 32, fine-tuned on copies (`lookalike.pipelines.training.embedding.train`). All of it is whole numbers:
weights are steps of a 127th of the greatest of their channel, maps after ReLU6 steps of 6 / 255, what goes from block
to block steps of its own. Here they are computed in floats that are rounded to these steps, in `integers` by integers.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch.nn import functional

MEAN, DEVIATION = 127, 128
"""Of the pictures that the trunk was trained with."""
LEAST_SIDE = 32
"""Smaller planes are refused: their map has less than two cells a side."""
MULTIPLE = 16
"""Of which the sides of planes are multiples: the map has a cell for each square of so many px."""


class Layer(NamedTuple):
    """One convolution, in whole numbers.

    weights: (out, in or 1, side, side) in -127..127; as many as outputs and one input each, where it is a depthwise
    one. scales: (out,) of them. bias: (out,). stride: of the convolution. step, zero: an output of u, in 0..255, stands
    for (u - zero) * step. block: outputs of the same block go from layer to layer. adds: the block's input is added
    to the output, which both have one shape.
    """

    weights: torch.Tensor
    scales: torch.Tensor
    bias: torch.Tensor
    stride: int
    step: float
    zero: int
    block: int
    adds: bool

    @property
    def padding(self) -> int:
        """Of the convolution, on every side."""
        return self.weights.shape[-1] // 2

    @property
    def groups(self) -> int:
        """Of the convolution."""
        return len(self.weights) if self.weights.shape[1] == 1 else 1


def rounded(x: torch.Tensor, layer: Layer) -> torch.Tensor:
    """Outputs of a layer, in the nearest of its steps: what is beyond them is cut."""
    return (x / layer.step).round().clamp(-layer.zero, 255 - layer.zero) * layer.step


class EmbeddedBackbone(torch.nn.Module):
    """Planes (n, 3, h, w), float32 RGB in 0..255, sides from 32 px -> maps (n, channels, h / 16, w / 16), float32."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """`layers`: in order."""
        super().__init__()
        self.layers = list(layers)
        for number, layer in enumerate(layers):
            weights = (layer.weights * layer.scales[:, None, None, None]).contiguous(memory_format=torch.channels_last)
            self.register_buffer(f"weights{number}", weights)
            self.register_buffer(f"bias{number}", layer.bias)
        self.integers: Callable[[torch.Tensor], torch.Tensor] | None = None

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """Compute the feature map of planes.

        Raises:
            ValueError: planes under 32 px a side.
        """
        if min(planes.shape[2:]) < LEAST_SIDE:
            raise ValueError(f"the embedded backbone needs planes of 32 px a side, not {tuple(planes.shape[2:])}")
        whole = planes.round()
        if self.integers is not None:
            return self.integers(whole)
        entered = x = (whole - MEAN) / DEVIATION
        for number, layer in enumerate(self.layers):
            if number and layer.block != self.layers[number - 1].block:
                entered = x
            weights, bias = getattr(self, f"weights{number}"), getattr(self, f"bias{number}")
            x = functional.conv2d(x, weights, bias, layer.stride, layer.padding, groups=layer.groups)
            x = rounded(x + entered if layer.adds else x, layer)
        return x
