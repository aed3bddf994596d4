"""Damage that libtiff reports to nobody but standard error, or not at all."""

import contextlib
import ctypes
import os
import re
import threading
from collections.abc import Iterator

import numpy as np
from PIL import ImageFile

from lookalike.transforms.functional.images.formats.errors import UndecodableError

SILENT = frozenset((2, 3, 4, 6, 7, 32771))
"""Compressions (the modified Huffman and fax codes, both kinds of JPEG) whose decoders may leave a part of a damaged
picture as the memory was that they were given, and say that all went well."""

_PERTURB = -6
"""Of glibc's mallopt: the byte that memory is filled with before it is given."""
_USUAL = int(os.environ.get("MALLOC_PERTURB_", "0"))
"""What glibc took it for at the start of the process."""
_COMPRESSION, _PLANES, _BITS, _SUBFILE, _PHOTOMETRIC = 259, 284, 258, 254, 262
_WHITE_IS_ZERO = 0
_MESSAGE = re.compile(
    r"^(?:tempfile\.tif|_?TIFF\w*|Fax\w+|O?JPEG\w*|LZW\w*|ZIP\w*|PackBits\w*|Thunder\w*|NeXT\w*|LogL\w*|SGILog\w*|PixarLog\w*"
    r"|LZMA\w*|ZSTD\w*|WebP\w*|LERC\w*|Dump\w*): .*$",
    re.MULTILINE,
)
"""A line of libtiff's: where in it the error is, and the error."""
_HARMLESS = re.compile(r'Bad value \d+ for "(Orientation|ResolutionUnit)" tag|custom tag \d+ .* is not read from file')
"""What libtiff says of metadata that no pixel depends on, and goes on."""
_ITSELF = "tempfile.tif: "
"""What Pillow calls the file, to libtiff."""
_MOST = 1 << 16
_lock = threading.Lock()


def check_kind(image: ImageFile.ImageFile) -> None:
    """Refuse what Pillow would read as something else.

    Raises:
        UndecodableError: 16 bits, or grey and alpha, in separate planes; a file whose first picture is a preview, as
            in camera raws.
    """
    tags = image.tag_v2  # type: ignore[attr-defined]
    bits = tags.get(_BITS, (1,))
    if tags.get(_PLANES, 1) == 2 and len(bits) > 1 and max(bits) > 8:
        raise UndecodableError(f"a TIFF of {max(bits)} bits in separate planes, which is not read")
    if tags.get(_PLANES, 1) == 2 and image.mode == "LA":
        raise UndecodableError("a TIFF of grey and alpha in separate planes, which is not read")
    if image.tell() == 0 and tags.get(_SUBFILE, 0) & 1:
        raise UndecodableError(
            "a TIFF that begins with a preview of another picture, as camera raws do; it is not read"
        )


def mend_order(image: ImageFile.ImageFile) -> None:
    """Of a page that was opened, not loaded: libtiff gives values in the machine's order of bytes, not in the file's,
    which Pillow knows of 16 bits without sign only.
    """
    for i, tile in enumerate(image.tile):
        if tile.codec_name == "libtiff" and isinstance(tile.args, tuple):
            order = re.sub(r"^([IF];(?:16|32))B([SF])$", r"\1N\2", tile.args[0])
            image.tile[i] = tile._replace(args=(order, *tile.args[1:]))


def is_negative(image: ImageFile.ImageFile) -> bool:
    """Whether the least value of the current page is white, which Pillow minds for 8 bits and fewer only."""
    white = image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO  # type: ignore[attr-defined]
    return white and (image.mode in ("I", "F") or image.mode.startswith("I;16"))


def positive(strip: np.ndarray) -> np.ndarray:
    """Values of such a page -> those of the same picture whose least is black."""
    return 65535 - strip if strip.dtype == np.uint16 else -strip


def is_silent(image: ImageFile.ImageFile) -> bool:
    """Whether the current page is in a compression whose decoder may not report damage."""
    return image.tag_v2.get(_COMPRESSION, 1) in SILENT  # type: ignore[attr-defined]


@contextlib.contextmanager
def reports() -> Iterator[None]:
    """Within it libtiff's errors, which it writes to standard error only, are exceptions. One thread at a time.

    Raises:
        UndecodableError: libtiff reported an error that concerns the pixels; the message is its first line.
    """
    with _lock:
        # a pipe that is full takes no more, and what is said first is enough
        caught, end = os.pipe()
        os.set_blocking(caught, False)
        os.set_blocking(end, False)
        kept, failure = os.dup(2), None
        os.dup2(end, 2)
        try:
            yield
        except Exception as error:
            failure = error
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(end)
            said = ""
            with contextlib.suppress(BlockingIOError):  # nothing there, and a process started meanwhile may yet write
                said = os.read(caught, _MOST).decode(errors="replace")
            os.close(caught)
        others = _MESSAGE.sub("", said).strip("\n")
        if others:
            os.write(2, others.encode() + b"\n")
        errors = (found[0] for found in _MESSAGE.finditer(said) if not _HARMLESS.search(found[0]))
        if first := next(errors, None):
            raise UndecodableError(f"libtiff: {first.removeprefix(_ITSELF)}") from failure
        if failure:
            raise failure


@contextlib.contextmanager
def memory_filled(byte: int) -> Iterator[None]:
    """Within it memory is given filled with `byte`, so what a decoder leaves out is the same in every process and tells
    nothing of other pictures. Does nothing where the C library is not glibc.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_PERTURB, byte)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, AttributeError, TypeError):
            ctypes.CDLL(None).mallopt(_PERTURB, _USUAL)
