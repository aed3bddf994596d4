"""What the decoder process answers, checked: a codec that went wrong may have written anything."""

import math
import re
from typing import Any

import numpy as np

from lookalike.transforms.decoding import wire
from lookalike.transforms.functional.images import complaints, planes
from lookalike.transforms.functional.images.pdq import Pdq
from lookalike.transforms.functional.images.picture import Picture, Planes, Properties
from lookalike.transforms.functional.images.pixels.detail import OCTAVES, Detail

FAILURES = ("undecodable", "too_large", "too_slow", "too_much_memory", "crashed")
KIND = re.compile(r"[A-Za-z0-9 ._+-]{1,32}")
"""Name of a file format."""
SAMPLES = re.compile(r"[A-Za-z0-9]{1,12}~?\+?")
"""How values are stored."""


class UnreadableError(ValueError):
    """An image that can't be had. name: one of FAILURES. again: another process may have another answer."""

    def __init__(self, name: str, message: str, again: bool = False) -> None:
        """`message`: one line; addresses and folders are taken out of it."""
        super().__init__(complaints.same(message))
        self.name, self.again = name, again


def picture_in(told: dict[str, Any], data: np.ndarray, wanted: planes.EmbeddingPlane) -> Picture:
    """A Picture, if the answer is one that could be."""
    arrays, properties = _arrays(told, data), _properties(told["properties"])
    hold(len(arrays) in (3, 4))
    shown = Planes(*arrays)
    sides = shown.embedding.shape[:2]
    hold(
        shown.keypoints.shape == planes.keypoint_size(properties.width, properties.height)[::-1],
        shown.embedding.ndim == 2 + wanted.colour and shown.embedding.shape[2:] == (3,) * wanted.colour,
        sides == wanted.shape if wanted.shape else not any(side % wanted.multiple for side in sides),
        shown.thumbnail.ndim == 3 and shown.thumbnail.shape[2] == 3,
        shown.panels is None or _is_panel_plane(shown.panels, properties),
    )
    return Picture(properties, shown, _detail(told["detail"]), _pdq(told["pdq"]) if "pdq" in told else None)


def _is_panel_plane(plane: np.ndarray, properties: Properties) -> bool:
    least, most = (
        planes.keypoint_size(properties.width, properties.height, times)[::-1]
        for times in (planes.SMALL_PANEL, planes.MOST_PANELS)
    )
    return plane.ndim == 2 and all(np.less_equal(least, plane.shape)) and all(np.less_equal(plane.shape, most))


def _detail(fields: dict[str, Any]) -> Detail:
    strengths, grid, few = tuple(_list(fields["detail"])), fields["grid"], fields["few_colours"]
    hold(len(strengths) == OCTAVES, *map(_is_measured, (*strengths, grid)), isinstance(few, bool))
    return Detail(_count(fields["decoded_width"]), strengths, grid, few)


def _is_measured(value: Any) -> bool:
    return type(value) is float and 0 <= value < math.inf


def _pdq(fields: list[Any]) -> Pdq:
    found, quality = bytes.fromhex(fields[0]), fields[1]
    hold(len(found) == 32, type(quality) is int and 0 <= quality <= 100)
    return Pdq(found, quality)


def _properties(fields: dict[str, Any]) -> Properties:
    pixel_hash, exif = bytes.fromhex(fields["pixel_hash"]), fields["exif"]
    hold(
        len(pixel_hash) == 32 and isinstance(exif, bool),
        KIND.fullmatch(fields["format"]) is not None,
        SAMPLES.fullmatch(fields["samples"]) is not None,
    )
    width, height, frames = (_count(fields[name]) for name in ("width", "height", "frames"))
    return Properties(pixel_hash, width, height, fields["format"], exif, frames, fields["samples"])


def reduced_in(told: dict[str, Any], data: np.ndarray, side: int) -> np.ndarray:
    """(h, w, 3) pixels with no side longer than `side`, if the answer is that."""
    (pixels,) = _arrays(told, data)
    hold(pixels.ndim == 3 and pixels.shape[2] == 3 and max(pixels.shape[:2]) <= side)
    return pixels


def _arrays(told: dict[str, Any], data: np.ndarray) -> list[np.ndarray]:
    """The arrays that an answer says are one behind the other in `data`."""
    shapes = shapes_in(told)
    pieces = np.split(data, np.cumsum([math.prod(shape) for shape in shapes])[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def shapes_in(told: dict[str, Any]) -> list[tuple[int, ...]]:
    """Of the arrays of an answer, of which none is empty."""
    return [tuple(map(_count, _list(shape))) for shape in _list(told.get("arrays", []))]


def _list(value: Any) -> list[Any]:
    hold(isinstance(value, list))
    return list(value)


def _count(value: Any) -> int:
    hold(type(value) is int and 0 < value < 1 << 31)
    return int(value)


def hold(*promises: bool) -> None:
    """Raises WireError unless all promises are kept."""
    if not all(promises):
        raise wire.WireError("an answer that can't be")
