"""The embedded backbone in 8-bit integers, on CPUs: a sixth of the time of floats.

The kernels are oneDNN's, as PyTorch's own compiler calls them for quantised networks. Where there are none, on another
processor than x86, or they don't give what they should, the network is computed in floats.
"""

import functools
from collections.abc import Sequence
from typing import Any

import torch

from lookalike.transforms.functional.embedding.backbones import DEVIATION, MEAN, EmbeddedBackbone, Layer

APART, SHARE = 1, 0.01
"""A rounding may fall to the other side, since sums are exact and their scaling is in floats: outputs may lie so many
steps apart, and so large a share of them."""


class IntegerNetwork:
    """Planes (n, 3, h, w), whole numbers in 0..255 -> the map of the same network in floats, but for roundings."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """Pack all weights."""
        self.calls: list[tuple[Layer, tuple[Any, ...], tuple[Any, ...], float]] = []
        step, zero = 1 / DEVIATION, MEAN
        entered = step
        for number, layer in enumerate(layers):
            if number and layer.block != layers[number - 1].block:
                entered = step
            shape = [layer.stride] * 2, [layer.padding] * 2, [1, 1], layer.groups
            packed = torch.ops.onednn.qconv_prepack(
                layer.weights.to(torch.int8), layer.scales, step, zero, *shape, None
            )
            before = step, zero, packed, layer.scales, torch.zeros(len(layer.bias), dtype=torch.int32)
            self.calls.append((layer, before, shape, entered))
            step, zero = layer.step, layer.zero

    def __call__(self, planes: torch.Tensor) -> torch.Tensor:
        """Compute the feature map."""
        # as an operator takes it; what is not negative anyhow is cut by the type
        entered = x = planes.to(torch.uint8).contiguous(memory_format=torch.channels_last)
        block = self.calls[0][0].block
        for layer, before, shape, step in self.calls:
            if layer.block != block:
                entered, block = x, layer.block
            output = layer.step, layer.zero, torch.uint8
            if layer.adds:
                x = torch.ops.onednn.qconv2d_pointwise.binary(
                    *(x, *before, entered, layer.bias, *shape, *output, step, layer.zero),
                    *("sum", 1.0, "none", [], ""),
                )
            else:
                x = torch.ops.onednn.qconv2d_pointwise(x, *before, layer.bias, *shape, *output, "none", [], "")
        last = self.calls[-1][0]
        return (x.float() - last.zero) * last.step


@functools.cache
def trouble() -> str:
    """Why this machine has to compute in floats; '' where it need not.

    The operators are private to PyTorch: they may be gone, take other arguments or mean another thing in the next
    version. So each process tries them once, on a small network of every kind of layer.
    """
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        return "the integer kernels of this processor are not known"
    try:
        right = _right()
    except Exception as error:  # of what other versions might raise, nothing is known
        return f"this PyTorch, {torch.__version__}, has other integer kernels ({type(error).__name__}: {error})"
    return "" if right else f"the integer kernels of this PyTorch, {torch.__version__}, give other numbers"


def _right() -> bool:
    """Does a small network give the numbers of floats? Its weights are large: sums must not run over anywhere."""
    draw = torch.Generator().manual_seed(0)

    def layer(outputs: int, inputs: int, side: int, stride: int, block: int, adds: bool = False) -> Layer:
        weights = torch.randint(-127, 128, (outputs, inputs, side, side), generator=draw).float()
        weights = weights.abs() if block == 0 else weights
        scales = (torch.rand(outputs, generator=draw) + 0.5) / (127 * (inputs * side * side) ** 0.5)
        projects = adds or block == 3
        return Layer(
            weights, scales, torch.randn(outputs, generator=draw), stride, 0.05 if projects else 6 / 255,
            128 if projects else 0, block, adds,
        )  # fmt: skip

    layers = [
        *(layer(16, 3, 3, 2, 0), layer(32, 16, 1, 1, 1), layer(32, 1, 5, 2, 1), layer(16, 32, 1, 1, 3)),
        *(layer(64, 16, 1, 1, 4), layer(64, 1, 3, 1, 4), layer(16, 64, 1, 1, 4, True), layer(32, 16, 1, 1, 5)),
    ]
    planes = torch.randint(0, 256, (1, 3, 48, 64), generator=draw).float()
    with torch.inference_mode():
        found, expected = IntegerNetwork(layers)(planes), EmbeddedBackbone(layers)(planes)
    if found.shape != expected.shape or not bool(torch.isfinite(found).all()):
        return False
    steps = ((found - expected) / layers[-1].step).abs()
    return float(steps.max()) < APART + 0.5 and float((steps > 0.5).float().mean()) < SHARE


def use_integers(backbone: EmbeddedBackbone) -> str:
    """Have a backbone on a CPU compute in integers from now on -> '', or why it can't be."""
    why = trouble()
    if not why:
        backbone.integers = IntegerNetwork(backbone.layers)
    return why
