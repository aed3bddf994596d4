"""Stored values -> the 8-bit RGB picture that is fingerprinted."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.images.pixels.ground import ground_of, laid_on
from lookalike.transforms.functional.images.pixels.profiles import Profile, lab_to_rgb
from lookalike.transforms.functional.images.pixels.ranges import SIXTEEN_BITS, Range, eight_bits, range_of
from lookalike.transforms.functional.images.pixels.samples import Samples, as_image, as_rgb

SHOWN = 16
"""Grey levels between the darkest and the brightest value of a picture that shows something: less is one flat colour,
as compression leaves it, or a frame that has hardly begun to fade in."""


class Rendered(NamedTuple):
    """pixels: (h, w, 3) uint8 RGB in sRGB. stretched: they show the range that the stored values use, not the values
    themselves.
    """

    pixels: np.ndarray
    stretched: bool


def rendered(samples: Samples, profile: Profile | None) -> Rendered:
    """What is fingerprinted of `samples`."""
    stretched = False
    if samples.kind in ("grey16", "grey32", "float", "RGB16", "RGBA16"):
        shown = range_of(samples)
        stretched = shown != SIXTEEN_BITS
        # a stretched picture has colours of its own
        profile = None if stretched else profile
        kind = "RGBA" if samples.kind == "RGBA16" else "RGB"
        samples = samples.through(kind, lambda strip: _eight_bits(strip, shown))
    render = _renderer(samples, profile)
    out, top = None, 0
    for strip in samples.strips():
        rgb = render(strip)
        if len(rgb) == samples.height:
            return Rendered(rgb, stretched)
        if out is None:
            out = np.empty((samples.height, samples.width, 3), np.uint8)
        out[top : top + len(rgb)] = rgb
        top += len(rgb)
    assert out is not None  # a loaded picture has pixels
    return Rendered(out, stretched)


def shows_something(pixels: np.ndarray) -> bool:
    """(h, w, 3) uint8 -> whether it is more than one flat colour."""
    return bool((pixels.max(axis=(0, 1)).astype(int) - pixels.min(axis=(0, 1))).max() > SHOWN)


def _renderer(samples: Samples, profile: Profile | None) -> Callable[[np.ndarray], np.ndarray]:
    """8-bit samples -> what makes sRGB of a strip of them."""
    if samples.kind == "RGBA":
        ground = ground_of(samples.through("RGBA", lambda strip: _coloured(strip, profile)))
        return lambda strip: laid_on(_coloured(strip, profile), ground)
    if profile is not None:
        return profile.applied
    if samples.kind == "LAB":
        return lab_to_rgb
    if samples.kind == "RGB":
        return lambda strip: strip
    return lambda strip: np.asarray(as_image(strip, samples.kind).convert("RGB"))


def _coloured(strip: np.ndarray, profile: Profile | None) -> np.ndarray:
    """RGBA with its colours in sRGB."""
    return strip if profile is None else np.dstack([profile.applied(strip[..., :3]), strip[..., 3]])


def _eight_bits(strip: np.ndarray, shown: Range) -> np.ndarray:
    if strip.ndim == 3 and strip.shape[2] == 4:
        return np.dstack([eight_bits(strip[..., :3], shown), eight_bits(strip[..., 3], SIXTEEN_BITS)])
    return as_rgb(eight_bits(strip, shown))
