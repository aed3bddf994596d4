"""The values of one picture as they are stored, a strip at a time, in one of few arrangements."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

STRIP = 1 << 22
"""Pixels that are looked at at once: what conversions need beside a large picture stays a few dozen megabytes."""

_ALPHA = ("RGBA", "LA", "PA", "La", "RGBa")
_AS_THEY_ARE = ("CMYK", "LAB", "HSV", "YCbCr")


class Samples(NamedTuple):
    """kind: RGB, RGBA, CMYK, LAB, HSV, YCbCr (uint8), grey16, RGB16, RGBA16 (uint16), grey32 (int32) or float
    (float32). width, height: px. strips: gives its rows from the top, (rows, width) or (rows, width, channels), as
    often as it is called.
    """

    kind: str
    width: int
    height: int
    strips: Callable[[], Iterator[np.ndarray]]

    def named(self, stretched: bool = False, complete: bool = True) -> str:
        """The kind; with '~' where a picture shows the range that they use, not the values, and with '+' where the file
        holds more than them.
        """
        return f"{self.kind}{'~' * stretched}{'' if complete else '+'}"

    def through(self, kind: str, change: Callable[[np.ndarray], np.ndarray]) -> "Samples":
        """The same with each strip changed."""
        return Samples(kind, self.width, self.height, lambda: map(change, self.strips()))


def of_image(image: Image.Image) -> Samples:
    """A loaded picture of any of Pillow's modes -> its Samples. 1 to 8 bits of grey and palettes become RGB or RGBA, in
    which they lose nothing.
    """
    width, height = image.size
    if image.mode.startswith("I;16"):
        kind, dtype = "grey16", "<u2"
    elif image.mode == "I":
        kind, dtype = "grey32", "<i4"
    elif image.mode == "F":
        kind, dtype = "float", "<f4"
    elif image.mode in _AS_THEY_ARE:
        kind, dtype = image.mode, "u1"
    else:
        kind, dtype = ("RGBA" if image.mode in _ALPHA or "transparency" in image.info else "RGB"), "u1"

    def array(strip: Image.Image) -> np.ndarray:
        if dtype == "u1" and strip.mode != kind:
            strip = (strip.convert("LA") if strip.mode == "La" else strip).convert(kind)
        return np.asarray(strip).astype(dtype, copy=False)

    rows = max(1, STRIP // max(1, width))
    if rows >= height:
        whole = array(image)
        return Samples(kind, width, height, lambda: iter((whole,)))
    tops = range(0, height, rows)
    return Samples(
        kind,
        width,
        height,
        lambda: (array(image.crop((0, top, width, min(top + rows, height)))) for top in tops),
    )


def of_array(array: np.ndarray) -> Samples:
    """(h, w, 3 or 4) uint8 or uint16, RGB or RGBA -> its Samples."""
    height, width, channels = array.shape
    kind = ("RGB" if channels == 3 else "RGBA") + ("16" if array.dtype == np.uint16 else "")
    rows = max(1, STRIP // max(1, width))
    return Samples(
        kind, width, height, lambda: (np.ascontiguousarray(array[top : top + rows]) for top in range(0, height, rows))
    )


def simplest(samples: Samples) -> Samples:
    """The same picture without what says nothing: an alpha that is opaque everywhere, a second byte that repeats the
    first, integers of 32 bits that fit into 16.
    """
    kind = samples.kind
    if kind == "grey32" and all(s.min() >= 0 and s.max() <= 65535 for s in samples.strips()):
        samples = samples.through("grey16", lambda s: s.astype("<u2"))
    if kind in ("RGBA", "RGBA16") and all((s[..., 3] == np.iinfo(s.dtype).max).all() for s in samples.strips()):
        samples = samples.through(kind.replace("A", ""), lambda s: np.ascontiguousarray(s[..., :3]))
    if samples.kind.endswith("16") and all((s >> 8 == s & 255).all() for s in samples.strips()):
        kind = samples.kind[:-2].replace("grey", "RGB")
        samples = samples.through(kind, lambda s: as_rgb((s >> 8).astype(np.uint8)))
    return samples


def as_rgb(strip: np.ndarray) -> np.ndarray:
    """(h, w) of grey, or (h, w, 3) -> (h, w, 3)."""
    return np.repeat(strip[..., None], 3, axis=2) if strip.ndim == 2 else strip


def as_image(strip: np.ndarray, mode: str) -> Image.Image:
    """(h, w) or (h, w, channels) uint8 -> a picture of Pillow's of this mode."""
    return Image.frombuffer(mode, strip.shape[1::-1], np.ascontiguousarray(strip), "raw", mode, 0, 1)
