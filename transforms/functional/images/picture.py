"""What fingerprints need of a picture: its properties, and the sizes of it that they are made from."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.images.pdq import Pdq
from lookalike.transforms.functional.images.pixels.detail import Detail


class Properties(NamedTuple):
    """Properties of a decoded picture, in the order of the columns that they have in the fingerprints table.

    pixel_hash: 32 bytes, equal only where all frames are equal in all that is stored of them; files that share it share
    pixels, width and height. width, height: of the upright image at full size, px. format: Pillow's name of the file
    format, such as 'JPEG'. exif: the file tells when or with what it was taken. frames: how many pictures it holds,
    frames of an animation or pages of a document. samples: how the values of the one that is shown are stored: 'RGB'
    for all of 8 bits and opaque, 'RGBA', 'CMYK', 'grey16', 'float' ..., as `Samples.named`.
    """

    pixel_hash: bytes
    width: int
    height: int
    format: str
    exif: bool
    frames: int
    samples: str


class Planes(NamedTuple):
    """A picture in several sizes (`functional.images.planes`).

    embedding: (h, w) uint8 grey or (h, w, 3) RGB, as the backbone wants. keypoints: (h, w) uint8 grey. thumbnail: (h,
    w, 3) uint8 RGB. panels: (h, w) uint8 grey, larger, of a picture that is composed of others.
    """

    embedding: np.ndarray
    keypoints: np.ndarray
    thumbnail: np.ndarray
    panels: np.ndarray | None = None


class Picture(NamedTuple):
    """One decoded picture, without its pixels. pdq: its PDQ hash, if that was asked for."""

    properties: Properties
    planes: Planes
    detail: Detail
    pdq: Pdq | None = None
