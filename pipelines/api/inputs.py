"""Images as a caller has them in, encoded bytes and files out, without loss."""

import hashlib
import io
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import write_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels: TypeAlias = "Image.Image | NDArray[np.uint8] | bytes"
"""An image in memory: a PIL image; (h, w) grey, (h, w, 3) RGB or (h, w, 4) RGBA uint8; or the bytes of a file."""
AnyImage: TypeAlias = "Pixels | str | os.PathLike[str]"
"""The same, or a path or URL."""

NAMES = "names.parquet"
"""File that says which image is called what; as a manifest, it is the input of the audit."""
COLUMNS = ["uri", "name"]
IN_PNG = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
IN_TIFF = ("CMYK", "LAB", "F", "I")
"""Modes of Pillow that these formats hold as they are; others become RGBA."""


def write_images(images: Mapping[str, Pixels], folder: str) -> str:
    """Write images to `folder`, a path or URL, and give back the path of the manifest that names them.

    Raises:
        InputError: there are none, one of them is none, or the folder is somebody else's.
        StoreError: they can't be written.
    """
    if not images:
        raise InputError("the mapping of images is empty; give at least one")
    _refuse_others_names(f"{folder}/{NAMES}")
    uris = []
    for number, (name, image) in enumerate(images.items()):
        data, suffix = encoded(image, repr(name))
        # in the order of the mapping, and readable; another image is another file, since an earlier audit may name it
        file = f"{number:06d}-{re.sub(r'[^A-Za-z0-9._-]+', '_', str(name))[:80]}"
        uris.append(f"{folder}/{file}-{hashlib.blake2b(data, digest_size=4).hexdigest()}{suffix}")
        write_bytes(uris[-1], data)
    buffer = io.BytesIO()
    pq.write_table(pa.table(dict(zip(COLUMNS, (uris, [str(name) for name in images]), strict=True))), buffer)
    write_bytes(f"{folder}/{NAMES}", buffer.getvalue())
    return f"{folder}/{NAMES}"


def read_names(manifest: str) -> dict[str, str]:
    """What `write_images` wrote -> the name of each image, by URI."""
    table = read_parquet(manifest, COLUMNS)
    return dict(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))


def _refuse_others_names(manifest: str) -> None:
    """Refuse to replace a file that is called like the manifest and is none that `write_images` wrote."""
    fs, path = store(manifest)
    if not fs.exists(path):
        return
    try:
        ours = read_parquet(manifest).column_names == COLUMNS
    except pa.ArrowException:
        ours = False
    if not ours:
        raise InputError(f"{manifest} is not of images that were in memory; give another output")


def encoded(image: Pixels, name: str) -> tuple[bytes, str]:
    """An image -> a file of the same pixels, orientation and colour profile, and its suffix. name: for messages.

    Raises:
        InputError: it is none of the forms that an image can have.
    """
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image), ".image"
    if isinstance(image, np.ndarray):
        return _saved(_of_array(image, name), "PNG"), ".png"
    if not isinstance(image, Image.Image):
        raise InputError(
            f"{name} is a {type(image).__name__}; an image is one of PIL, a numpy array of uint8, or encoded bytes"
        )
    if image.mode in IN_TIFF:
        return _saved(image, "TIFF"), ".tif"
    return _saved(image if image.mode in IN_PNG else image.convert("RGBA"), "PNG"), ".png"


def _of_array(array: np.ndarray, name: str) -> Image.Image:
    shape = array.shape
    if array.dtype != np.uint8 or array.size == 0 or not (len(shape) == 2 or (len(shape) == 3 and shape[2] in (3, 4))):
        raise InputError(
            f"{name} is an array of {array.dtype} of shape {shape}; an image is uint8 of shape (h, w), (h, w, 3) RGB "
            "or (h, w, 4) RGBA"
        )
    return Image.fromarray(np.ascontiguousarray(array))


def _saved(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    more = {"compress_level": 1} if kind == "PNG" else {}
    image.save(buffer, kind, exif=image.getexif(), icc_profile=image.info.get("icc_profile"), **more)
    return buffer.getvalue()
