"""What EXIF says of a picture: which way is up, and whether a camera took it."""

import contextlib

import numpy as np
from PIL import ExifTags, Image

_TAKEN = (ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.DateTime)
_TAKEN_AT = ExifTags.Base.DateTimeOriginal


def orientation_of(image: Image.Image) -> int:
    """1 to 8, as EXIF counts; 1, upright, where nothing else can be read."""
    # EXIF is parsed lazily and by hand: anything can come out, and the pixels are good
    with contextlib.suppress(Exception):
        value = int(image.getexif().get(ExifTags.Base.Orientation, 1))
        return value if 1 <= value <= 8 else 1
    return 1


def was_taken(image: Image.Image) -> bool:
    """Whether EXIF tells when or with what a picture was taken."""
    with contextlib.suppress(Exception):
        tags = image.getexif()
        return any(tag in tags for tag in _TAKEN) or _TAKEN_AT in tags.get_ifd(ExifTags.IFD.Exif)
    return False


_METHODS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """A loaded picture -> the same, turned."""
    method = _METHODS.get(orientation)
    return image if method is None else image.transpose(method)


def turned(array: np.ndarray, orientation: int) -> np.ndarray:
    """(h, w, channels) -> the same, turned."""
    if orientation >= 5:
        array = array.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return array
