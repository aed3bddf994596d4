"""The formats that are opened, by Pillow's names."""

OPENED = (
    "JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF", "JPEG2000", "ICO", "ICNS", "PSD", "PPM", "PCX", "QOI",
    "SGI", "DDS", "DIB", "TGA",
)  # fmt: skip
"""In the order in which they are tried: those that have no signature of their own come last."""
FOUND = (*OPENED, "MPO")
"""What a file may turn out to be: a JPEG with more pictures behind the first is an MPO."""
