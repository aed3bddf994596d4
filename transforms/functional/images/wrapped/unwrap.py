"""Files whose picture lies inside of them as a file of another format: it is taken out, and read in their place."""

from lookalike.transforms.functional.images.formats.limits import check_size
from lookalike.transforms.functional.images.formats.opened import is_installed
from lookalike.transforms.functional.images.formats.signatures import is_jpeg_xl
from lookalike.transforms.functional.images.wrapped import jpegxl, raws
from lookalike.transforms.functional.images.wrapped.inner import Inner


def unwrapped(data: bytes, max_pixels: int) -> Inner | None:
    """Take out what a file shows, or give None where it is a picture itself.

    Raises:
        UndecodableError: it is damaged, or holds no picture that can be read.
        TooLargeError: it has more than `max_pixels`; nothing was decoded.
    """
    if is_installed("JXL") and is_jpeg_xl(data):
        check_size(jpegxl.header_of(data)[:2], max_pixels)
        return jpegxl.picture_of(data)
    if is_installed("RAW") and raws.is_raw(data):
        return raws.preview_of(data)
    return None


def declared_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a file says its picture has, where no decoder needs to be asked. Raises as `unwrapped`."""
    if is_installed("JXL") and is_jpeg_xl(data):
        return jpegxl.header_of(data)[:2]
    return None
