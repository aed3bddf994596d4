"""Whether a file begins as images of the formats that are opened do; stricter than decoders, who are asked for images.

A decoder takes "BM" for a bitmap and "P1" for a pixmap, with which texts begin as well. What follows is looked at here
too: fields of the header that can have few values only.
"""

import re
from collections.abc import Callable

from lookalike.transforms.functional.images.formats.opened import is_installed

LOOKED_AT = 256
"""Bytes of a file's beginning that are looked at."""

_BITMAPS = (12, 40, 52, 56, 64, 108, 124)
"""Sizes of the header of a bitmap, by version."""
_DEPTHS = (1, 2, 4, 8, 16, 24, 32)
_BRANDS = {
    "AVIF": (b"avif", b"avis"),
    "HEIF": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
}
"""Of ISO's base media files, which videos are too."""
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG_XL = (b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n")
"""A bare codestream, and a file of boxes."""
_RAWS = (b"FUJIFILMCCD-RAW ", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")
"""Of Fuji's RAF, Olympus' ORF and Panasonic's RW2."""
_BLANK = rb"(?:\s|#[^\r\n]*[\r\n])+"
_PNM = re.compile(rb"P(?:[1-6]|f)" + _BLANK + rb"\d+" + _BLANK + rb"\d+\s")


def format_of(start: bytes) -> str | None:
    """The first `LOOKED_AT` bytes of a file, or all of a shorter one -> the format that it seems to be, or None.

    TGA has nothing at its beginning that tells it, and is never found.
    """
    return next((name for name, begins in SIGNATURES.items() if begins(start) and is_installed(name)), None)


def is_jpeg_xl(start: bytes) -> bool:
    """Whether a file begins as one of JPEG XL does."""
    return start.startswith(_JPEG_XL)


def begins_as_raw(start: bytes) -> bool:
    """Whether a file's first bytes are those of a raw that is no ordinary TIFF: CR2, CR3, RAF, ORF, RW2."""
    return start.startswith(_RAWS) or start[4:12] == b"ftypcrx " or (start.startswith(_TIFF) and start[8:10] == b"CR")


def _brand(name: str) -> Callable[[bytes], bool]:
    return lambda start: start[4:8] == b"ftyp" and start[8:12] in _BRANDS[name]


def _number(start: bytes, at: int, size: int = 2) -> int:
    return int.from_bytes(start[at : at + size], "little")


def _is_dib(start: bytes) -> bool:
    """The header that a bitmap has behind that of the file, or alone."""
    size = _number(start, 0, 4)
    if size not in _BITMAPS or len(start) < size:
        return False
    planes = 8 if size == 12 else 12
    return _number(start, planes) == 1 and _number(start, planes + 2) in _DEPTHS


def is_icon(start: bytes, kind: int) -> bool:
    """kind: 1 for icons, 2 for cursors. The entry of the first picture names a place behind all entries."""
    count = _number(start, 4)
    if start[:4] != bytes((0, 0, kind, 0)) or not count or len(start) < 22:
        return False
    return _number(start, 14, 4) > 0 and 6 + 16 * count <= _number(start, 18, 4) < 1 << 24 and start[9] in (0, 255)


def _is_pcx(start: bytes) -> bool:
    if len(start) < 128 or start[0] != 10 or start[1] not in (0, 2, 3, 5) or start[2] > 1 or start[3] not in _DEPTHS:
        return False
    left, top, right, bottom = (_number(start, at) for at in (4, 6, 8, 10))
    return left <= right and top <= bottom and start[64] == 0 and 1 <= start[65] <= 4


def _is_sgi(start: bytes) -> bool:
    return start[:2] == b"\x01\xda" and len(start) > 12 and start[2] < 2 and start[3] in (1, 2) and start[4:6] in (
        b"\0\1", b"\0\2", b"\0\3"
    )  # fmt: skip


SIGNATURES: dict[str, Callable[[bytes], bool]] = {
    "JPEG": lambda start: start.startswith(b"\xff\xd8\xff"),
    "PNG": lambda start: start.startswith(b"\x89PNG\r\n\x1a\n"),
    "WEBP": lambda start: start[:4] == b"RIFF" and start[8:12] == b"WEBP",
    "GIF": lambda start: start.startswith((b"GIF87a", b"GIF89a")),
    "TIFF": lambda start: start.startswith(_TIFF) and not begins_as_raw(start),
    "BMP": lambda start: start[:2] == b"BM" and _is_dib(start[14:]),
    "AVIF": _brand("AVIF"),
    "HEIF": _brand("HEIF"),
    "JPEG2000": lambda start: start.startswith((b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  \r\n\x87\n")),
    "ICO": lambda start: is_icon(start, 1) or is_icon(start, 2),
    "ICNS": lambda start: start[:4] == b"icns" and len(start) > 8,
    "PSD": lambda start: start.startswith(b"8BPS\0\1"),
    "PPM": lambda start: _PNM.match(start) is not None,
    "PCX": _is_pcx,
    "QOI": lambda start: start[:4] == b"qoif" and start[12:13] in (b"\3", b"\4"),
    "SGI": _is_sgi,
    "DDS": lambda start: start.startswith(b"DDS \x7c\0\0\0"),
    "DIB": _is_dib,
    "JXL": is_jpeg_xl,
    "RAW": begins_as_raw,
}
"""By format. Those of one are none of another."""
