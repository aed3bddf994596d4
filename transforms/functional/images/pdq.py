"""PDQ (Facebook 2019): 256 bits of a picture and their quality, by the package that is its reference in Python.

Exchanges of hashes compute it of the picture as it is stored: no EXIF orientation, no colour profile, no transparency.
So do we, at full size, though it is decoded once more for that.
"""

import importlib.util
import io
import warnings
from typing import NamedTuple

import numpy as np
from PIL import Image

BITS = 256
MOST = 31
"""Bits that may differ between copies, as ThreatExchange has it."""
LEAST_QUALITY = 50
"""Of hashes that say something, as ThreatExchange has it."""


class Pdq(NamedTuple):
    """hash: 32 bytes, as its hex digits are written. quality: 0 to 100."""

    hash: bytes
    quality: int


def is_installed() -> bool:
    """Is the package there?"""
    return importlib.util.find_spec("pdqhash") is not None


def pdq_of(data: bytes) -> Pdq:
    """The bytes of a file that can be decoded -> the hash of its first picture.

    Raises:
        OSError: Pillow can't read it.
    """
    import pdqhash  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of broken metadata and large pictures: it was decoded before
        with Image.open(io.BytesIO(data)) as image:
            bits, quality = pdqhash.compute(np.asarray(image.convert("RGB")))
    return Pdq(np.packbits(bits).tobytes(), int(quality))
