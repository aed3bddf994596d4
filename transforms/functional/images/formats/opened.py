"""The formats that are opened, by Pillow's names, and the suffixes by which their files are known."""

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
}
"""Of each format, in the order in which they are tried: those that have no signature of their own come last."""
OPENED = tuple(SUFFIXES)
FOUND = (*OPENED, "MPO")
"""What a file may turn out to be: a JPEG with more pictures behind the first is an MPO."""
