"""The segments of a JPEG: what of the file makes its pixels, and how often they are gone over."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from lookalike.transforms.functional.images.formats.errors import UndecodableError

MOST_SCANS = 100
"""A progressive JPEG has about ten scans. Each costs a pass over all coefficients, in a few bytes of the file."""

_SOI, _EOI, _SOS, _APP0, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xEE, 0xFE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# FF 00 is a byte of the coded data, FF D0 to FF D7 are restarts within it, and what is below FF C0 doesn't end it:
# decoders skip it to the next restart
_NEXT = re.compile(rb"\xff([\xc0-\xcf\xd8-\xfe])")


class Segment(NamedTuple):
    """marker: its second byte. start: of the marker. end: of what belongs to it, in a scan the coded data too."""

    marker: int
    start: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """Bytes of a JPEG -> its segments. Ends with the picture, whatever is behind it, or where the file is cut."""
    found = _NEXT.search(data)
    while found:
        start, marker, after = found.end() - 2, found[1][0], found.end()
        if marker not in (_SOI, _EOI):
            after += max(2, int.from_bytes(data[after : after + 2], "big"))
        found = _NEXT.search(data, after) if marker != _EOI else None
        if marker == _SOS:
            after = found.start() if found else len(data)
        yield Segment(marker, start, min(after, len(data)))


def check_scans(parts: list[Segment]) -> None:
    """Refuse a JPEG with more than MOST_SCANS scans.

    Raises:
        UndecodableError: it has.
    """
    scans = sum(part.marker == _SOS for part in parts)
    if scans > MOST_SCANS:
        raise UndecodableError(f"a JPEG of {scans} scans, more than the limit of {MOST_SCANS}: a decompression bomb")


def coded(data: bytes, parts: list[Segment], frames: int) -> Iterator[bytes | memoryview]:
    """What of a JPEG makes its pixels: equal pieces decode to equal pictures at every scale.

    These are all segments but the application's own and comments, of which the decoder asks only whether it is JFIF and
    which transform of colours Adobe's segment names. Of more than one picture: all that follows the first, as it is.
    """
    view, as_jfif = memoryview(data), _is_as_jfif(data, parts)
    for marker, start, end in parts:
        if marker == _SOI and as_jfif:
            yield view[start:end]
            yield b"JFIF"
        elif marker == _APP14 or not (_APP0 <= marker <= 0xEF or marker == _COM):
            yield view[start:end]
        if marker == _EOI:
            if frames > 1:
                yield view[end:]
            return


def _is_as_jfif(data: bytes, parts: list[Segment]) -> bool:
    """Whether three channels are YCbCr without a question: the file is JFIF, or tells of nothing else."""
    head = list(itertools.takewhile(lambda part: part.marker != _SOS, parts))
    if any(m == _APP0 and end - start >= 18 and data[start + 4 : start + 9] == b"JFIF\0" for m, start, end in head):
        return True
    frame = next((part.start for part in head if part.marker in _FRAMES), 0)
    return all(part.marker != _APP14 for part in head) and data[frame + 10 : frame + 19 : 3] != b"RGB"
