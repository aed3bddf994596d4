"""The embedded backbone in 8-bit integers, on CPUs: the same map as of floats, in a fraction of the time.

The kernels are oneDNN's, as PyTorch's own compiler calls them for quantised networks. Where there are none, on another
processor than x86, or they don't give what they should, the network is computed in floats.
"""

from collections.abc import Sequence
from typing import Any

import torch

from lookalike.transforms.functional.embedding.backbones import MEAN, EmbeddedBackbone, Layer


class IntegerNetwork:
    """Planes (n, 3, h, w), whole numbers in 0..255 -> the map of the same network in floats."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        """Pack all weights."""
        self.calls: list[tuple[Layer, tuple[Any, ...], tuple[Any, ...]]] = []
        zero = MEAN
        for layer in layers:
            shape = [layer.stride] * 2, [layer.padding] * 2, [1, 1], layer.groups
            packed = torch.ops.onednn.qconv_prepack(layer.weights.to(torch.int8), layer.scales, 1.0, zero, *shape, None)
            before = 1.0, zero, packed, layer.scales, torch.zeros(len(layer.bias), dtype=torch.int32)
            self.calls.append((layer, before, shape))
            zero = layer.zero

    def __call__(self, planes: torch.Tensor) -> torch.Tensor:
        """Compute the feature map."""
        # as an operator takes it; what is not negative anyhow is cut by the type
        entered = x = planes.to(torch.uint8).contiguous(memory_format=torch.channels_last)
        block = self.calls[0][0].block
        for layer, before, shape in self.calls:
            if layer.block != block:
                entered, block = x, layer.block
            output = 1.0, layer.zero, torch.uint8
            if layer.share:
                x = torch.ops.onednn.qconv2d_pointwise.binary(
                    *(x, *before, entered, layer.bias, *shape, *output, layer.share, layer.zero),
                    *("sum", 1.0, "none", [], ""),
                )
            else:
                x = torch.ops.onednn.qconv2d_pointwise.default(x, *before, layer.bias, *shape, *output, "none", [], "")
        return x


def use_integers(backbone: EmbeddedBackbone) -> str:
    """Have a backbone on a CPU compute in integers from now on -> '', or why it can't be.

    The operators are private to PyTorch: they may be gone, take other arguments or mean another thing in the next
    version. So they are tried on a small picture, of which they have to give the map of floats to the bit.
    """
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        return "the integer kernels of this processor are not known"
    planes = torch.randint(0, 256, (1, 3, 64, 96), generator=torch.Generator().manual_seed(0)).float()
    planes[:, :, :, :48] = (planes[:, :, :, :48] > 127).float() * 255  # sums as large as they become
    try:
        network = IntegerNetwork(backbone.layers)
        with torch.inference_mode():
            right = torch.equal(network(planes), backbone.floats(planes))
    except Exception as error:  # of what other versions might raise, nothing is known
        return f"this PyTorch, {torch.__version__}, has other integer kernels ({type(error).__name__}: {error})"
    if not right:
        return f"the integer kernels of this PyTorch, {torch.__version__}, give other numbers"
    backbone.integers = network
    return ""
