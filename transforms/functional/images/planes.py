"""The sizes of one picture that the fingerprints are made from: RGB in, planes out."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.images.pixels.areas import averaged
from lookalike.transforms.functional.images.pixels.panels import Piece, panels, shown_pieces
from lookalike.transforms.functional.images.pixels.plain import is_on_plain_ground

KEYPOINT_SIDE = 220
"""Square root of the area, in px, of the grey plane in which keypoints are found."""
SMALL_PANEL, MOST_PANELS = 1.8, 9.0
"""A picture composed of panels has another such plane, in which each of them is as large as a picture by itself is in
its own: so many times as large as the panel in the middle of their order is smaller than the picture.
"""
LONGEST = 4_000
"""Side of that plane, px: places of keypoints are stored in sixteenths of a pixel, and in 16 bits."""
THUMBNAIL_SIDE = 144
"""The same of the colour thumbnail that confirmation compares."""
PAGE_SIDE = 432
"""The same of the thumbnail of a picture on plain ground: words and digits are still there."""
MOST_ENLARGED = 2.0
"""Small pictures are enlarged to the keypoint plane at most so far."""
LEAST, MOST = 16, 65_500
"""Shortest side of any plane, and the longest, which a JPEG can have, px: a picture of one row of pixels has planes of
16, however long it is.
"""


class EmbeddingPlane(NamedTuple):
    """What a backbone wants to see. side: square root of the area, px. multiple: of which the sides are, at least 32
    px. colour: RGB instead of grey. shape: (height, width) of all, whatever their aspect ratio; none: it is kept.
    """

    side: int
    multiple: int
    colour: bool = False
    shape: tuple[int, ...] = ()

    def size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the plane of a picture of this size."""
        if self.shape:
            return self.shape[1], self.shape[0]
        factor = self.side / np.sqrt(width * height) / self.multiple
        least = -(-32 // self.multiple)
        return max(least, round(width * factor)) * self.multiple, max(least, round(height * factor)) * self.multiple

    @property
    def root_area(self) -> float:
        """Square root of the area, px."""
        return float(np.sqrt(self.shape[0] * self.shape[1])) if self.shape else self.side


def fitted(width: int, height: int, side: int, most: float) -> tuple[int, int]:
    """(width, height) of the plane of about side x side pixels of area with the picture's aspect ratio, or near it."""
    factor = min(side / np.sqrt(width * height), most)
    across, down = (min(max(LEAST, round(length * factor)), MOST) for length in (width, height))
    return across, down


def keypoint_size(width: int, height: int, times: float = 1.0) -> tuple[int, int]:
    """(width, height) of the keypoint plane of a picture of this size, or of one of so many times its area."""
    return fitted(width, height, round(KEYPOINT_SIDE * math.sqrt(times)), MOST_ENLARGED)


def resized(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """`picture` at (width, height) `size`: area averages going down, linear going up."""
    if size[0] * size[1] <= picture.shape[0] * picture.shape[1]:
        return averaged(picture, size)
    return cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)


def keypoint_plane(grey: np.ndarray, width: int, height: int) -> np.ndarray:
    """(h, w) uint8 grey picture of nominal size width x height -> its keypoint plane."""
    return resized(grey, keypoint_size(width, height))


def panel_plane(grey: np.ndarray, plane: np.ndarray, width: int, height: int) -> np.ndarray | None:
    """The same, and its keypoint plane -> the plane in which keypoints of its panels are found, if it has such."""
    areas = sorted(panel.height * panel.width for panel in panels(plane))
    times = plane.size / areas[len(areas) // 2] if areas else 1.0
    if times < SMALL_PANEL:
        return None
    size = keypoint_size(width, height, min(times, MOST_PANELS, (LONGEST / max(plane.shape)) ** 2))
    return resized(grey, size) if size[0] * size[1] > plane.size else None


def small_pieces(plane: np.ndarray, composed: np.ndarray) -> list[Piece]:
    """A keypoint plane and `panel_plane` of it -> where the pieces of it that are small lie in that. There is nothing
    more to see in larger ones, nor between them.
    """
    (down, across), (tall, wide) = composed.shape, plane.shape
    found = []
    for piece in shown_pieces(plane):
        if SMALL_PANEL * piece.height * piece.width <= plane.size:
            top, bottom = (row * down // tall for row in (piece.top, piece.top + piece.height))
            left, right = (column * across // wide for column in (piece.left, piece.left + piece.width))
            found.append(Piece(top, left, bottom - top, right - left))
    return found


def embedding_plane(picture: np.ndarray, wanted: EmbeddingPlane) -> np.ndarray:
    """(h, w) or (h, w, 3) uint8 -> the plane that is embedded."""
    return resized(picture, wanted.size(picture.shape[1], picture.shape[0]))


def thumbnail(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 -> its thumbnail, never enlarged beyond the least side; on plain ground a larger one."""
    small = _of_area(rgb, THUMBNAIL_SIDE)
    return _of_area(rgb, PAGE_SIDE) if is_on_plain_ground(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)) else small


def common_size(thumbnail: np.ndarray) -> np.ndarray:
    """(h, w) or (h, w, 3) uint8, a thumbnail of any size -> the size in which all of them can be compared."""
    strip = min(thumbnail.shape[:2]) <= LEAST
    return thumbnail if strip else _of_area(thumbnail, THUMBNAIL_SIDE)


def _of_area(picture: np.ndarray, side: int) -> np.ndarray:
    """`picture` at so many px, side x side, or fewer; itself where it has this size."""
    height, width = picture.shape[:2]
    size = fitted(width, height, side, 1.0)
    return picture if size == (width, height) else resized(picture, size)
