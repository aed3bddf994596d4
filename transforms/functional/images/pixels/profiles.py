"""Colour profiles: a picture in another colour space than sRGB is fingerprinted as it would be seen."""

import functools
import hashlib
import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageCms

from lookalike.transforms.functional.images.pixels.samples import as_image

MOST_BYTES = 4 << 20
"""Larger profiles are ignored."""
MOST_CHANGE, MEAN_CHANGE = 12, 2.0
"""A profile is ignored where it changes no colour of a coarse grid by more than so many of 255 levels, and all by less
than so many on average: sRGB itself, in its many roundings, and the small profiles that stand for it."""

_SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}


class Profile(NamedTuple):
    """digest: of its bytes. mode: Pillow's, that it is of. transform: to sRGB."""

    digest: bytes
    mode: str
    transform: ImageCms.ImageCmsTransform

    def applied(self, strip: np.ndarray) -> np.ndarray:
        """(h, w, 3) uint8, or (h, w, 4) for CMYK -> (h, w, 3) in sRGB. Of grey one channel is looked at."""
        image = as_image(strip[..., 0] if self.mode == "L" else strip, self.mode)
        return np.asarray(ImageCms.applyTransform(image, self.transform))


def profile_of(image: Image.Image) -> Profile | None:
    """A picture -> its profile, where it has one of its own kind that is no sRGB. A broken one is none."""
    icc = image.info.get("icc_profile")
    if not icc or len(icc) > MOST_BYTES:
        return None
    if image.mode in ("CMYK", "LAB"):
        mode = image.mode
    else:
        mode = "L" if image.mode in ("1", "L", "LA", "La", "I", "F") or image.mode.startswith("I;16") else "RGB"
    return _profile(icc, mode)


@functools.lru_cache(maxsize=32)
def _profile(icc: bytes, mode: str) -> Profile | None:
    # lcms names many kinds of broken profile by exceptions of several families; viewers show such pictures as they are
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        if _SPACES.get(profile.profile.xcolor_space.strip()) != mode:
            return None
        made = ImageCms.buildTransform(profile, _srgb(), mode, "RGB", ImageCms.Intent.PERCEPTUAL)
        found = Profile(hashlib.sha256(icc).digest(), mode, made)
        grid = _grid(4 if mode == "CMYK" else 3)
        seen = found.applied(grid)
        if mode in ("RGB", "L"):
            before = grid if mode == "RGB" else np.repeat(grid[..., :1], 3, axis=2)
            change = np.abs(seen.astype(int) - before)
            if change.max() <= MOST_CHANGE and change.mean() <= MEAN_CHANGE:
                return None
        return found
    except MemoryError:
        raise
    except Exception:
        return None


def lab_to_rgb(strip: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 of Pillow's LAB -> sRGB."""
    return np.asarray(ImageCms.applyTransform(as_image(strip, "LAB"), _lab()))


@functools.cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@functools.cache
def _lab() -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")


def _grid(channels: int) -> np.ndarray:
    """(1, n, channels) uint8: all combinations of nine levels, and all levels alone."""
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    every = np.stack(np.meshgrid(*[levels] * channels), -1).reshape(-1, channels)
    alike = np.repeat(np.arange(256, dtype=np.uint8)[:, None], channels, axis=1)
    return np.concatenate([every, alike])[None]
