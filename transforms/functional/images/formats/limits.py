"""Pillow's guard against decompression bombs, set to our limit while a file is decoded."""

import contextlib
import re
import threading
from collections.abc import Iterator

from PIL import Image

from lookalike.transforms.functional.images.formats.errors import TooLargeError

_lock = threading.Lock()
_before: list[int | None] = []
"""What the setting was when each of the threads that are inside came: the first one's is put back."""


@contextlib.contextmanager
def pixel_limit(max_pixels: int) -> Iterator[None]:
    """Within it Pillow refuses pictures of more than `max_pixels`, those inside of icons and frames too.

    Pillow raises at twice its setting, and checks nested pictures before it decodes them. The setting is of the
    process, and put back when the last of its threads leaves.

    Raises:
        TooLargeError: instead of Pillow's own exception.
    """
    with _lock:
        _before.append(Image.MAX_IMAGE_PIXELS)
        Image.MAX_IMAGE_PIXELS = max_pixels / 2  # type: ignore[assignment]
    try:
        yield
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise TooLargeError(too_large(f"{int(pixels.group()):,} px" if pixels else "its pixels", max_pixels)) from None
    finally:
        with _lock:
            if len(_before) == 1:
                Image.MAX_IMAGE_PIXELS = _before[0]
                _before.clear()
            else:
                _before.pop()


def check_size(size: tuple[int, int], max_pixels: int) -> None:
    """Refuse a picture of this (width, height) where it has more than `max_pixels`.

    Raises:
        TooLargeError: it has.
    """
    if size[0] * size[1] > max_pixels:
        raise TooLargeError(too_large(f"{size[0]} x {size[1]} px", max_pixels))


def too_large(what: str, max_pixels: int) -> str:
    """What is said of a picture beyond the limit."""
    return f"{what} are more than the limit of {max_pixels:,} px (read.max_pixels)"
