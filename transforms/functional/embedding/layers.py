"""What the embedded backbone computes, layer by layer, as it ships."""

from typing import NamedTuple

import numpy as np

MEAN = 127
"""Of pictures: what stands for 0 in them."""
LEAST_SIDE = 32
"""Smaller planes are refused: their map has less than two cells a side."""


class EmbeddedLayer(NamedTuple):
    """A layer of the embedded backbone, as `backbones.Layer` describes it. weights: int8. scales, bias: float32."""

    weights: np.ndarray
    scales: np.ndarray
    bias: np.ndarray
    stride: int
    zero: int
    block: int
    share: float


def check_size(height: int, width: int) -> None:
    """Refuse planes that are too small. Raises ValueError."""
    if min(height, width) < LEAST_SIDE:
        raise ValueError(f"the embedded backbone needs planes of {LEAST_SIDE} px a side, not {height} x {width}")
