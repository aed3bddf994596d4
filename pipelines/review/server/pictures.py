"""The pictures of a finished audit: thumbnails from its fingerprints, and the image files themselves.

No file is opened but those that the audit lists: a picture is looked up in the fingerprints by its URI, and a file is
only shown if its bytes have the hash that is recorded there.
"""

import functools
import io
from collections.abc import Callable
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from lookalike.pipelines.review.server.index import IMAGE_TABLES
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.keys import content_hash, key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.decoding.answers import UnreadableError
from lookalike.transforms.decoding.isolation import Limits, decoder
from lookalike.transforms.io.archives.contents import read_named
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.storage.reading import read_file, read_parquet

SHOWN_BY_BROWSERS = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
}
"""Media types of formats, by Pillow's names, that are sent as they are.

All others are decoded in a process of their own and encoded as JPEG.
"""
SIDE = 4096
"""Longest side, in pixels, of pictures that are encoded as JPEG."""
PARTS = 16
"""Number of parts of the fingerprints whose thumbnails are kept in memory, about 4 MB each."""


class PictureError(ValueError):
    """A picture can't be shown; the message says why."""


class Picture(NamedTuple):
    """An encoded picture.

    Attributes:
        data: its bytes.
        kind: its media type.
    """

    data: bytes
    kind: str


class Pictures:
    """The pictures of one finished audit or comparison. Threads may share it."""

    def __init__(self, output: str, record: dict[str, Any]) -> None:
        """Open nothing yet.

        Args:
            output: folder or URL of the audit.
            record: its `audit.json`.
        """
        self._tables = [manifest.parts(record, output, name) for name in IMAGE_TABLES if name in record["parts"]]
        own = record["configuration"]["read"]
        self._limits = Limits(own["max_pixels"], SIDE, own["seconds"], own["memory"])
        self._max_bytes = own["max_bytes"]
        self._thumbnails = functools.lru_cache(PARTS)(_read_thumbnails)

    def thumbnail(self, uri: str) -> Picture:
        """Read the thumbnail of an image.

        Raises:
            LookupError: the audit has no such image.
            PictureError: the tables of the audit can't be read any more.
        """
        return Picture(self._row(uri, self._thumbnails)["thumbnail"], "image/jpeg")

    def content(self, uri: str) -> bytes:
        """Look up the content hash of an image. Errors are those of `thumbnail`."""
        return self._row(uri, _read_facts)["content_hash"]

    def whole(self, uri: str) -> Picture:
        """Read an image itself, as it is stored if browsers can show that, or else as JPEG.

        Raises:
            LookupError: the audit has no such image.
            PictureError: the file can't be read or decoded, or was changed since the audit.
        """
        known = self._row(uri, _read_facts)
        data = self._file(uri)
        if content_hash(data) != known["content_hash"]:
            raise PictureError(f"{uri} was changed since it was audited")
        kind = SHOWN_BY_BROWSERS.get(known["format"])
        return Picture(data, kind) if kind else self._as_jpeg(data)

    def _file(self, uri: str) -> bytes:
        try:
            data = read_named(uri) if member_of(uri) else read_file(uri, most=self._max_bytes)
        except (OSError, ValueError, RuntimeError) as error:
            raise PictureError(f"{uri} can't be read: {error}") from error
        if len(data) > self._max_bytes:
            raise PictureError(f"{uri} was changed since it was audited")
        return data

    def _as_jpeg(self, data: bytes) -> Picture:
        try:
            pixels = decoder().reduced(data, self._limits, SIDE)
        except UnreadableError as error:
            raise PictureError(str(error)) from error
        written = io.BytesIO()
        Image.fromarray(pixels).save(written, "JPEG", quality=92)
        return Picture(written.getvalue(), "image/jpeg")

    def _row(self, uri: str, read: Callable[[str], pa.Table]) -> dict[str, Any]:
        """Find the row of an image in what is read of the part that has it, if any has."""
        for parts in filter(None, self._tables):
            try:
                path = parts[part_of(key_of(uri), len(parts))]
            except ValueError:  # no name that an image could have
                break
            table = read(path)
            number = pc.index(table["uri"], uri).as_py()
            if number >= 0:
                return table.slice(number, 1).to_pylist()[0]
        raise LookupError(f"the audit has no image {uri}")


def _read_thumbnails(path: str) -> pa.Table:
    return _read(path, ["uri", "thumbnail"])


def _read_facts(path: str) -> pa.Table:
    return _read(path, ["uri", "content_hash", "format"])


def _read(path: str, columns: list[str]) -> pa.Table:
    try:
        return read_parquet(path, columns)
    except (OSError, pa.ArrowInvalid) as error:
        raise PictureError(f"{path} can't be read; was the audit replaced? Start `lookalike review` again") from error
