"""Camera raws: the preview that the camera left in the file, taken out by LibRaw. Raw values are not developed."""

import io
import struct
from collections.abc import Iterator

from PIL import Image

from lookalike.transforms.functional.images.formats.errors import UndecodableError
from lookalike.transforms.functional.images.formats.signatures import begins_as_raw
from lookalike.transforms.functional.images.wrapped.inner import Inner

_TIFF = {b"II*\x00": "<", b"MM\x00*": ">"}
_SUBFILE, _MAKE, _ORIENTATION, _DNG = 254, 271, 274, 50706
_MOST_TAGS = 512
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
    tags = dict(_tags(data)) if data[:4] in _TIFF else {}
    return _DNG in tags or (_MAKE in tags and bool(tags.get(_SUBFILE, 0) & 1))


def preview_of(data: bytes) -> Inner:
    """Take the largest preview out of a raw.

    Raises:
        UndecodableError: it has none, or is damaged.
    """
    import rawpy

    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            sizes, found = raw.sizes, raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError) as error:
        raise UndecodableError("a camera raw file without a preview that can be read; develop it to a JPEG") from error
    except rawpy.LibRawError as error:
        text = error.args[0] if error.args else ""
        why = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        raise UndecodableError(f"a camera raw file that can't be read: {why}") from error
    picture = bytes(found.data) if found.format == rawpy.ThumbFormat.JPEG else _as_file(found.data)
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


def _tags(data: bytes) -> Iterator[tuple[int, int]]:
    """Tags of the first directory of a TIFF, each with its first value where that stands in the directory."""
    order = _TIFF[data[:4]]
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        for number in range(min(count, _MOST_TAGS)):
            tag, kind, _ = struct.unpack_from(f"{order}HHI", data, at + 2 + 12 * number)
            size = {3: "H", 4: "I"}.get(kind)
            yield tag, struct.unpack_from(f"{order}{size}", data, at + 10 + 12 * number)[0] if size else 0
    except struct.error:
        return
