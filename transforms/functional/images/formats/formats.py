"""The formats that are opened, and what is said of a file in another one."""

import io
from collections.abc import Iterator

import pillow_heif

# Pillow registers a format when its plug-in is imported. These imports are the allow-list: plug-ins that start a
# program (EPS), open another file or call the system's renderer (WMF) are never looked for.
from PIL import (  # noqa: F401
    AvifImagePlugin,
    BmpImagePlugin,
    DdsImagePlugin,
    GifImagePlugin,
    IcnsImagePlugin,
    IcoImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PcxImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    PsdImagePlugin,
    QoiImagePlugin,
    SgiImagePlugin,
    TgaImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from lookalike.transforms.functional.images.formats import cursors, png
from lookalike.transforms.functional.images.formats.errors import UndecodableError
from lookalike.transforms.functional.images.formats.opened import OPENED
from lookalike.transforms.functional.images.formats.signatures import begins_as_raw

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

REFUSED = (
    (b"%!PS", "an EPS or PostScript file; refused, because reading it would run a program (Ghostscript)"),
    (b"\xc5\xd0\xd3\xc6", "an EPS file; refused, because reading it would run a program (Ghostscript)"),
    (b"%PDF", "a PDF file, which is a document and no image"),
    (b"\xd7\xcd\xc6\x9a", "a WMF file, which is a drawing and no image"),
    (b"\x01\x00\x00\x00\x6c\x00\x00\x00", "an EMF file, which is a drawing and no image"),
    (b"<svg", "an SVG file, which is a drawing and no image"),
    (b"\xff\x0a", "a JPEG XL file, which is read where the extra `jxl` is installed"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL file, which is read where the extra `jxl` is installed"),
    (b"\x76\x2f\x31\x01", "an OpenEXR file, of which there is no decoder here"),
    (b"#?RADIANCE", "a Radiance HDR file, of which there is no decoder here"),
    (b"SIMPLE  =", "a FITS file, of which there is no decoder here"),
    (b"\x59\xa6\x6a\x95", "a Sun raster file, of which there is no faithful decoder here"),
    (b"BLP1", "a BLP file, which is not read"),
    (b"BLP2", "a BLP file, which is not read"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE file (FPX, MIC or a document), which is not read"),
)
"""First bytes of well-known files that are not opened, and why."""


def open_image(data: bytes) -> ImageFile.ImageFile:
    """Bytes -> a picture of which nothing but the header is read.

    Raises:
        UndecodableError: no format that is opened; the message says what the file is, as far as that is known.
    """
    try:
        image = Image.open(io.BytesIO(cursors.as_icon(data) if cursors.is_cursor(data) else data), formats=OPENED)
    except UnidentifiedImageError:
        raise UndecodableError(_explained(data)) from None
    except Image.DecompressionBombError:
        raise
    except Exception as error:
        name = next(_named(data), "of an unknown format")
        raise UndecodableError(f"{name}: {type(error).__name__}: {error}") from error
    if image.format == "PNG":
        png.scale_transparency(image)
    return image


def _explained(data: bytes) -> str:
    for start, what in REFUSED:
        if data.startswith(start):
            return what
    if begins_as_raw(data):
        return "a camera raw file, whose preview is read where the extra `raw` is installed"
    for name in _named(data):
        try:
            Image.OPEN[name][0](io.BytesIO(data), "")
        # Image.open swallows what a plug-in raises, and tries the next format
        except Exception as error:
            return f"{name}: {type(error).__name__}: {error}"
    return f"not an image in any known format (starts with {data[:8]!r})"


def _named(data: bytes) -> Iterator[str]:
    """The formats that are opened whose signature a file has."""
    for name in OPENED:
        accepts = Image.OPEN[name][1]
        if accepts is not None and accepts(data[:16]) is True:
            yield name
