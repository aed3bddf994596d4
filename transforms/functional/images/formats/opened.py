"""The formats that are opened, by Pillow's names, and the suffixes by which their files are known."""

import functools
import importlib.util

SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "BMP": (".bmp",),
    "AVIF": (".avif", ".avifs"),
    "HEIF": (".heic", ".heics", ".heif", ".heifs", ".hif"),
    "JPEG2000": (".jp2", ".j2c", ".j2k", ".jpc", ".jpf", ".jpx"),
    "ICO": (".ico", ".cur"),
    "ICNS": (".icns",),
    "PSD": (".psd",),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "PCX": (".pcx",),
    "QOI": (".qoi",),
    "SGI": (".sgi", ".rgb", ".rgba", ".bw"),
    "DDS": (".dds",),
    "DIB": (".dib",),
    "TGA": (".tga", ".icb", ".vda", ".vst"),
    "JXL": (".jxl",),
    "RAW": (".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".pef", ".srw", ".raf", ".orf", ".rw2"),
}
"""Of each format, in the order in which they are tried: those that have no signature of their own come last."""
EXTRAS = {"JXL": "pillow_jxl", "RAW": "rawpy"}
"""Formats whose pictures another package takes out, and the module that must be there: an extra installs it."""
OPENED = tuple(name for name in SUFFIXES if name not in EXTRAS)
"""What Pillow opens."""
FOUND = (*SUFFIXES, "MPO")
"""What a file may turn out to be: a JPEG with more pictures behind the first is an MPO."""


@functools.cache
def is_installed(name: str) -> bool:
    """Whether files of a format can be read here: what an extra reads needs the extra."""
    return name not in EXTRAS or importlib.util.find_spec(EXTRAS[name]) is not None
