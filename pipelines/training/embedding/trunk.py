"""The trunk of EfficientNet-Lite as it is learned: 8-bit arithmetic is rehearsed in every step.

A trunk is a stem and inverted bottlenecks (Sandler et al. 2018) up to the expansion of the first block of stride 32, so
its map has a sixteenth of the picture's sides. Batch normalisation is folded into gains and biases. Maps after ReLU6
are whole numbers of 6 / 255, what goes from block to block whole numbers of a step of its own, and weights whole
numbers of a 127th of the greatest of their channel; gradients pass the rounding as if it were not there (Jacob et al.
2018), and so the network that ships computes in integers what was learned.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

SIX = 6 / 255
"""The step of maps after ReLU6."""
EPSILON = 1e-3
"""Of the batch normalisation of EfficientNet-Lite."""
BYTES = 127
"""Steps to either side of 0, of weights and of what goes from block to block."""

Stored = tuple[torch.Tensor, torch.Tensor, int, float, bool]
"""A convolution: weights, bias, stride, step or 0 after ReLU6, whether it adds its block's input."""


class Convolution(nn.Module):
    """One convolution. rectified: ReLU6 follows it. step: of its output, or 0."""

    def __init__(self, weights: torch.Tensor, gain: torch.Tensor, bias: torch.Tensor, stride: int, step: float) -> None:
        super().__init__()
        # kernels of one size, and what their size was apart: an optimiser's steps are of one size, too
        size = weights.square().flatten(1).sum(1).sqrt().clamp(min=1e-6)
        self.weights = nn.Parameter(weights / size[:, None, None, None])
        self.growth, self.bias = nn.Parameter(torch.zeros_like(gain)), nn.Parameter(bias.clone())
        self.gain: torch.Tensor
        self.register_buffer("gain", gain * size)
        self.stride, self.rectified, self.adds = stride, step == 0, False
        self.step = step
        self.layout = torch.channels_last
        self.groups = len(weights) if weights.shape[1] == 1 and weights.shape[-1] > 1 else 1

    def folded(self) -> torch.Tensor:
        """Weights as they are used, before rounding: float32."""
        return self.weights * (self.gain * (1 + self.growth))[:, None, None, None]

    def rounded(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Weights in whole numbers, and the size of one of each channel."""
        weights = self.folded()
        steps = weights.detach().flatten(1).abs().amax(1).clamp(min=1e-9) / BYTES
        return weights / steps[:, None, None, None], steps

    def prepare(self, dtype: torch.dtype) -> None:
        """Round the weights as they are now, for all calls of `forward` until they change."""
        weights, steps = self.rounded()
        weights = (weights + (weights.round() - weights).detach()) * steps[:, None, None, None]
        self.ready = weights.to(dtype, memory_format=self.layout), self.bias.to(dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps through it, and rounded if it ends in ReLU6."""
        side = self.weights.shape[-1]
        x = functional.conv2d(x, *self.ready, self.stride, side // 2, groups=self.groups)
        return torch.fake_quantize_per_tensor_affine(x, SIX, 0, 0, 255) if self.rectified else x


class Trunk(nn.Module):
    """Pictures (n, 3, h, w) in 0..255, sides multiples of 16 -> maps (n, channels, h/16, w/16), in steps of SIX."""

    def __init__(self, convolutions: list[list[Convolution]]) -> None:
        """Of each block its convolutions; the stem and the last expansion are blocks of one."""
        super().__init__()
        self.blocks: Any = nn.ModuleList(nn.ModuleList(block) for block in convolutions)

    def prepare(self, dtype: torch.dtype) -> None:
        """Round all weights; see `Convolution.prepare`."""
        for block in self.blocks:
            for convolution in block:
                convolution.prepare(dtype)

    def stored(self) -> list[list[Stored]]:
        """What a checkpoint keeps."""
        return [
            [
                (c.folded().detach().cpu(), c.bias.detach().cpu(), c.stride, 0.0 if c.rectified else c.step, c.adds)
                for c in block
            ]
            for block in self.blocks
        ]

    def forward(self, pictures: torch.Tensor, fit: bool = False) -> torch.Tensor:
        """See the class. fit: set the steps between blocks so that nine of ten of these pictures stay within."""
        x = (pictures - 127) / 128
        for block in self.blocks:
            inside = x
            for convolution in block:
                inside = convolution(inside)
            last = block[-1]
            if not last.rectified:
                # the sum is rounded, not what is added: integers add before they are scaled
                inside = inside + x if last.adds else inside
                if fit:
                    last.step = float(inside.detach().float().abs().amax((1, 2, 3)).quantile(0.9)) / BYTES
                inside = torch.fake_quantize_per_tensor_affine(inside, last.step, 0, -BYTES - 1, BYTES)
            x = inside
        return x


def _folded(
    state: Mapping[str, torch.Tensor], convolution: str, norm: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    gain = state[f"{norm}.weight"] / (state[f"{norm}.running_var"] + EPSILON).sqrt()
    return state[f"{convolution}.weight"], gain, state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * gain


def trunk_of(state: Mapping[str, torch.Tensor]) -> Trunk:
    """The state dict of an EfficientNet-Lite -> its trunk, with steps that pictures have yet to set."""
    blocks = [[Convolution(*_folded(state, "_conv_stem", "_bn0"), 2, 0)]]
    for name, stride, adds in _block_names(state):
        convolutions = []
        if f"{name}._expand_conv.weight" in state:
            convolutions.append(Convolution(*_folded(state, f"{name}._expand_conv", f"{name}._bn0"), 1, 0))
        if stride < 0:
            blocks.append(convolutions)
            break
        convolutions.append(Convolution(*_folded(state, f"{name}._depthwise_conv", f"{name}._bn1"), stride, 0))
        projection = Convolution(*_folded(state, f"{name}._project_conv", f"{name}._bn2"), 1, 0.5)
        projection.adds = adds
        blocks.append([*convolutions, projection])
    return Trunk(blocks)


def _block_names(state: Mapping[str, torch.Tensor]) -> Iterator[tuple[str, int, bool]]:
    """Name, stride and whether it adds its input, of each block in order; the stride is -1 where the trunk ends."""
    strides = {1: 2, 2: 2, 3: 2, 5: -1}
    number, stage, before = 0, -1, 0
    while f"_blocks.{number}._project_conv.weight" in state:
        name = f"_blocks.{number}"
        outputs = state[f"{name}._project_conv.weight"].shape[0]
        stage += outputs != before
        yield name, strides.get(stage, 1) if outputs != before else 1, outputs == before
        before, number = outputs, number + 1
