"""What Pillow leaves out when it decodes a file: where anything is, the picture is no proof that files are equal."""

import re

from PIL import ImageFile

_DEEP = re.compile(r";(16[BLN]|12|32|64|F)")
_EIGHT_BITS = ("L", "LA", "RGB", "RGBA", "CMYK", "RGBX")
_SUBIFDS, _SAMPLES, _SAMPLE_FORMAT = 330, 277, 339
_KEPT = {"I": 2, "F": 3}
"""The sample formats that Pillow's modes are of, integers with a sign and floats; others are integers without."""


def is_deep(image: ImageFile.ImageFile) -> bool:
    """Whether a picture that was opened, not loaded, has values of more bits than Pillow will keep."""
    if not image.tile:
        return False
    codec, arguments = image.tile[0].codec_name, image.tile[0].args
    arguments = arguments if isinstance(arguments, tuple) else (arguments,)
    if codec in ("ppm", "ppm_plain"):
        return image.mode in _EIGHT_BITS and any(isinstance(value, int) and value > 255 for value in arguments)
    if codec == "SGI16" or (codec == "sgi_rle" and arguments[-1] == 2):
        return True
    rawmode = next((value for value in arguments if isinstance(value, str)), "")
    return rawmode == "F;64F" or (image.mode in _EIGHT_BITS and _DEEP.search(rawmode) is not None)


def holds_more(image: ImageFile.ImageFile, data: bytes) -> bool:
    """Whether the file holds more of the picture than its frames: more bits, other sizes, layers, planes.

    `image` is opened and not loaded; `data`: its file.
    """
    name = image.format
    if name in ("PSD", "DDS"):
        return True
    if name in ("ICO", "ICNS"):
        return len(getattr(getattr(image, "ico", None), "entry", image.info.get("sizes", ()))) > 1
    if name == "HEIF":
        return int(image.info.get("bit_depth", 8)) > 8
    if name == "AVIF":
        # the configuration of each coded picture and track: its third byte tells of more than 8 bits
        return any(found[1][0] & 0x40 for found in re.finditer(rb"av1C..(.)", data, re.DOTALL))
    if name == "JPEG2000":
        return image.mode in _EIGHT_BITS and _precision(data) > 8
    if name == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        if _SUBIFDS in tags or (tags.get(_SAMPLES, 1) > len(image.getbands())):
            return True
        if tags.get(_SAMPLE_FORMAT, (1,))[0] != _KEPT.get(image.mode, 1):
            return True
    if name == "PNG" and image.mode == "I;16" and "transparency" in image.info:
        return True
    return is_deep(image)


def _precision(data: bytes) -> int:
    """Most bits of a component of a JPEG 2000 codestream."""
    size = data.find(b"\xff\x4f\xff\x51") + 2
    components = int.from_bytes(data[size + 38 : size + 40], "big")
    return max(
        ((data[i] & 0x7F) + 1 for i in range(size + 40, min(len(data), size + 40 + 3 * components), 3)), default=8
    )
