"""Camera raws: the preview that the camera left in the file, taken out by LibRaw. Raw values are not developed."""

import contextlib
import io
import struct
from collections.abc import Iterator
from typing import NamedTuple

from PIL import Image

from lookalike.transforms.functional.images.formats.errors import UndecodableError
from lookalike.transforms.functional.images.formats.signatures import begins_as_raw
from lookalike.transforms.functional.images.wrapped.inner import Inner

_TIFF = {b"II*\x00": "<", b"MM\x00*": ">"}
_SUBFILE, _MAKE, _ORIENTATION, _DNG = 254, 271, 274, 50706
_WIDTH, _HEIGHT, _COMPRESSION, _STRIPS, _STRIP_BYTES, _BELOW = 256, 257, 259, 273, 279, 330
_FILTERS, _PLANES = 33422, 50710
_MOST_TAGS, _MOST_DIRECTORIES = 512, 64
_MOST_FILTERS = 16
_COLOURS = {0, 1, 2}, {3, 4, 5}, {1, 3, 4, 5}
"""Of the filters in front of a sensor, where a file does not tell them, as LibRaw knows them."""
_TURNED = {0: 1, 3: 3, 5: 8, 6: 6}
"""LibRaw's flip, and EXIF's number for it."""
_CLOSE = 0.02
"""By how much the shapes of preview and picture may differ for the preview to be the picture, smaller."""


def is_raw(data: bytes) -> bool:
    """Whether a file is a camera raw: it begins as one, or is a TIFF that says so (DNG), or that names the camera and
    begins with a preview (NEF, ARW, PEF, SRW).
    """
    if begins_as_raw(data[:32]):
        return True
    tags = next(_directories(data), {})
    return _DNG in tags or (_MAKE in tags and bool(tags.get(_SUBFILE, _NOTHING).value & 1))


def preview_of(data: bytes) -> Inner:
    """Take the largest preview out of a raw.

    Raises:
        UndecodableError: it has none, or is damaged.
    """
    import rawpy

    if not _has_known_filters(data):
        raise UndecodableError("a camera raw file that is damaged: it has filters of colours that it does not know")
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            sizes, found = raw.sizes, raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError) as error:
        raise UndecodableError("a camera raw file without a preview that can be read; develop it to a JPEG") from error
    except rawpy.LibRawError as error:
        text = error.args[0] if error.args else ""
        why = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        raise UndecodableError(f"a camera raw file that can't be read: {why}") from error
    if isinstance(found.data, bytes):
        picture = found.data
    elif _holds(data, *found.data.shape):
        picture = _as_file(found.data)
    else:
        raise UndecodableError("a camera raw file that is damaged: its preview has fewer pixels than it says")
    turn = _TURNED.get(sizes.flip, 1)
    with Image.open(io.BytesIO(picture), formats=("JPEG", "PPM")) as image:
        told, shape = _ORIENTATION in image.getexif(), image.size
    width, height = sizes.iwidth, sizes.iheight
    if abs(shape[0] * height / (shape[1] * width) - 1) > _CLOSE:
        width = height = 0  # cut to another shape
    elif turn >= 5:
        width, height = height, width
    return Inner("RAW", picture, False, width, height, 1 if told else turn, developed=True)


def _as_file(pixels: object) -> bytes:
    """(h, w, 3) uint8 -> a PPM."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PPM")  # type: ignore[arg-type]
    return buffer.getvalue()


class _Tag(NamedTuple):
    """Of one tag of a directory: how many values it has, and the first of them, or where they are if they have no room
    there.
    """

    length: int
    value: int


_NOTHING = _Tag(0, 0)


def _holds(data: bytes, height: int, width: int, channels: int) -> bool:
    """Whether the file has as many pixels as LibRaw tells of an uncompressed preview. It tells no more than what the
    directory says: rawpy would read on behind what there is, into memory that holds something else.
    """
    size = height * width * channels
    for tags in _directories(data):
        strips, sizes = tags.get(_STRIPS, _NOTHING), tags.get(_STRIP_BYTES, _NOTHING)
        shape = [tags.get(name, _NOTHING).value for name in (_HEIGHT, _WIDTH, _COMPRESSION)]
        if shape == [height, width, 1] and strips.length == sizes.length == 1:
            return sizes.value >= size and strips.value + size <= len(data)
    return False


def _has_known_filters(data: bytes) -> bool:
    """Whether the filters in front of the sensor have colours that the file or LibRaw knows: it would look up others in
    memory that was never written, and what it says of the file would be one thing now and another thing then.
    """
    for tags in _directories(data):
        filters, planes = (set(_bytes(data, tags.get(tag, _NOTHING))) for tag in (_FILTERS, _PLANES))
        if not any(filters <= known for known in (planes, *_COLOURS)):
            return False
    return True


def _bytes(data: bytes, tag: _Tag) -> bytes:
    """The values of a tag, each of one byte; no more of them than LibRaw reads."""
    if tag.length <= 4:
        return struct.pack(f"{_TIFF[data[:4]]}I", tag.value)[: tag.length]
    return data[tag.value : tag.value + min(tag.length, _MOST_FILTERS)]


def _directories(data: bytes) -> Iterator[dict[int, _Tag]]:
    """The directories of a TIFF, each before those below it."""
    if data[:4] not in _TIFF:
        return
    order, seen = _TIFF[data[:4]], {0}  # which is said where there is none
    waiting = list(struct.unpack_from(f"{order}I", data.ljust(8, b"\0"), 4))
    while waiting and len(seen) <= _MOST_DIRECTORIES:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        tags, following = _directory(data, order, at)
        yield tags
        count, value = tags.get(_BELOW, _NOTHING)
        below: tuple[int, ...] = (value,)
        if count > 1:
            with contextlib.suppress(struct.error):
                below = struct.unpack_from(f"{order}{min(count, _MOST_DIRECTORIES)}I", data, value)
        waiting += [*below, following]


def _directory(data: bytes, order: str, at: int) -> tuple[dict[int, _Tag], int]:
    """What can be read of one of them, and where the next one is; 0 where it breaks off."""
    tags: dict[int, _Tag] = {}
    with contextlib.suppress(struct.error):
        (entries,) = struct.unpack_from(f"{order}H", data, at)
        for number in range(min(entries, _MOST_TAGS)):
            place = at + 2 + 12 * number
            tag, kind, count = struct.unpack_from(f"{order}HHI", data, place)
            size = "H" if kind == 3 and count == 1 else "I"
            tags.setdefault(tag, _Tag(count, *struct.unpack_from(f"{order}{size}", data, place + 8)))
        return tags, struct.unpack_from(f"{order}I", data, at + 2 + 12 * entries)[0]
    return tags, 0
