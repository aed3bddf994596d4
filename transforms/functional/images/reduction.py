"""A decoded picture in, smaller ones out: the planes that fingerprints are made from, or one to look at."""

import cv2
import numpy as np
from PIL import Image

from lookalike.transforms.functional.images import planes
from lookalike.transforms.functional.images.decode import Decoded
from lookalike.transforms.functional.images.picture import Picture, Planes
from lookalike.transforms.functional.images.pixels.detail import detail_of


def picture_of(decoded: Decoded, wanted: planes.EmbeddingPlane) -> Picture:
    """A decoded picture -> what fingerprints are made from; `wanted`: by the backbone."""
    pixels, properties = decoded
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    keypoint_plane = planes.keypoint_plane(grey, properties.width, properties.height)
    # a smaller one again, where that is enough: it is at hand
    small = keypoint_plane if wanted.root_area <= planes.KEYPOINT_SIDE else grey
    embedding_plane = planes.embedding_plane(pixels if wanted.colour else small, wanted)
    panel_plane = planes.panel_plane(grey, keypoint_plane, properties.width, properties.height)
    shown = Planes(embedding_plane, keypoint_plane, planes.thumbnail(pixels), panel_plane)
    return Picture(properties, shown, detail_of(pixels, grey))


def reduced(pixels: np.ndarray, side: int) -> np.ndarray:
    """(h, w, 3) uint8 RGB -> the same with no side longer than `side` px."""
    image = Image.fromarray(pixels)
    image.thumbnail((side, side))
    return np.asarray(image)
