"""The three sizes of one picture that the fingerprints are made from: RGB in, planes out."""

import cv2
import numpy as np

KEYPOINT_SIDE = 220
"""Square root of the area, in px, of the grey plane in which keypoints are found."""
EMBEDDING_SIDE = 96
"""The same of the grey plane that is embedded; its sides are multiples of 4 px, at least 32."""
THUMBNAIL_SIDE = 144
"""The same of the colour thumbnail that confirmation compares."""
MOST_ENLARGED = 2.0
"""Small pictures are enlarged to the keypoint plane at most so far."""
LEAST = 16
"""Shortest side of any plane, px."""


def fitted(width: int, height: int, side: int, most: float) -> tuple[int, int]:
    """(width, height) of the plane of about side x side pixels of area with the picture's aspect ratio."""
    factor = min(side / np.sqrt(width * height), most)
    return max(LEAST, round(width * factor)), max(LEAST, round(height * factor))


def keypoint_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) of the keypoint plane of a picture of this size."""
    return fitted(width, height, KEYPOINT_SIDE, MOST_ENLARGED)


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`picture` at (width, height) `size`: area averages going down, linear going up."""
    down = size[0] * size[1] <= picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if down else cv2.INTER_LINEAR)


def keypoint_plane(grey: np.ndarray, width: int, height: int) -> np.ndarray:
    """(h, w) uint8 grey picture of nominal size width x height -> its keypoint plane."""
    return resized(grey, keypoint_size(width, height))


def embedding_plane(grey: np.ndarray) -> np.ndarray:
    """(h, w) uint8 keypoint plane -> one of about EMBEDDING_SIDE squared, sides in multiples of 4 px, at least 32."""
    height, width = grey.shape
    factor = EMBEDDING_SIDE / np.sqrt(width * height)
    size = tuple(max(32, round(side * factor / 4) * 4) for side in (width, height))
    return resized(grey, size)


def thumbnail(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 -> its thumbnail, never enlarged beyond the least side."""
    height, width = rgb.shape[:2]
    return resized(rgb, fitted(width, height, THUMBNAIL_SIDE, 1.0))
