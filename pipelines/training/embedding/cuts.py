"""Parts of pictures at other sizes: (h, w) uint8 in, (h', w') uint8 out."""

import cv2
import numpy as np


def part(picture: np.ndarray, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """A random part of this size."""
    left, top = int(rng.integers(picture.shape[1] - width + 1)), int(rng.integers(picture.shape[0] - height + 1))
    return picture[top : top + height, left : left + width]


def covering(picture: np.ndarray, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """The largest part of this aspect ratio, somewhere in the picture, at this size."""
    factor = min(picture.shape[1] / width, picture.shape[0] / height)
    return resized(part(picture, max(1, int(width * factor)), max(1, int(height * factor)), rng), width, height)


def resized(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Area averages going down, linear going up."""
    down = picture.shape[0] > height and picture.shape[1] > width
    way = cv2.INTER_AREA if down else cv2.INTER_LINEAR
    return cv2.resize(picture, (max(1, width), max(1, height)), interpolation=way)
