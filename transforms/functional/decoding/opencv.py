"""What OpenCV decodes right and Pillow does not: colours of 16 bits, and BMP's compression to 4 bits."""

import cv2
import numpy as np
from PIL import ImageFile

from transforms.functional.decoding.errors import UndecodableError
from transforms.functional.decoding.samples import of_image

_RLE4 = 2


def reads_better(image: ImageFile.ImageFile) -> bool:
    """Whether a picture that was opened is one that Pillow gets wrong."""
    return image.format == "BMP" and image.info.get("compression") == _RLE4


def decoded_deep(data: bytes, image: ImageFile.ImageFile) -> np.ndarray:
    """Bytes of colours of 16 bits, and Pillow's picture of them, loaded -> (h, w, 3 or 4) uint16.

    Raises:
        UndecodableError: OpenCV can't, or doesn't find the same picture: damage is Pillow's to report.
    """
    array, top = decoded(data, image.size), 0
    if array.dtype != np.uint16:
        raise UndecodableError("OpenCV finds no 16 bits in it")
    for strip in of_image(image).strips():
        if not np.array_equal(array[top : top + len(strip)] >> 8, strip):
            raise UndecodableError("OpenCV finds another picture in it")
        top += len(strip)
    return array


def decoded(data: bytes, size: tuple[int, int]) -> np.ndarray:
    """Bytes of a picture of (width, height) `size` -> (h, w, 3 or 4) uint8 or uint16, RGB or RGBA.

    Raises:
        UndecodableError: OpenCV can't, or finds another picture in it.
    """
    try:
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise UndecodableError(f"OpenCV: {error.err}") from None
    if array is None or array.shape[1::-1] != size or array.dtype not in (np.uint8, np.uint16):
        raise UndecodableError("OpenCV finds no such picture in it")
    if array.ndim == 2:
        return np.repeat(array[..., None], 3, axis=2)
    return cv2.cvtColor(array, cv2.COLOR_BGRA2RGBA if array.shape[2] == 4 else cv2.COLOR_BGR2RGB)
