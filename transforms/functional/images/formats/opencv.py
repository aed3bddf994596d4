"""What OpenCV decodes right and Pillow does not: colours of 16 bits, and BMP's compression to 4 bits."""

import cv2
import numpy as np
from PIL import ImageFile

from lookalike.transforms.functional.images.formats.errors import UndecodableError
from lookalike.transforms.functional.images.pixels.samples import of_image

_RLE4 = 2
_COMPRESSION = 259
_OF_TIFFS = frozenset((1, 5, 8, 32773, 32946))
"""The compressions of TIFFs that OpenCV knows: none, LZW, both kinds of Deflate, PackBits."""
NO_MEMORY = -4
"""OpenCV's code of the error."""


def reads_better(image: ImageFile.ImageFile) -> bool:
    """Whether a picture that was opened is one that Pillow gets wrong."""
    return image.format == "BMP" and image.info.get("compression") == _RLE4


def reads_deeper(image: ImageFile.ImageFile) -> bool:
    """Whether OpenCV reads all bits of a picture of which Pillow keeps the upper eight."""
    if image.format == "TIFF":
        known = image.tag_v2.get(_COMPRESSION, 1) in _OF_TIFFS  # type: ignore[attr-defined]
    else:
        known = image.format == "PNG"
    return known and image.mode in ("RGB", "RGBA", "LA")


def decoded(data: bytes, size: tuple[int, int]) -> np.ndarray:
    """Bytes of a picture of (width, height) `size` -> (h, w, 3 or 4) uint8 or uint16, RGB or RGBA.

    Raises:
        UndecodableError: OpenCV can't, or finds another picture in it.
        MemoryError: for want of memory.
    """
    try:
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        if error.code == NO_MEMORY:
            raise MemoryError(error.err) from error
        raise UndecodableError(f"OpenCV: {error.err}") from error
    if array is None or array.shape[1::-1] != size or array.dtype not in (np.uint8, np.uint16):
        raise UndecodableError("OpenCV finds no such picture in it")
    if array.ndim == 2:
        return np.repeat(array[..., None], 3, axis=2)
    return cv2.cvtColor(array, cv2.COLOR_BGRA2RGBA if array.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def agree(array: np.ndarray, image: ImageFile.ImageFile) -> bool:
    """Whether the upper bytes of (h, w, 3 or 4) uint16 are Pillow's picture, loaded."""
    top = 0
    for strip in of_image(image).strips():
        if array.dtype != np.uint16 or not np.array_equal(array[top : top + len(strip)] >> 8, strip):
            return False
        top += len(strip)
    return True
