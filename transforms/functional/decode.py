"""Encoded bytes in, RGB pixels out, or one of two exceptions that name what is wrong."""

import contextlib
import io
import math
import warnings
from typing import NamedTuple

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

pillow_heif.register_heif_opener()
# Bombs are refused below, by declared size and before any pixel is decoded; Pillow's own limit is lower
# than ours may be configured, and only warns up to twice its value.
Image.MAX_IMAGE_PIXELS = None

FULL_SIDE = 388
"""Square root of the area, in px, from which nothing is gained: larger JPEGs are decoded at 1/2, 1/4 or 1/8, never
below this."""

_TAKEN = (ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.DateTime)
_TAKEN_AT = ExifTags.Base.DateTimeOriginal


class UndecodableError(ValueError):
    """The bytes are no image, or a broken one."""


class TooLargeError(ValueError):
    """The image declares more pixels than the limit."""


class Decoded(NamedTuple):
    """pixels: (h, w, 3) uint8 RGB, upright, on white. width, height: of the upright image at full size, px.
    format: Pillow's name of the file format, such as 'JPEG'. exif: it tells when or with what it was taken. frames: how
    many pictures the file holds, frames of an animation or pages of a document.
    """

    pixels: np.ndarray
    width: int
    height: int
    format: str
    exif: bool
    frames: int


def decode(data: bytes, most_pixels: int, full_side: float = FULL_SIDE) -> Decoded:
    """Bytes of a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF ... -> pixels of its first frame.

    EXIF orientation is applied, transparency is laid on white, CMYK, palettes, 16 bits and grey are converted.
    Large JPEGs are decoded at a reduced size by scaling in the DCT, never below `full_side` px, the root of the area.

    Raises:
        UndecodableError: not an image, truncated, or broken.
        TooLargeError: more than `most_pixels` declared; nothing was decoded.
    """
    if not data:
        raise UndecodableError("the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of broken metadata, which does not concern the pixels
            with Image.open(io.BytesIO(data)) as image:
                return _load(image, most_pixels, full_side)
    except TooLargeError:
        raise
    except UnidentifiedImageError:
        raise UndecodableError(f"not an image in any known format (starts with {data[:8]!r})") from None
    # What decoders raise on hostile bytes is not one family: struct.error, zlib.error (an Exception), SyntaxError ...
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError, TypeError, MemoryError) as error:
        raise UndecodableError(f"{type(error).__name__}: {error}") from error
    except Exception as error:
        if type(error).__module__ in ("struct", "zlib"):
            raise UndecodableError(f"{type(error).__name__}: {error}") from error
        raise


def _load(image: Image.Image, most_pixels: int, full_side: float) -> Decoded:
    width, height = image.size
    if width * height > most_pixels:
        raise TooLargeError(f"{width} x {height} px are more than the limit of {most_pixels:,} px (read.most_pixels)")
    name, frames = image.format or "unknown", getattr(image, "n_frames", 1)
    if name in ("JPEG", "MPO"):
        scale = max((s for s in (1, 2, 4, 8) if math.sqrt(width * height) >= s * full_side), default=1)
        image.draft(None, (-(-width // scale), -(-height // scale)))
    image.load()
    stored = image.size
    exif = False
    # EXIF is parsed lazily and by hand: anything can come out, and the pixels are good
    with contextlib.suppress(Exception):
        tags = image.getexif()
        exif = any(tag in tags for tag in _TAKEN) or _TAKEN_AT in tags.get_ifd(ExifTags.IFD.Exif)
        ImageOps.exif_transpose(image, in_place=True)
    if image.size != stored:
        width, height = height, width
    return Decoded(_rgb(image), width, height, name, exif, frames)


def _rgb(image: Image.Image) -> np.ndarray:
    """Any mode -> (h, w, 3) uint8."""
    if image.mode.startswith("I") or image.mode == "F":
        return _sixteen_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _sixteen_bits(image: Image.Image) -> np.ndarray:
    """16- and 32-bit integers and floats -> 8 bits: by their top byte, or stretched where they have no fixed range."""
    values = np.asarray(image, np.float64)
    if image.mode != "F" and values.max(initial=0) <= 65535 and values.min(initial=0) >= 0:
        values = values / 257
    else:
        values = np.nan_to_num(values)
        low, high = values.min(), values.max()
        values = (values - low) * (255 / (high - low)) if high > low else values * 0
    return np.repeat(np.round(values).astype(np.uint8)[..., None], 3, axis=2)
