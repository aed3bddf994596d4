"""What a fourth channel means in formats that leave that open: transparency, or nothing that is seen."""

import numpy as np
from PIL import ImageFile

from lookalike.transforms.functional.images.pixels.samples import Samples

UNSAID = ("BMP", "DDS", "DIB", "ICO", "TGA")
"""Formats in which many programs leave a fourth channel at zero, and viewers then ignore it."""
_SECTIONS_AT = 26
"""Of a PSD: where its header ends."""


def without_other_channels(samples: Samples, image: ImageFile.ImageFile, data: bytes) -> Samples:
    """The same picture without a fourth channel that is no transparency. data: the file of `image`."""
    if samples.kind != "RGBA":
        return samples
    if image.format == "PSD":
        other = not _has_transparency(data)
    else:
        other = image.format in UNSAID and not any(strip[..., 3].any() for strip in samples.strips())
    return samples.through("RGB", lambda strip: np.ascontiguousarray(strip[..., :3])) if other else samples


def _has_transparency(data: bytes) -> bool:
    """Whether the first channel behind the colours of a PSD is transparency, and no selection that was saved: the
    number of its layers is then below zero (Adobe's specification of the format, layer info).
    """
    at = _SECTIONS_AT
    for _ in range(2):  # the palette, and resources
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    layers = data[at + 8 : at + 10] if int.from_bytes(data[at : at + 4], "big") else b""
    return int.from_bytes(layers, "big", signed=True) < 0
