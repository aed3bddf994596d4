"""Small well-formed files of everything that is read, made anew each time: what the fuzzer starts from."""

import io
import json
import struct
import tarfile
import zipfile

import imagecodecs
import numpy as np
import pillow_heif
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from tests.raws import dng
from tests.synthetic import draw_picture

WIDTH, HEIGHT = 40, 28
SAVED = {
    "JPEG": [("L", {}), ("RGB", {}), ("RGB", {"progressive": True}), ("CMYK", {}), ("RGB", {"restart_marker_rows": 1})],
    "MPO": [("RGB", {"save_all": True})],
    "PNG": [(mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")] + [("RGB", {"save_all": True})],
    "WEBP": [("RGB", {}), ("RGBA", {}), ("RGB", {"lossless": True}), ("RGB", {"save_all": True})],
    "GIF": [("P", {}), ("L", {}), ("RGB", {"save_all": True})],
    "TIFF": [(mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "LAB")]
    + [("RGB", {"compression": c}) for c in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")]
    + [("1", {"compression": c}) for c in ("group3", "group4", "tiff_ccitt")]
    + [("RGB", {"save_all": True}), ("1", {"save_all": True, "compression": "group4"})],
    "BMP": [(mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")],
    "DIB": [("RGB", {})],
    "AVIF": [("RGB", {}), ("RGBA", {}), ("RGB", {"save_all": True})],
    "JPEG2000": [(mode, {}) for mode in ("L", "LA", "RGB", "RGBA")],
    "ICO": [("RGBA", {}), ("RGBA", {"bitmap_format": "bmp"})],
    "PPM": [(mode, {}) for mode in ("1", "L", "RGB", "I;16")],
    "PCX": [(mode, {}) for mode in ("1", "L", "P", "RGB")],
    "QOI": [("RGB", {}), ("RGBA", {})],
    "SGI": [("L", {}), ("RGB", {})],
    "DDS": [("RGB", {}), ("RGBA", {"pixel_format": "DXT1"})],
    "TGA": [("L", {}), ("RGB", {}), ("RGBA", {"compression": "tga_rle"})],
}
"""Format -> the modes and settings with which it is saved."""


def pictures() -> dict[str, bytes]:
    """Name -> bytes of a small image, of each format and mode."""
    found = {}
    for kind, ways in SAVED.items():
        for mode, saving in ways:
            name = "-".join([kind, mode.replace(";", ""), *map(str, saving.values())])
            frames = [_in_mode(number, mode) for number in range(3 if "save_all" in saving else 1)]
            more = {"append_images": frames[1:]} if "save_all" in saving else {}
            file = io.BytesIO()
            frames[0].save(file, kind, **saving, **more)
            found[name] = file.getvalue()
    file = io.BytesIO()
    pillow_heif.from_pillow(_in_mode(1, "RGB")).save(file, quality=50)
    found["HEIF-RGB"] = file.getvalue()
    found["JXL-RGB"] = imagecodecs.jpegxl_encode(np.asarray(_in_mode(1, "RGB")))
    found["JXL-JPEG"] = imagecodecs.jpegxl_encode_jpeg(found["JPEG-RGB"])
    found["RAW-DNG"] = dng(np.asarray(_in_mode(1, "RGB")))
    icon = io.BytesIO()
    _in_mode(1, "RGBA").resize((32, 32)).save(icon, "PNG")
    body = b"ic11" + struct.pack(">I", len(icon.getvalue()) + 8) + icon.getvalue()  # Pillow writes up to 1024 px
    found["ICNS-RGBA"] = b"icns" + struct.pack(">I", len(body) + 8) + body
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, HEIGHT, WIDTH, 8, 3) + bytes(12) + b"\0\0"
    found["PSD-RGB"] = head + np.moveaxis(draw_picture(1, WIDTH, HEIGHT), 2, 0).tobytes()
    return found


def containers(images: list[bytes]) -> dict[str, bytes]:
    """Name with its suffix -> bytes of an archive or table that holds these images."""
    found = {}
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for number, data in enumerate(images):
            info = tarfile.TarInfo(f"{'folder/' * number}{number}.jpg")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    found["plain.tar"] = tar.getvalue()
    for name, method in (("stored.zip", zipfile.ZIP_STORED), ("deflated.zip", zipfile.ZIP_DEFLATED)):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            for number, data in enumerate(images):
                archive.writestr(f"{number}.jpg", data)
        found[name] = file.getvalue()
    for name, column in (("struct", [{"bytes": data, "path": ""} for data in images]), ("binary", images)):
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table({"image": column}), sink, row_group_size=2)
        found[f"{name}.parquet"] = sink.getvalue().to_pybytes()
    return found


def manifests(names: list[str]) -> dict[str, bytes]:
    """Name with its suffix -> bytes of a list of these names."""
    return {
        "list.txt": "\n".join(names).encode(),
        "list.csv": ("uri,label\n" + "".join(f'"{name}",é\n' for name in names)).encode(),
        "list.jsonl": "\n".join(json.dumps({"uri": name}) for name in names).encode(),
        "list16.txt": "\n".join(names).encode("utf-16"),
    }


def _in_mode(number: int, mode: str) -> Image.Image:
    picture = draw_picture(number, WIDTH, HEIGHT)
    if mode == "I;16":
        return Image.fromarray(picture[..., 0].astype(np.uint16) * 200)
    if mode == "F":
        return Image.fromarray(picture[..., 0].astype(np.float32) / 7)
    if mode == "LAB":
        return Image.merge("LAB", [Image.fromarray(np.ascontiguousarray(picture[..., c])) for c in range(3)])
    return Image.fromarray(picture).convert(mode)
