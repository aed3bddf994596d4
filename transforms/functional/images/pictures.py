"""Encoded bytes in, all that fingerprints need of a picture out: hashes, sizes and planes, never its pixels."""

from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from lookalike.transforms.functional.images import planes
from lookalike.transforms.functional.images.decode import Decoded


class Picture(NamedTuple):
    """One decoded picture; see `functional.planes` for sizes.

    pixel_hash: 32 bytes. width, height: px, upright and at full size. format: of the file, such as 'JPEG'. exif: it
    tells when or with what it was taken. frames: of an animation, or pages. samples: how its values are stored.
    embedding_plane: (h, w) uint8 grey or (h, w, 3) RGB, as the backbone wants. keypoint_plane: (h, w) uint8 grey.
    thumbnail: (h, w, 3) uint8 RGB.
    """

    pixel_hash: bytes
    width: int
    height: int
    format: str
    exif: bool
    frames: int
    samples: str
    embedding_plane: np.ndarray
    keypoint_plane: np.ndarray
    thumbnail: np.ndarray


def picture_of(decoded: Decoded, wanted: planes.EmbeddingPlane) -> Picture:
    """Pixels -> what fingerprints are made from; `wanted`: by the backbone.

    Two files are pixel-equal when their `Decoded.pixel_hash` is.
    """
    grey = cv2.cvtColor(decoded.pixels, cv2.COLOR_RGB2GRAY)
    keypoint_plane = planes.keypoint_plane(grey, decoded.width, decoded.height)
    # a smaller one again, where that is enough: it is at hand
    small = keypoint_plane if wanted.root_area <= planes.KEYPOINT_SIDE else grey
    return Picture(
        decoded.pixel_hash,
        decoded.width,
        decoded.height,
        decoded.format,
        decoded.exif,
        decoded.frames,
        decoded.samples,
        planes.embedding_plane(decoded.pixels if wanted.colour else small, wanted),
        keypoint_plane,
        planes.thumbnail(decoded.pixels),
    )


def reduced(pixels: np.ndarray, side: int) -> np.ndarray:
    """(h, w, 3) uint8 RGB -> the same with no side longer than `side` px."""
    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    return np.asarray(image)
