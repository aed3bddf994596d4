"""What Pillow does not do for PNGs: broken metadata, transparency of few bits, colours told without a profile."""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from PIL import ImageFile, PngImagePlugin

from lookalike.transforms.functional.images.pixels.profiles import MOST_BYTES

PngImagePlugin.MAX_TEXT_CHUNK = MOST_BYTES  # of a profile too, and those of a megabyte are no bombs

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SHOWN_BY = frozenset((b"tRNS", b"iCCP", b"gAMA", b"sRGB", b"cICP", b"eXIf", b"acTL", b"fcTL", b"fdAT"))
"""The chunks that a decoder may leave out, but that change what is seen."""
_FULL = {"L;2": 85, "L;4": 17}
"""What Pillow multiplies grey levels of few bits by."""
_USUAL_GAMMA = (0.43, 0.48)
"""That of sRGB, in its many roundings."""
_USUAL_COLOURS = ((1, 1), (1, 13))
"""Primaries and curves, as cICP numbers them, of BT.709 and sRGB."""


class Chunk(NamedTuple):
    """name: four bytes. body: what it holds. start, end: where it is in the file. sound: its checksum is right; where
    decoders can't do without it that is not looked at.
    """

    name: bytes
    body: memoryview
    start: int
    end: int
    sound: bool

    @property
    def is_needed(self) -> bool:
        """Whether there is no picture without it."""
        return not self.name[0] & 0x20


def chunks(data: bytes) -> Iterator[Chunk]:
    """Bytes of a PNG -> its chunks. Ends behind the last one, or where the file is cut."""
    view, start = memoryview(data), len(_SIGNATURE)
    while start + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, start)
        end = start + 12 + size
        if end > len(data):
            return
        sound = not name[0] & 0x20 or zlib.crc32(view[start + 4 : end - 4]) == int.from_bytes(
            view[end - 4 : end], "big"
        )
        yield Chunk(name, view[start + 8 : end - 4], start, end, sound)
        if name == b"IEND":
            return
        start = end


def bare(data: bytes) -> bytes | None:
    """A PNG that Pillow refuses -> the same without the metadata that may be why, as all viewers take it: texts, and
    what has a wrong checksum though decoders can do without it. None where there is no such thing, or no PNG.
    """
    if not data.startswith(_SIGNATURE):
        return None
    kept = [_SIGNATURE]
    after = len(_SIGNATURE)
    dropped = False
    for chunk in chunks(data):
        after = chunk.end
        if chunk.is_needed or (chunk.sound and chunk.name in _SHOWN_BY):
            kept.append(data[chunk.start : chunk.end])
        else:
            dropped = True
    return b"".join([*kept, data[after:]]) if dropped else None


def scale_transparency(image: ImageFile.ImageFile) -> None:
    """Of a picture of 2 or 4 bits that was opened, not loaded: make the level that is transparent one of the 256."""
    level, arguments = image.info.get("transparency"), image.tile[0].args if image.tile else ""
    if isinstance(level, int) and arguments in _FULL:
        image.info["transparency"] = level * _FULL[arguments]


def colours(image: ImageFile.ImageFile, data: bytes) -> bytes:
    """What a PNG says of its colours other than by a profile; nothing where it comes to sRGB."""
    named = next((bytes(chunk.body) for chunk in chunks(data) if chunk.name == b"cICP" and chunk.sound), b"")
    if named and tuple(named[:2]) not in _USUAL_COLOURS:
        return b"cICP " + named
    gamma, told = image.info.get("gamma"), "srgb" in image.info or "icc_profile" in image.info or bool(named)
    if gamma is None or told or _USUAL_GAMMA[0] <= gamma <= _USUAL_GAMMA[1]:
        return b""
    return b"gamma %.3f" % gamma
