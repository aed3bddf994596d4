"""One picture as it is compared with others: what is stored of it, and what is made of that when it is asked for."""

import functools

import cv2
import numpy as np

from lookalike.transforms.functional.images.planes import common_size, keypoint_size
from lookalike.transforms.functional.keypoints import keypoints as kp
from lookalike.transforms.functional.keypoints.keypoints import KeypointAxes, Panels
from lookalike.transforms.functional.keypoints.shingles import Shingles, shingles_of
from lookalike.transforms.functional.registration.align import View
from lookalike.transforms.functional.registration.boxes import Box
from lookalike.transforms.functional.verification.relations import content_box

LARGER = 1.5
"""How many times as many pixels a stored thumbnail has that shows more than what is compared of all."""
KEPT = 128
"""Thumbnails that are kept as they are stored, 25 MB: half of those that a corpus asks for in detail were asked for
shortly before.
"""


class Picture:
    """One picture, ready to be compared; most is made when it is asked for, since few pictures that are looked at are
    also aligned. width, height: of the upright original, px.
    """

    def __init__(
        self, packed: bytes, panels: Panels, thumbnail: bytes, width: int, height: int, axes: KeypointAxes
    ) -> None:
        """Stored features."""
        self.width, self.height = width, height
        self._packed, self._panels, self._axes, self._thumbnail = packed, panels, axes, thumbnail

    @functools.cached_property
    def keypoints(self) -> kp.Keypoints:
        """Unpacked."""
        return kp.unpack(self._packed)

    @functools.cached_property
    def shingles(self) -> Shingles:
        """Pairs of neighbouring keypoints: of those of all of it, and of those of its panels."""
        return shingles_of(self.keypoints, self._panels, self._axes)

    @functools.cached_property
    def view(self) -> View:
        """What alignment needs."""
        size = keypoint_size(self.width, self.height)[::-1]
        return View(self.keypoints, kp.components(self.keypoints, self._axes), size)

    @functools.cached_property
    def panels(self) -> View | None:
        """The same of the pictures of which it is composed."""
        if not self._panels.packed:
            return None
        points = kp.unpack(self._panels.packed)
        return View(points, kp.components(points, self._axes), (self._panels.height, self._panels.width))

    @functools.cached_property
    def _thumbnails(self) -> tuple[np.ndarray, bool]:
        """`grey` and `detailed`."""
        stored = self.fine
        grey = common_size(stored)
        return grey, stored.size >= LARGER * grey.size

    @property
    def grey(self) -> np.ndarray:
        """(h, w) uint8: the thumbnail, in the size in which all can be compared."""
        return self._thumbnails[0]

    @property
    def detailed(self) -> bool:
        """Is the thumbnail stored in a larger size, as those of pages are?"""
        return self._thumbnails[1]

    @property
    def fine(self) -> np.ndarray:
        """(h, w) uint8: the thumbnail as it is stored. Only those that were asked for last are kept, being up to nine
        times as large as `grey`.
        """
        return _grey(self._thumbnail)

    @functools.cached_property
    def colours(self) -> np.ndarray:
        """(h, w, 3) uint8: the same, as it is seen, at half of its size."""
        colours = _decoded(self._thumbnail, cv2.IMREAD_REDUCED_COLOR_2)
        if not self.detailed:
            return colours
        height, width = self.grey.shape
        return cv2.resize(colours, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)

    @property
    def colours_shape(self) -> tuple[float, float]:
        """(height, width) that it has among `colours`, whose last row and column may reach beyond it."""
        height, width = self.colours.shape[:2] if self.detailed else (side / 2 for side in self.grey.shape)
        return height, width

    @functools.cached_property
    def content(self) -> Box:
        """The picture without its plain margins."""
        return content_box(self.grey)

    @functools.cached_property
    def small(self) -> np.ndarray:
        """The same at a third of its size."""
        height, width = self.grey.shape
        size = max(1, round(width / 3)), max(1, round(height / 3))
        return cv2.resize(self.grey, size, interpolation=cv2.INTER_AREA)

    @functools.cached_property
    def half(self) -> np.ndarray:
        """The same at half of its size."""
        height, width = self.grey.shape
        return cv2.resize(self.grey, (max(1, width // 2), max(1, height // 2)), interpolation=cv2.INTER_AREA)

    def forget(self) -> None:
        """Drop all that was made, which is seven times as large as what it was made from."""
        for name in ("keypoints", "shingles", "view", "panels", "_thumbnails", "colours", "small", "half"):
            self.__dict__.pop(name, None)


def _decoded(thumbnail: bytes, how: int) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(thumbnail, np.uint8), how)
    assert picture is not None, "the thumbnail was written by us"
    return picture


@functools.lru_cache(KEPT)
def _grey(thumbnail: bytes) -> np.ndarray:
    return _decoded(thumbnail, cv2.IMREAD_GRAYSCALE)
