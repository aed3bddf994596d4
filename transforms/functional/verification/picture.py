"""One picture as it is compared with others: what is stored of it, and what is made of that when it is asked for."""

import functools

import cv2
import numpy as np

from lookalike.transforms.functional.images.planes import keypoint_size
from lookalike.transforms.functional.keypoints import keypoints as kp
from lookalike.transforms.functional.keypoints.keypoints import KeypointAxes
from lookalike.transforms.functional.keypoints.shingles import Shingles, shingles
from lookalike.transforms.functional.registration.align import View
from lookalike.transforms.functional.registration.boxes import Box
from lookalike.transforms.functional.verification.relations import content_box


class Picture:
    """One picture, ready to be compared; most is made when it is asked for, since few pictures that are looked at are
    also aligned. width, height: of the upright original, px.
    """

    def __init__(self, packed: bytes, thumbnail: bytes, width: int, height: int, axes: KeypointAxes) -> None:
        """Stored features."""
        self.width, self.height = width, height
        self._packed, self._axes, self._thumbnail = packed, axes, thumbnail

    @functools.cached_property
    def keypoints(self) -> kp.Keypoints:
        """Unpacked."""
        return kp.unpack(self._packed)

    @functools.cached_property
    def shingles(self) -> Shingles:
        """Pairs of neighbouring keypoints."""
        return shingles(self.keypoints, self._axes)

    @functools.cached_property
    def view(self) -> View:
        """What alignment needs."""
        size = keypoint_size(self.width, self.height)[::-1]
        return View(self.keypoints, kp.components(self.keypoints, self._axes), size)

    @functools.cached_property
    def grey(self) -> np.ndarray:
        """(h, w) uint8: the thumbnail."""
        grey = cv2.imdecode(np.frombuffer(self._thumbnail, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert grey is not None, "the thumbnail was written by us"
        return grey

    @functools.cached_property
    def colours(self) -> np.ndarray:
        """(h, w, 3) uint8: the same, as it is seen, at half of its size."""
        colours = cv2.imdecode(np.frombuffer(self._thumbnail, np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
        assert colours is not None, "the thumbnail was written by us"
        return colours

    @property
    def colours_shape(self) -> tuple[float, float]:
        """(height, width) that it has among `colours`, whose last row and column may reach beyond it."""
        height, width = self.grey.shape
        return height / 2, width / 2

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
        for name in ("keypoints", "shingles", "view", "grey", "colours", "small", "half"):
            self.__dict__.pop(name, None)
