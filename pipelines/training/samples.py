"""The sample pictures that come with scikit-image: public domain or under free licences.

docs/explanation/weights.md lists them.
"""

import functools

import cv2
import numpy as np
import skimage.data

SAMPLES = (
    "astronaut", "brick", "camera", "cat", "clock", "coffee", "coins", "grass", "gravel", "hubble_deep_field",
    "immunohistochemistry", "moon", "page", "retina", "rocket", "text",
)  # fmt: skip


@functools.cache
def samples() -> list[np.ndarray]:
    """All of them, (h, w) uint8 grey."""
    loaded = [np.asarray(getattr(skimage.data, name)()) for name in SAMPLES]
    return [s if s.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(s[..., :3]), cv2.COLOR_RGB2GRAY) for s in loaded]
