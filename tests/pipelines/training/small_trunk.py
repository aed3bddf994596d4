"""A trunk of few channels with random weights."""

import torch

from lookalike.pipelines.training.embedding.trunk import Trunk, trunk_of


def small_trunk() -> Trunk:
    """Of six blocks, one of each stage of an EfficientNet-Lite, and one that adds its input."""
    draw, before = torch.Generator().manual_seed(1), 8
    state: dict[str, torch.Tensor] = {}

    def convolution(name, norm, outputs, inputs, side):
        state[f"{name}.weight"] = torch.randn(outputs, inputs, side, side, generator=draw)
        variance = torch.full((outputs,), float(inputs * side * side))
        state.update({f"{norm}.weight": torch.ones(outputs) * 2, f"{norm}.running_var": variance})
        state.update({f"{norm}.bias": torch.full((outputs,), 0.5), f"{norm}.running_mean": torch.zeros(outputs)})

    def block(number, inputs, outputs):
        name, inner = f"_blocks.{number}", 2 * inputs
        convolution(f"{name}._expand_conv", f"{name}._bn0", inner, inputs, 1)
        convolution(f"{name}._depthwise_conv", f"{name}._bn1", inner, 1, 3)
        convolution(f"{name}._project_conv", f"{name}._bn2", outputs, inner, 1)

    convolution("_conv_stem", "_bn0", before, 3, 3)
    for number, outputs in enumerate((6, 7, 8, 8, 10, 12, 14)):
        block(number, before, outputs)
        before = outputs
    return trunk_of(state)
