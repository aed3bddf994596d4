"""JPEG XL: the header, which is read here so that nothing is decoded before it is known, and the picture, by libjxl."""

import io
import struct
from typing import NamedTuple

from PIL import Image

from lookalike.transforms.functional.images.formats.errors import UndecodableError
from lookalike.transforms.functional.images.wrapped.inner import Inner

_BARE = b"\xff\x0a"
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width to height, by the number in the header less 1."""
_SIDE = ((9, 1), (13, 1), (18, 1), (30, 1))
"""How a side is coded, by two bits: in so many bits, less so much."""
_DEPTHS = (8, 10, 12)
_MODES = {"RGB": 8, "RGBA": 8, "L": 8, "LA": 8, "I;16": 16, "F": 32}
"""What pictures come back as, and the bits that their values keep."""


class Header(NamedTuple):
    """width, height: px, before it is turned. bits: of a value. more: there are a preview or channels beside colours
    and alpha. animated: there are other frames.
    """

    width: int
    height: int
    bits: int
    more: bool
    animated: bool


def header_of(data: bytes) -> Header:
    """Read the header (ISO/IEC 18181-1, annex D) of a bare codestream or of a file of boxes.

    Raises:
        UndecodableError: there is none.
    """
    code = data if data.startswith(_BARE) else _codestream(data)
    if not code.startswith(_BARE):
        raise UndecodableError("a JPEG XL file without a codestream")
    try:
        bits = _Bits(code[len(_BARE) : len(_BARE) + 64])
        width, height = _size(bits)
        return Header(width, height, *_depth(bits))
    except IndexError:
        raise UndecodableError("a JPEG XL file that is cut off in its header") from None


def picture_of(data: bytes) -> Inner:
    """Decode a file: to the JPEG that it was made from, bit by bit, or else to a picture without compression.

    Raises:
        UndecodableError: it is damaged, or animated.
    """
    from pillow_jxl import Decoder

    header = header_of(data)
    if header.animated:
        raise UndecodableError("a JPEG XL animation, of which the decoder gives no single frames; it is not read")
    try:
        from_jpeg, info, decoded, profile, _ = Decoder(num_threads=0)(data)
    except RuntimeError as error:
        raise UndecodableError("a JPEG XL file that is damaged or cut off") from error
    if from_jpeg:
        return Inner("JXL", decoded, whole=not header.more)
    buffer = io.BytesIO()
    image = Image.frombytes(info.mode, (info.width, info.height), decoded)
    image.save(buffer, "TIFF", icc_profile=profile)
    return Inner("JXL", buffer.getvalue(), whole=not header.more and header.bits <= _MODES.get(info.mode, 0))


class _Bits:
    """Fields of a codestream, from the lowest bit of each byte up."""

    def __init__(self, data: bytes) -> None:
        self.value, self.left = int.from_bytes(data, "little"), 8 * len(data)

    def take(self, count: int) -> int:
        if count > self.left:
            raise IndexError(count)
        found = self.value & ((1 << count) - 1)
        self.value >>= count
        self.left -= count
        return found


def _codestream(data: bytes) -> bytes:
    """Its beginning, out of the boxes of a file; b'' if there is none."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and at + 16 <= len(data):
            size, start = struct.unpack_from(">Q", data, start)[0], at + 16
        if kind in (b"jxlc", b"jxlp"):
            start += 4 * (kind == b"jxlp")
            return data[start : start + 80]
        if size < 8:
            break
        at += size
    return b""


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        if small:
            return 8 * (bits.take(5) + 1)
        count, more = _SIDE[bits.take(2)]
        return bits.take(count) + more

    height = side()
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return side(), height


def _depth(bits: _Bits) -> tuple[int, bool, bool]:
    """The fields of a `Header` behind the size."""
    if bits.take(1):  # all is as usual
        return 8, False, False
    if bits.take(1):
        bits.take(3)  # orientation, which the decoder applies
        if bits.take(1):
            _size(bits)  # by which it would be shown
        if bits.take(1):
            _preview(bits)
            return 8, True, bool(bits.take(1))
        if bits.take(1):
            return 8, True, True
    is_float, kind = bits.take(1), bits.take(2)
    if is_float:
        depth = (32, 16, 24)[kind] if kind < 3 else bits.take(6) + 1
        bits.take(4)  # of the exponent
    else:
        depth = _DEPTHS[kind] if kind < 3 else bits.take(6) + 1
    bits.take(1)
    channels = bits.take(2)
    return depth, channels > 1, False


def _preview(bits: _Bits) -> None:
    """Go past the size of a preview."""
    by_8 = bits.take(1)

    def side() -> int:
        kind = bits.take(2)
        return bits.take((0, 0, 5, 9)[kind] if by_8 else (6, 8, 10, 12)[kind])

    side()
    if not bits.take(3):
        side()
