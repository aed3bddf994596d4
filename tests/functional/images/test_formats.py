"""docs/reference/formats.md is true: each row is decoded here and by another decoder, or refused with its reason.

The other decoders are imagecodecs, tifffile and OpenCV, none of which has code in common with Pillow's plug-ins, though
some call the same C libraries. Where there is none, the file is written here, byte by byte, from known pixels.
"""

import io
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms

from lookalike.transforms.functional.images.decode import UndecodableError, decode
from lookalike.transforms.functional.images.formats.opened import EXTRAS, OPENED, SUFFIXES
from lookalike.transforms.functional.images.pixels.equality import hash_of_file
from tests.functional.images.test_hostile import POSTSCRIPT, clean_aperture, icns, planar, preview, rle4, twelve_bits
from tests.raws import dng
from tests.synthetic import draw_picture
from tests.synthetic import saved as pillow

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "formats.md"
RGB = draw_picture(7, 96, 64)
GREY = cv2.cvtColor(RGB, cv2.COLOR_RGB2GRAY)
ALPHA = np.tile(np.linspace(0, 255, 96).astype(np.uint8), (64, 1))
RGBA = np.dstack([RGB, ALPHA])
PALETTE = Image.fromarray(RGB).quantize(100)
WIDE = GREY.astype(np.uint16) * 256 + 17
LOW = GREY.astype(np.uint16) * 9 + 400
COLOURS = RGB.astype(np.uint16) * 256 + 99
BITS = GREY > 128


FILTERS = struct.pack("<HHI", 33422, 1, 4)
"""How a tag of four filters begins."""


def _without_rows(data: bytes) -> bytes:
    """A DNG that says of its preview that it has twice as many rows."""
    height = struct.pack("<HHII", 257, 4, 1, RGB.shape[0] // 2)
    assert data.count(height) == 1
    return data.replace(height, struct.pack("<HHII", 257, 4, 1, RGB.shape[0]))


def documented():
    """(format, stored as) -> what the table says."""
    rows = re.findall(r"^\|([^|]+)\|([^|]*)\|([^|]+)\|", DOCUMENT.read_text(), re.MULTILINE)
    found = [tuple(cell.strip() for cell in row) for row in rows]
    return {(kind, stored): what for kind, stored, what in found[2:]}  # below the heads of the columns, and a line


class Case(NamedTuple):
    """data: the file. other: what another decoder makes of it. tolerance: the mean difference allowed, grey levels."""

    data: bytes
    other: Callable[[bytes], np.ndarray]
    tolerance: float = 0.0


def tiff(array, **how):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **how)
    return buffer.getvalue()


def opencv(array, suffix):
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    array = cv2.cvtColor(array, order[array.shape[2]]) if array.ndim == 3 else array
    return cv2.imencode(suffix, array)[1].tobytes()


def rgb(array, bits=8):
    """Grey, grey and alpha, RGB or RGBA of so many bits -> (h, w, 3) floats from 0 to 255, on white."""
    array = np.asarray(array, float) * (255 / (2**bits - 1))
    array = array[..., None] if array.ndim == 2 else array
    if array.shape[2] in (2, 4):
        share = array[..., -1:] / 255
        array = array[..., :-1] * share + 255 * (1 - share)
    return np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array


def stretched(array):
    """By the range that is used."""
    array = np.asarray(array, float)
    return rgb((array - array.min()) * (255 / (array.max() - array.min())))


def cmyk(array, inverted=False):
    array = np.asarray(array, float)
    array = 255 - array if inverted else array
    return (255 - array[..., :3]) * (255 - array[..., 3:]) / 255


def by_opencv(data):
    array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}
    array = cv2.cvtColor(array, order[array.shape[2]]) if array.ndim == 3 else array
    return array


def by_tifffile(data):
    return tifffile.imread(io.BytesIO(data))


def known(array):
    """Of bytes that were written here from these pixels."""
    return lambda data: rgb(array)


def heif(array, **how):
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(array)).save(buffer, quality=95, chroma=444, **how)
    return buffer.getvalue()


def heif_of_10_bits():
    buffer = io.BytesIO()
    made = pillow_heif.from_bytes("RGB;16", RGB.shape[1::-1], COLOURS.tobytes())
    made.save(buffer, quality=95, chroma=444)
    return buffer.getvalue()


def tga(array):
    """Rows from the top, BGR or BGRA."""
    depth = array.shape[2] * 8
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, 96, 64, depth, 0x20 | (8 if depth == 32 else 0))
    order = cv2.COLOR_RGB2BGR if depth == 24 else cv2.COLOR_RGBA2BGRA
    return head + cv2.cvtColor(array, order).tobytes()


def sgi(planes):
    """Uncompressed planes, rows from the bottom."""
    planes = planes if planes.ndim == 3 else planes[..., None]
    size = planes.dtype.itemsize
    head = struct.pack(
        ">HBBHHHHII", 474, 0, size, 2 + (planes.shape[2] > 1), 96, 64, planes.shape[2], 0, 2 ** (8 * size) - 1
    )
    rows = np.moveaxis(planes[::-1], 2, 0).astype(f">u{size}")
    return head + bytes(512 - len(head)) + rows.tobytes()


def psd(planes, layers=0):
    """Uncompressed planes. layers: their number, below zero where the fourth plane is transparency."""
    planes = planes if planes.ndim == 3 else planes[..., None]
    mode = {1: 1, 3: 3, 4: 3}[planes.shape[2]]
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, planes.shape[2], 64, 96, 8, mode)
    told = struct.pack(">IIhH", 8, 4, layers, 0) if layers else bytes(4)
    return head + bytes(8) + told + struct.pack(">H", 0) + np.moveaxis(planes, 2, 0).tobytes()


def psd_of_bits():
    """A bit that is set is black."""
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 1, 64, 96, 1, 0)
    return head + bytes(12) + struct.pack(">H", 0) + np.packbits(~BITS, axis=1).tobytes()


def pcx():
    """Runs of one: a count of one before each byte of the upper quarter."""
    head = struct.pack("<BBBBHHHHHH48xBBHH", 10, 5, 1, 8, 0, 0, 95, 63, 72, 72, 0, 3, 96, 1) + bytes(54 + 4)
    body = b"".join(
        bytes([0xC1, value]) if value >= 0xC0 else bytes([value])
        for row in RGB
        for channel in range(3)
        for value in row[:, channel].tolist()
    )
    return head[:128] + body


def container(png):
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 96, 64, 0, 0, 1, 32, len(png), 22) + png


def cursor():
    """24 bits from the bottom, and a mask that hides the left half; with a hot spot at 3, 5."""
    hidden = np.zeros((64, 96), bool)
    hidden[:, :48] = True
    bitmap = struct.pack("<IiiHHIIiiII", 40, 96, 128, 1, 24, 0, 0, 0, 0, 0, 0) + RGB[::-1, :, ::-1].tobytes()
    bitmap += np.packbits(hidden, axis=1).tobytes()
    return struct.pack("<HHHBBBBHHII", 0, 2, 1, 96, 64, 0, 0, 3, 5, len(bitmap), 22) + bitmap


def display_p3():
    """A profile with sRGB's curve and other primaries: its red and green in each other's place."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(made[at : at + 4]): at for at in range(132, 132 + 12 * 20, 12)}
    made[tags[b"rXYZ"] : tags[b"rXYZ"] + 4], made[tags[b"gXYZ"] : tags[b"gXYZ"] + 4] = b"gXYZ", b"rXYZ"
    return bytes(made)


def runs_of_4_bits():
    indices = np.random.default_rng(0).integers(0, 16, (64, 96)).tolist()
    return rle4(96, 64, indices)


def jpegxl(array, **how):
    return imagecodecs.jpegxl_encode(array, lossless=True, **how)


def from_linear(array):
    """Of 16 bits, whose profile says that they are of light itself -> 8 bits of sRGB."""
    light = np.asarray(array, float) / 65535
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def by_half(data):
    """What a thumbnail of half the size shows."""
    return rgb(cv2.resize(RGB, (48, 32), interpolation=cv2.INTER_AREA))


def jpeg(image, **saving):
    return pillow(image, "JPEG", quality=95, **saving)


RLE4, RLE4_COLOURS = runs_of_4_bits()
CMYK = np.dstack([255 - RGB, 255 - np.maximum(GREY, 128)])
READ = {
    ("JPEG", "RGB"): Case(jpeg(RGB), lambda d: rgb(imagecodecs.jpeg8_decode(d)), 1),
    ("JPEG", "RGB, progressive"): Case(jpeg(RGB, progressive=True), lambda d: rgb(imagecodecs.jpeg8_decode(d)), 1),
    ("JPEG", "grey"): Case(jpeg(GREY), lambda d: rgb(imagecodecs.jpeg8_decode(d)), 1),
    ("JPEG", "CMYK"): Case(
        jpeg(Image.fromarray(CMYK, "CMYK")), lambda d: cmyk(imagecodecs.jpeg8_decode(d), inverted=True), 1.5
    ),
    ("JPEG", "two pictures (MPO)"): Case(
        pillow(RGB, "MPO", save_all=True, append_images=[Image.fromarray(GREY)], quality=95),
        lambda d: rgb(imagecodecs.jpeg8_decode(d)), 1,
    ),
    ("PNG", "1 bit"): Case(pillow(BITS, "PNG"), lambda d: rgb(imagecodecs.png_decode(d) > 0, 1)),
    ("PNG", "grey"): Case(pillow(GREY, "PNG"), lambda d: rgb(imagecodecs.png_decode(d))),
    ("PNG", "grey and alpha"): Case(
        pillow(np.dstack([GREY, ALPHA]), "PNG"), lambda d: rgb(imagecodecs.png_decode(d)), 0.6
    ),
    ("PNG", "palette"): Case(pillow(PALETTE, "PNG"), lambda d: rgb(by_opencv(d))),
    ("PNG", "RGB"): Case(pillow(RGB, "PNG"), lambda d: rgb(imagecodecs.png_decode(d))),
    ("PNG", "RGBA"): Case(pillow(RGBA, "PNG"), lambda d: rgb(imagecodecs.png_decode(d)), 0.6),
    ("PNG", "16-bit grey"): Case(pillow(WIDE, "PNG"), lambda d: rgb(imagecodecs.png_decode(d), 16), 0.35),
    ("PNG", "16-bit grey of small range"): Case(
        pillow(LOW, "PNG"), lambda d: stretched(imagecodecs.png_decode(d)), 0.3
    ),
    ("PNG", "16-bit RGB"): Case(opencv(COLOURS, ".png"), lambda d: rgb(imagecodecs.png_decode(d), 16), 0.35),
    ("PNG", "16-bit RGBA"): Case(
        opencv(np.dstack([COLOURS, WIDE]), ".png"), lambda d: rgb(imagecodecs.png_decode(d), 16), 0.8
    ),
    ("PNG", "animation (APNG)"): Case(
        pillow(RGB, "PNG", save_all=True, append_images=[Image.fromarray(255 - RGB)]),
        lambda d: rgb(imagecodecs.apng_decode(d)[0]),
    ),
    ("PNG", "RGB with a profile"): Case(pillow(RGB, "PNG", icc_profile=display_p3()), lambda d: rgb(swapped(d)), 0.5),
    ("GIF", "palette"): Case(pillow(PALETTE, "GIF"), lambda d: rgb(imagecodecs.gif_decode(d)[..., :3])),
    ("GIF", "animation"): Case(
        pillow(PALETTE, "GIF", save_all=True, append_images=[Image.fromarray(255 - RGB)]),
        lambda d: rgb(imagecodecs.gif_decode(d)[0][..., :3]),
    ),
    ("WebP", "lossy RGB"): Case(pillow(RGB, "WEBP", quality=90), lambda d: rgb(imagecodecs.webp_decode(d)), 0.5),
    ("WebP", "lossless RGB"): Case(pillow(RGB, "WEBP", lossless=True), lambda d: rgb(imagecodecs.webp_decode(d))),
    ("WebP", "RGBA"): Case(
        pillow(RGBA, "WEBP", lossless=True, exact=True), lambda d: rgb(imagecodecs.webp_decode(d)), 0.6
    ),
    ("WebP", "animation"): Case(
        pillow(RGB, "WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(255 - RGB)]), known(RGB)
    ),
    ("AVIF", "8 bits"): Case(pillow(RGB, "AVIF", quality=90), lambda d: rgb(imagecodecs.avif_decode(d)), 1),
    ("AVIF", "8 bits with alpha"): Case(pillow(RGBA, "AVIF", quality=90), lambda d: rgb(imagecodecs.avif_decode(d)), 1),
    ("AVIF", "10 and 12 bits"): Case(
        imagecodecs.avif_encode(COLOURS >> 6, bitspersample=10, level=90),
        lambda d: rgb(imagecodecs.avif_decode(d), 10), 1,
    ),
    ("HEIC", "8 bits"): Case(heif(RGB), known(RGB), 3),
    ("HEIC", "8 bits with alpha"): Case(heif(RGBA), known(RGBA), 3),
    ("HEIC", "10 and 12 bits"): Case(heif_of_10_bits(), known(RGB), 3),
    ("JPEG 2000", "grey"): Case(pillow(GREY, "JPEG2000"), lambda d: rgb(imagecodecs.jpeg2k_decode(d))),
    ("JPEG 2000", "RGB"): Case(pillow(RGB, "JPEG2000"), lambda d: rgb(imagecodecs.jpeg2k_decode(d))),
    ("JPEG 2000", "RGBA"): Case(pillow(RGBA, "JPEG2000"), lambda d: rgb(imagecodecs.jpeg2k_decode(d)), 0.6),
    ("JPEG 2000", "16-bit grey"): Case(
        imagecodecs.jpeg2k_encode(WIDE, level=0), lambda d: rgb(imagecodecs.jpeg2k_decode(d), 16), 0.35
    ),
    ("TIFF", "1 bit, and fax codes"): Case(
        pillow(Image.fromarray(BITS), "TIFF", compression="group4"), lambda d: rgb(by_tifffile(d), 1)
    ),
    ("TIFF", "8-bit grey"): Case(tiff(GREY, compression="packbits"), lambda d: rgb(by_tifffile(d))),
    ("TIFF", "palette"): Case(pillow(PALETTE, "TIFF"), known(np.asarray(PALETTE.convert("RGB")))),
    ("TIFF", "8-bit RGB"): Case(tiff(RGB, photometric="rgb", compression="zlib"), lambda d: rgb(by_tifffile(d))),
    ("TIFF", "8-bit RGB in separate planes"): Case(
        tiff(np.moveaxis(RGB, 2, 0), photometric="rgb", planarconfig="separate"),
        lambda d: rgb(np.moveaxis(by_tifffile(d), 0, 2)),
    ),
    ("TIFF", "8-bit RGB in tiles"): Case(
        tiff(RGB, photometric="rgb", tile=(32, 48), compression="lzw"), lambda d: rgb(by_tifffile(d))
    ),
    ("TIFF", "8-bit RGBA"): Case(
        tiff(RGBA, photometric="rgb", extrasamples=["unassalpha"]), lambda d: rgb(by_tifffile(d)), 0.6
    ),
    ("TIFF", "JPEG"): Case(
        pillow(RGB, "TIFF", compression="jpeg", quality=95), lambda d: rgb(by_tifffile(d)), 1
    ),
    ("TIFF", "CMYK"): Case(tiff(CMYK, photometric="separated"), lambda d: cmyk(by_tifffile(d)), 1.5),
    ("TIFF", "LAB"): Case(
        tiff(cv2.cvtColor(RGB, cv2.COLOR_RGB2LAB) ^ np.array([0, 128, 128], np.uint8), photometric="cielab"),
        known(RGB), 6,
    ),
    ("TIFF", "12-bit grey"): Case(
        twelve_bits(GREY.astype(np.uint16) * 16), lambda d: stretched(by_opencv(d)), 0.35
    ),
    ("TIFF", "16-bit grey"): Case(tiff(WIDE, compression="lzw"), lambda d: rgb(by_tifffile(d), 16), 0.35),
    ("TIFF", "16-bit RGB"): Case(tiff(COLOURS, photometric="rgb"), lambda d: rgb(by_tifffile(d), 16), 0.35),
    ("TIFF", "16-bit RGBA"): Case(
        tiff(np.dstack([COLOURS, WIDE]), photometric="rgb", extrasamples=["unassalpha"]),
        lambda d: rgb(by_tifffile(d), 16), 0.8,
    ),
    ("TIFF", "32-bit integers"): Case(tiff(GREY.astype(np.int32) * 70_000), lambda d: stretched(by_tifffile(d)), 0.3),
    ("TIFF", "32-bit floats"): Case(tiff(GREY.astype(np.float32) / 7), lambda d: stretched(by_tifffile(d)), 0.3),
    ("TIFF", "several pages"): Case(
        tiff(np.stack([GREY, 255 - GREY]), photometric="minisblack"), lambda d: rgb(by_tifffile(d)[0])
    ),
    ("BMP", "1 bit"): Case(pillow(Image.fromarray(BITS), "BMP"), lambda d: rgb(by_opencv(d))),
    ("BMP", "grey and palette"): Case(pillow(PALETTE, "BMP"), lambda d: rgb(by_opencv(d))),
    ("BMP", "RGB"): Case(pillow(RGB, "BMP"), lambda d: rgb(by_opencv(d))),
    ("BMP", "palette of 4 bits in runs (RLE4)"): Case(RLE4, known(RLE4_COLOURS)),
    ("PNM", "PBM, 1 bit"): Case(pillow(Image.fromarray(BITS), "PPM"), lambda d: rgb(by_opencv(d))),
    ("PNM", "PGM"): Case(pillow(GREY, "PPM"), lambda d: rgb(by_opencv(d))),
    ("PNM", "PPM"): Case(pillow(RGB, "PPM"), lambda d: rgb(by_opencv(d))),
    ("PNM", "PGM of 16 bits"): Case(opencv(WIDE, ".pgm"), lambda d: rgb(by_opencv(d), 16), 0.35),
    ("PNM", "PPM of 16 bits"): Case(opencv(COLOURS, ".ppm"), lambda d: rgb(by_opencv(d), 16), 0.6),
    ("PNM", "PFM, floats"): Case(opencv(GREY.astype(np.float32), ".pfm"), lambda d: stretched(by_opencv(d)), 0.3),
    ("TGA", "RGB"): Case(tga(RGB), known(RGB)),
    ("TGA", "RGBA"): Case(tga(RGBA), known(RGBA), 0.6),
    ("TGA", "RGBA, transparent everywhere"): Case(tga(np.dstack([RGB, 0 * GREY])), known(RGB)),
    ("PCX", "RGB"): Case(pcx(), known(RGB)),
    ("QOI", "RGB and RGBA"): Case(imagecodecs.qoi_encode(RGBA), lambda d: rgb(imagecodecs.qoi_decode(d)), 0.6),
    ("SGI", "grey"): Case(sgi(GREY), known(GREY)),
    ("SGI", "RGB"): Case(sgi(RGB), known(RGB)),
    ("SGI", "16-bit RGB"): Case(sgi(COLOURS), known(RGB), 0.3),
    ("PSD", "1 bit"): Case(psd_of_bits(), known(BITS * np.uint8(255))),
    ("PSD", "RGB and transparency"): Case(psd(RGBA, layers=-1), known(RGBA), 0.6),
    ("PSD", "RGB and a saved selection"): Case(psd(RGBA, layers=1), known(RGB)),
    ("PSD", "grey"): Case(psd(GREY), known(GREY)),
    ("PSD", "RGB"): Case(psd(RGB), known(RGB)),
    ("DDS", "RGBA, uncompressed"): Case(pillow(RGBA, "DDS"), known(RGBA), 0.6),
    ("DDS", "DXT1, DXT3, DXT5, BC4 to BC7"): Case(
        pillow(RGB, "DDS", pixel_format="DXT1"), lambda d: rgb(imagecodecs.dds_decode(d)), 3
    ),
    ("ICO", "PNG or BMP inside"): Case(container(pillow(RGBA, "PNG")), known(RGBA), 0.6),
    ("ICO", "a cursor (CUR)"): Case(cursor(), known(np.dstack([RGB, np.where(np.arange(96) < 48, 0, 255) + 0 * GREY]))),
    ("ICNS", "PNG or JPEG 2000 inside"): Case(
        icns(pillow(np.pad(RGBA, ((32, 32), (16, 16), (0, 0))), "PNG")),
        known(np.pad(RGBA, ((32, 32), (16, 16), (0, 0)))), 0.6,
    ),
}  # fmt: skip
READ |= {
    ("JPEG XL", "grey, RGB"): Case(jpegxl(RGB), lambda d: rgb(imagecodecs.jpegxl_decode(d))),
    ("JPEG XL", "RGBA"): Case(jpegxl(RGBA), lambda d: rgb(imagecodecs.jpegxl_decode(d)), 0.6),
    ("JPEG XL", "16-bit grey"): Case(jpegxl(WIDE), lambda d: rgb(from_linear(imagecodecs.jpegxl_decode(d))), 0.6),
    ("JPEG XL", "16-bit RGB"): Case(jpegxl(COLOURS), lambda d: rgb(from_linear(imagecodecs.jpegxl_decode(d))), 0.6),
    ("JPEG XL", "made from a JPEG"): Case(
        imagecodecs.jpegxl_encode_jpeg(jpeg(RGB)), lambda d: rgb(imagecodecs.jpegxl_decode(d)), 1
    ),
    ("RAW", "DNG, with a JPEG as its preview"): Case(dng(RGB), known(RGB), 4),
    ("RAW", "DNG, with a preview of pixels"): Case(dng(RGB, "pixels"), by_half, 0.5),
}
REFUSED = {
    ("PSD", "16 and 32 bits"): b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 64, 96, 16, 3) + bytes(14),
    ("TIFF", "16 bits in separate planes"): planar(),
    ("TIFF", "grey and alpha in separate planes"): tiff(
        np.stack([GREY, ALPHA]),
        photometric="minisblack",
        planarconfig="separate",
        compression="zlib",
        extrasamples=["unassalpha"],
    ),
    ("TIFF", "more than four channels"): tiff(
        np.zeros((9, 9, 7), np.uint8), photometric="minisblack", planarconfig="contig"
    ),
    ("TIFF", "a preview first"): preview(),
    ("RAW", "no preview"): dng(RGB, ""),
    ("RAW", "damaged DNG, whose preview breaks off"): _without_rows(dng(RGB, "pixels")),
    ("RAW", "damaged DNG, with a filter of no colour"): dng(RGB).replace(FILTERS + b"\0", FILTERS + b"\xff"),
    ("RAW", "damaged CR2, CR3, RAF, ORF, RW2"): b"FUJIFILMCCD-RAW " + bytes(200),
    ("AVIF", "clean aperture (clap)"): clean_aperture(),
    ("EPS, PostScript", ""): POSTSCRIPT,
    ("PDF", ""): b"%PDF-1.7\n",
    ("SVG", ""): b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ("WMF, EMF", ""): b"\xd7\xcd\xc6\x9a" + bytes(40),
    ("JPEG XL", "animation"): jpegxl(np.stack([RGB, 255 - RGB]), photometric="rgb"),
    ("JPEG XL", "cut off"): jpegxl(RGB)[:5000],
    ("OpenEXR", ""): b"\x76\x2f\x31\x01" + bytes(40),
    ("Radiance HDR", ""): b"#?RADIANCE\n",
    ("FITS", ""): b"SIMPLE  =                    T",
    ("Sun raster", ""): struct.pack(">8I", 0x59A66A95, 1, 1, 32, 4, 1, 0, 0) + bytes(4),
    ("BLP", ""): b"BLP2" + bytes(200),
}


@pytest.mark.parametrize(
    "row",
    [
        row
        for row, what in documented().items()
        if "`pixels` only where the bytes are equal" in what and "of several" not in what
    ],
    ids=": ".join,
)
def test_where_the_table_says_so_only_equal_bytes_are_equal(row):
    assert decode(READ[row].data, 10_000_000).properties.pixel_hash == hash_of_file(READ[row].data)


def test_what_else_is_not_all_decoded_is_equal_only_where_bytes_are():
    colours = imagecodecs.jpeg2k_encode(COLOURS, level=0)
    channels = tiff(np.dstack([RGB, GREY, GREY]), photometric="rgb", extrasamples=["unspecified"] * 2)
    others = tiff(np.dstack([COLOURS, WIDE]), photometric="rgb", compression="zstd", extrasamples=["unassalpha"])
    for data in (colours, channels, others):
        assert decode(data, 10_000_000).properties.pixel_hash == hash_of_file(data)


def swapped(data):
    """What the profile with two primaries exchanged makes: red is green."""
    return imagecodecs.png_decode(data)[..., [1, 0, 2]]


@pytest.mark.parametrize("row", READ, ids=": ".join)
def test_what_is_read_is_what_another_decoder_reads(row):
    case = READ[row]
    found = decode(case.data, 10_000_000).pixels
    expected = case.other(case.data)
    assert found.shape == expected.shape
    assert np.abs(found - expected).mean() <= case.tolerance


@pytest.mark.parametrize("row", REFUSED, ids=": ".join)
def test_what_is_refused_is_refused_for_the_reason_given(row):
    with pytest.raises(UndecodableError) as raised:
        decode(REFUSED[row], 10_000_000)
    assert documented()[row].strip("`") in str(raised.value)


def test_the_suffixes_are_those_of_the_formats():
    found = re.findall(r"^\* (\w+): (`\..+`)$", DOCUMENT.read_text(), re.MULTILINE)
    assert {name: tuple(re.findall(r"`([^`]+)`", suffixes)) for name, suffixes in found} == SUFFIXES
    assert set(SUFFIXES) == {*OPENED, *EXTRAS} and set(OPENED) <= set(Image.OPEN)
    every = [suffix for suffixes in SUFFIXES.values() for suffix in suffixes]
    assert len(set(every)) == len(every) and all(every)


def test_a_cursor_is_the_icon_of_its_pictures():
    bitmap = struct.pack("<IiiHHIIiiII", 40, 96, 128, 1, 32, 0, 0, 0, 0, 0, 0)
    bitmap += RGBA[::-1, :, [2, 1, 0, 3]].tobytes() + bytes(768)
    pictures, places = (pillow(RGBA[:32, :48], "PNG"), bitmap), []
    for picture, (width, height) in zip(pictures, ((48, 32), (96, 64)), strict=True):
        places.append((width, height, 0, 0, 3, 5, len(picture), 6 + 2 * 16 + sum(place[6] for place in places)))
    made = struct.pack("<HHH", 0, 2, 2) + b"".join(struct.pack("<BBBBHHII", *place) for place in places)
    found = decode(made + b"".join(pictures), 10_000_000)
    seen = found.properties
    assert (seen.format, seen.width, seen.height, seen.samples) == ("ICO", 96, 64, "RGBA+")
    assert np.abs(found.pixels - rgb(RGBA)).mean() < 0.6
    for end in range(6, len(made) + 60, 3):  # cut anywhere
        with pytest.raises(UndecodableError):
            decode(made[:end], 10_000_000)


@pytest.mark.parametrize("hidden", [0, 255])
def test_a_channel_that_is_zero_everywhere_hides_nothing(hidden):
    """Games and drawing programs leave it so; of a picture that says how it is to be seen, nothing is seen."""
    alpha = GREY.copy() if hidden else 0 * GREY
    whole = np.dstack([RGB, alpha])
    entry = struct.pack("<HHHBBBBHHII", 0, 1, 1, 96, 64, 0, 0, 1, 32, 40 + whole.nbytes + 768, 22)
    header = struct.pack("<IiiHHIIiiII", 40, 96, 128, 1, 32, 0, 0, 0, 0, 0, 0)
    icon = entry + header + whole[::-1, :, [2, 1, 0, 3]].tobytes() + bytes(768)
    for data in (tga(whole), icon, pillow(whole, "DDS")):
        found = decode(data, 10_000_000)
        assert np.abs(found.pixels - rgb(whole if hidden else RGB)).mean() < 0.6
        assert hidden or found.properties.pixel_hash == hash_of_file(data)
    assert (decode(pillow(np.dstack([RGB, 0 * GREY]), "PNG"), 10_000_000).pixels == 255).all()


def test_each_format_has_a_row_that_is_read():
    read = {decode(case.data, 10_000_000).properties.format for case in READ.values()}
    assert read - {"MPO"} == set(SUFFIXES) - {"DIB"}


def test_the_table_has_these_rows_and_no_others():
    rows = documented()
    assert {row for row, what in rows.items() if what.startswith("read")} == set(READ)
    assert {row for row, what in rows.items() if not what.startswith("read")} == set(REFUSED)
