"""The bytes of one member of a zip archive (PKWARE's application note)."""

import struct
import zipfile
import zlib

from lookalike.transforms.io.archives.entries import ContainerError

LOCAL = struct.Struct("<4s5H3I2H")
"""Header before a member's bytes (section 4.3.7)."""
PACKED_START = 2048
"""Packed bytes that hold the first few hundred of a member: a block's table of codes takes up to 600."""
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


def unpacked(data: bytes, method: int, size: int, crc: int) -> bytes:
    """The bytes of a member.

    Raises:
        ContainerError: they are not what the directory promised.
    """
    if method == DEFLATED:
        try:
            # one byte more than was promised shows that the promise was wrong, and no bomb is unpacked
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
        except zlib.error as error:
            raise ContainerError(f"the member can't be unpacked: {error}") from error
    if len(data) != size or zlib.crc32(data) != crc:
        raise ContainerError("the member's checksum is wrong; the archive is damaged")
    return data


def unpacked_start(data: bytes, method: int, size: int) -> bytes:
    """The first `size` bytes of a member, of which `data` is the beginning; fewer where it is shorter.

    Raises:
        ContainerError: they can't be unpacked.
    """
    if method != DEFLATED:
        return data[:size]
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size)
    except zlib.error as error:
        raise ContainerError(f"the member can't be unpacked: {error}") from error


def data_start(header: bytes, start: int) -> int:
    """The local header of a member and its offset -> the offset of the member's bytes.

    Raises:
        ContainerError: it is none.
    """
    if len(header) < LOCAL.size or header[:4] != b"PK\3\4":
        raise ContainerError("the archive has no member where it was listed; was it changed?")
    *_, name, extra = LOCAL.unpack(header)
    return start + LOCAL.size + name + extra
