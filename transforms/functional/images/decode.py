"""Encoded bytes in, RGB pixels and what they are equal to out, or one of two exceptions that name what is wrong."""

import contextlib
import math
import warnings
from typing import NamedTuple

import numpy as np
from PIL import ImageFile

from lookalike.transforms.functional.images.formats import avif, jpeg, png, tiff
from lookalike.transforms.functional.images.formats.errors import TooLargeError, UndecodableError
from lookalike.transforms.functional.images.formats.formats import open_image
from lookalike.transforms.functional.images.formats.limits import check_size, pixel_limit
from lookalike.transforms.functional.images.frames import Shown, read_frames
from lookalike.transforms.functional.images.picture import Properties
from lookalike.transforms.functional.images.pixels.equality import PixelHash, hash_of_code, hash_of_file
from lookalike.transforms.functional.images.pixels.profiles import profile_of
from lookalike.transforms.functional.images.pixels.samples import of_image
from lookalike.transforms.functional.images.pixels.upright import orientation_of, turned, upright, was_taken
from lookalike.transforms.functional.images.rendering import rendered
from lookalike.transforms.functional.images.wrapped.inner import Inner
from lookalike.transforms.functional.images.wrapped.unwrap import unwrapped

__all__ = ["FULL_SIDE", "Decoded", "TooLargeError", "UndecodableError", "decode"]

FULL_SIDE = 388
"""Square root of the area, in px, from which nothing is gained: larger JPEGs are decoded at 1/2, 1/4 or 1/8, never
below this."""


class Decoded(NamedTuple):
    """pixels: (h, w, 3) uint8 RGB, upright, opaque, sRGB; of large JPEGs at a reduced size."""

    pixels: np.ndarray
    properties: Properties


def decode(data: bytes, max_pixels: int, full_side: float = FULL_SIDE) -> Decoded:
    """Bytes of a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF ... -> its picture, and what that is equal to.

    The picture is the first frame that shows something. EXIF orientation and colour profile are applied, transparency
    is laid on a ground, CMYK, palettes, 16 bits and grey are converted; docs/reference/formats.md has the table. Large
    JPEGs are decoded at a reduced size by scaling in the DCT, never below `full_side` px, the root of the area. All
    frames go into the hash where they have at most `max_pixels` together.

    Raises:
        UndecodableError: not an image, truncated, damaged, or of a kind that is not read.
        TooLargeError: more than `max_pixels` declared; nothing was decoded.
    """
    if not data:
        raise UndecodableError("the file is empty")
    inner = _inner_of(data, max_pixels)
    if inner:
        return _of_file(decode(inner.data, max_pixels, full_side), inner, data)
    try:
        return _decode(data, max_pixels, full_side)
    except UndecodableError:
        bare = png.bare(data)
        if bare is None:
            raise
        with contextlib.suppress(UndecodableError):
            return _decode(bare, max_pixels, full_side)
        raise


def _inner_of(data: bytes, max_pixels: int) -> Inner | None:
    """What `unwrapped` gives; whatever its decoders raise is one of the two exceptions."""
    try:
        with warnings.catch_warnings(), pixel_limit(max_pixels):
            warnings.simplefilter("ignore")
            return unwrapped(data, max_pixels)
    except (TooLargeError, UndecodableError):
        raise
    except Exception as error:
        raise UndecodableError(f"{type(error).__name__}: {error}") from error


def _of_file(found: Decoded, inner: Inner, data: bytes) -> Decoded:
    """What was decoded of a picture inside of a file -> what the file is."""
    seen, pixels = found.properties, turned(found.pixels, inner.orientation)
    width, height = (seen.height, seen.width) if inner.orientation >= 5 else (seen.width, seen.height)
    if inner.width * inner.height > width * height:
        width, height = inner.width, inner.height
    seen = seen._replace(format=inner.format, width=width, height=height)
    if not inner.whole:
        samples = f"{seen.samples.rstrip('~+')}{'~' * (inner.developed or '~' in seen.samples)}+"
        seen = seen._replace(pixel_hash=hash_of_file(data), samples=samples)
    return Decoded(np.ascontiguousarray(pixels), seen)


def _decode(data: bytes, max_pixels: int, full_side: float) -> Decoded:
    name = ""
    try:
        with warnings.catch_warnings(), pixel_limit(max_pixels):
            warnings.simplefilter("ignore")  # of broken metadata, which does not concern the pixels
            with open_image(data) as image:
                name = image.format or "unknown"
                check_size(image.size, max_pixels)
                if name in ("JPEG", "MPO"):
                    return _read_jpeg(image, data, full_side)
                if name == "AVIF":
                    avif.check_aperture(data)
                shown = (_read_tiff if name == "TIFF" else read_frames)(image, data, max_pixels)
                height, width = shown.pixels.shape[:2]
                return Decoded(
                    shown.pixels,
                    Properties(shown.pixel_hash, width, height, name, shown.exif, shown.frames, shown.samples),
                )
    except (TooLargeError, UndecodableError):
        raise
    # What decoders raise on hostile bytes is not one family: RuntimeError, NotImplementedError, struct.error ... None
    # of them is a fault of the run.
    except Exception as error:
        raise UndecodableError(": ".join(filter(None, (name, type(error).__name__, str(error))))) from error


def _read_jpeg(image: ImageFile.ImageFile, data: bytes, full_side: float) -> Decoded:
    """Where it is decoded at a reduced size, or holds several pictures, what makes its pixels is hashed instead."""
    width, height = image.size
    parts = list(jpeg.segments(data))
    jpeg.check_scans(parts)
    frames = getattr(image, "n_frames", 1)
    scale = max((s for s in (1, 2, 4, 8) if math.sqrt(width * height) >= s * full_side), default=1)
    image.draft(None, (-(-width // scale), -(-height // scale)))
    image.load()
    exif, orientation, profile = was_taken(image), orientation_of(image), profile_of(image)
    samples = of_image(upright(image, orientation))
    if scale == 1 and frames == 1:
        found = PixelHash(1)
        found.add(samples, profile)
        pixel_hash = found.digest()
    else:
        pixel_hash = hash_of_code(jpeg.coded(data, parts, frames), orientation, profile)
    if orientation >= 5:
        width, height = height, width
    properties = Properties(pixel_hash, width, height, image.format or "JPEG", exif, frames, samples.named())
    return Decoded(rendered(samples, profile).pixels, properties)


def _read_tiff(image: ImageFile.ImageFile, data: bytes, max_pixels: int) -> Shown:
    """Where damage may go unreported, decodes twice, in memory of different contents, and compares."""
    with tiff.reports():
        with tiff.memory_filled(0x55):
            shown = read_frames(image, data, max_pixels)
        if shown.silent:
            with open_image(data) as again, tiff.memory_filled(0xAA):
                other = read_frames(again, data, max_pixels)
            if other.pixel_hash != shown.pixel_hash or not np.array_equal(other.pixels, shown.pixels):
                raise UndecodableError("a damaged TIFF: the decoder leaves parts of the picture as they were in memory")
    return shown
