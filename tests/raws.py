"""Camera raws as cameras write them, as far as that can be done here: DNG, which is a TIFF."""

import io

import numpy as np
import tifffile
from PIL import Image

SRGB_D65 = (0.6, 0.3, -0.1, -0.3, 1.2, 0.1, 0.0, 0.2, 0.7)
CFA, UNIQUE, VERSION, OLDEST, MATRIX, LIGHT, NEUTRAL, WHITE = (
    (33421, 33422),
    50708,
    50706,
    50707,
    50721,
    50778,
    50728,
    50717,
)


def mosaic(rgb: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 -> (h, w) uint16, 12 bits of red, green, green and blue in turn."""
    linear = (rgb.astype(float) / 255) ** 2.2 * 4095
    raw = np.zeros(rgb.shape[:2], np.uint16)
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        raw[row::2, column::2] = linear[row::2, column::2, channel]
    return raw


def dng(rgb: np.ndarray, preview: str = "jpeg", orientation: int = 1, planes: tuple[int, ...] | None = None) -> bytes:
    """A DNG with a thumbnail before the raw values. preview: 'jpeg' behind them, of full size; 'pixels': the thumbnail
    alone; or ''. planes: the colours of the filters, if it tells them.
    """
    height, width = rgb.shape[:2]
    buffer = io.BytesIO()
    rationals = [number for value in SRGB_D65 for number in (round(value * 10_000), 10_000)]
    told = [
        (VERSION, 1, 4, bytes([1, 4, 0, 0]), True), (OLDEST, 1, 4, bytes([1, 1, 0, 0]), True),
        (UNIQUE, 2, 0, "Test Camera", True), (271, 2, 0, "Test", True), (272, 2, 0, "Camera", True),
        (274, 3, 1, orientation, True), (MATRIX, 10, 9, rationals, True), (LIGHT, 3, 1, 21, True),
        (NEUTRAL, 5, 3, [1, 1, 1, 1, 1, 1], True),
    ]  # fmt: skip
    values = [(CFA[0], 3, 2, [2, 2], True), (CFA[1], 1, 4, bytes([0, 1, 1, 2]), True), (WHITE, 4, 1, 4095, True)]
    values += [(50710, 1, len(planes), bytes(planes), True)] if planes else []
    with tifffile.TiffWriter(buffer, byteorder="<") as writer:
        if preview:
            small = np.asarray(Image.fromarray(rgb).resize((width // 2, height // 2), Image.Resampling.BOX))
            inside = 1 + (preview == "jpeg")
            writer.write(small, photometric="rgb", subfiletype=1, extratags=told, subifds=inside, metadata=None)
            told = []
        writer.write(mosaic(rgb), photometric=32803, subfiletype=0, extratags=[*values, *told], metadata=None)
        if preview == "jpeg":
            how = {
                "compression": "jpeg",
                "compressionargs": {"level": 95},
                "rowsperstrip": height,
                "subfiletype": 1,
                "subsampling": (1, 1),
            }
            writer.write(np.asarray(Image.fromarray(rgb).convert("YCbCr")), photometric="ycbcr", metadata=None, **how)
    return buffer.getvalue()
