"""Cursors, which are icons whose entries tell of a hot spot where those of icons tell of planes and bits."""

import struct

from lookalike.transforms.functional.images.formats.signatures import is_icon

_HEAD, _ENTRY = struct.Struct("<HHH"), struct.Struct("<4BHHII")
_ICON, _CURSOR = 1, 2
_PNG = b"\x89PNG"
_BITS_AT = 14
"""Where the header of a bitmap tells of its bits."""


def is_cursor(data: bytes) -> bool:
    """Is a file a cursor? Most TGA begin like one that has no pictures."""
    return is_icon(data, _CURSOR)


def as_icon(data: bytes) -> bytes:
    """A cursor -> the icon of the same pictures."""
    made, count = bytearray(data), _HEAD.unpack_from(data)[2]
    _HEAD.pack_into(made, 0, 0, _ICON, count)
    for at in range(_HEAD.size, min(_HEAD.size + count * _ENTRY.size, len(data) - _ENTRY.size + 1), _ENTRY.size):
        *size, _, _, length, place = _ENTRY.unpack_from(data, at)
        picture = data[place : place + _BITS_AT + 2]
        bits = 32 if picture.startswith(_PNG) else int.from_bytes(picture[_BITS_AT:], "little")
        _ENTRY.pack_into(made, at, *size, 1, bits, length, place)
    return bytes(made)
