"""A convolution in 8-bit integers, of which a CPU computes four times as many a second as of 32-bit floats.

Weights are quantised by output channel and maps as a whole, up to the greatest value that was seen on other pictures
(Jacob et al. 2018, Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference,
section 2). Sums are of 32 bits, and kernels of two symmetries are quantised alike: a turned picture still has the
turned map.

The kernels are oneDNN's, as PyTorch's own compiler calls them for quantised networks. Where there are none, on another
processor than x86, or they don't give what they should, layers stay in floats.
"""

import functools
import math

import cv2
import torch

from lookalike.transforms.functional.embedding.backbones import (
    INTEGERS,
    EmbeddedBackbone,
    Kernels,
    answers,
    local_contrast,
    steps,
)

TOLERANCE = 1e-3
"""Of the greatest output; sums of whole numbers are exact, and only their scaling is in floats."""


class IntegerConvolution:
    """A layer whose inputs are not negative, and whose negative outputs are nothing."""

    def __init__(self, kernels: Kernels, most: float) -> None:
        """Quantise the weights. Inputs greater than `most` are cut."""
        weights, self.bias = kernels
        self.step = most / 255
        self.scales = weights.flatten(1).abs().amax(1).clamp(min=1e-12) / 127
        self.zeros = torch.zeros(len(weights), dtype=torch.int32)
        quantised = (weights / self.scales[:, None, None, None]).round().to(torch.int8)
        stride, padding = steps(weights.shape[-1])
        self.shape: tuple[list[int], list[int], list[int], int] = [stride] * 2, [padding] * 2, [1, 1], 1
        self.packed = torch.ops.onednn.qconv_prepack(quantised, self.scales, self.step, 0, *self.shape, None)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(n, in, h, w) -> (n, out, h / stride, w / stride) float32, channels last in memory."""
        convolved: torch.Tensor = torch.ops.onednn.qconv2d_pointwise(
            *(_quantised(x, self.step), self.step, 0, self.packed, self.scales, self.zeros, self.bias, *self.shape),
            *(1.0, 0, torch.float32, "relu", [], ""),
        )
        return convolved


def _quantised(x: torch.Tensor, step: float) -> torch.Tensor:
    """(n, channels, h, w) float32, not negative, channels last in memory -> uint8 steps, the same."""
    # OpenCV scales, rounds, cuts and converts in one pass; PyTorch takes four
    pixels = x.permute(0, 2, 3, 1)
    converted = cv2.convertScaleAbs(pixels.reshape(len(x), -1).numpy(), alpha=1 / step)
    return torch.from_numpy(converted).view(pixels.shape).permute(0, 3, 1, 2)


@functools.cache
def trouble() -> str:
    """Why this machine has to compute in floats; '' where it need not.

    The operators are private to PyTorch: they may be gone, take other arguments or mean another thing in the next
    version. So each process tries them once, on a layer whose sums are known.
    """
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX"):
        return "the integer kernels of this processor are not known"
    try:
        wrong = max(_error(side) for side in (3, 4))
    except Exception as error:  # of what other versions might raise, nothing is known
        return f"this PyTorch, {torch.__version__}, has other integer kernels ({type(error).__name__}: {error})"
    return (
        "" if wrong < TOLERANCE else f"the integer kernels of this PyTorch, {torch.__version__}, are off by {wrong:g}"
    )


def _error(side: int) -> float:
    """Kernels of that side -> how far a small layer is off at most, beside floats that were rounded to its steps."""
    draw = torch.Generator().manual_seed(side)
    kernels = Kernels(torch.randn(16, 8, side, side, generator=draw), torch.randn(16, generator=draw))
    most = 9.0
    x = (torch.rand(1, 8, 12, 16, generator=draw) * most).contiguous(memory_format=torch.channels_last)
    layer, step = IntegerConvolution(kernels, most), most / 255
    scales = layer.scales[:, None, None, None]
    rounded = Kernels((kernels.weights / scales).round() * scales, kernels.bias)
    with torch.inference_mode():
        found, expected = layer(x), rounded.rectified((x / step).round() * step)
    if found.shape != expected.shape:
        return math.inf
    return float(torch.nan_to_num(found - expected, nan=math.inf).abs().max() / expected.max())


def use_integers(backbone: EmbeddedBackbone, most: dict[str, float]) -> str:
    """Have a backbone on a CPU compute INTEGERS in this way from now on -> '', or why it can't be. most: of
    `ranges_of`.
    """
    why = trouble()
    if not why:
        backbone.integers = {name: IntegerConvolution(backbone.layers[name], most[name]) for name in INTEGERS}
    return why


class _Watched:
    """A layer that remembers its greatest input."""

    def __init__(self, kernels: Kernels) -> None:
        self.kernels = kernels

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        self.most = float(x.max())
        return self.kernels.rectified(x)


def ranges_of(backbone: EmbeddedBackbone, planes: torch.Tensor) -> dict[str, float]:
    """(n, 1, h, w) float32 planes -> the greatest input of each of INTEGERS on all of them."""
    watched = {name: _Watched(backbone.layers[name]) for name in INTEGERS}
    with torch.inference_mode():
        answers(local_contrast(planes), backbone.layers, watched)
    return {name: layer.most for name, layer in watched.items()}
