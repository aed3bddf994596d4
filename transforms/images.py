"""Sources in, decoded Images out; what can't be read or decoded becomes a Failure."""

import dataclasses
import hashlib
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import cv2
import fsspec
import numpy as np

from transforms.functional import planes
from transforms.functional.decode import Decoded, TooLargeError, UndecodableError, decode
from transforms.runtime import prepare_worker
from transforms.schemas import Failure, Image, Source
from transforms.ticks import Ticks

FAILURES = "failures"


@dataclasses.dataclass(eq=False)
class ReadImages(beam.PTransform):
    """Sources -> Images, and Failures under the tag `FAILURES`.

    most_bytes: larger files are refused unread. most_pixels: larger images are refused undecoded. ticks: local folder
    for progress, filled in at launch.
    """

    most_bytes: int = 256_000_000
    most_pixels: int = 200_000_000
    ticks: str = ""

    def __post_init__(self) -> None:
        """Refuse limits below 1."""
        if min(self.most_bytes, self.most_pixels) < 1:
            raise ValueError("read.most_bytes and read.most_pixels must be at least 1")

    def expand(self, sources: beam.PCollection[Source]):
        """See the class."""
        read = _Read(self)
        return sources | "Decode" >> beam.ParDo(read).with_output_types(Image).with_outputs(FAILURES, main="images")


class _Read(beam.DoFn):
    def __init__(self, stage: ReadImages) -> None:
        self.most_bytes, self.most_pixels, self.folder = stage.most_bytes, stage.most_pixels, stage.ticks

    def setup(self) -> None:
        prepare_worker()
        self.ticks = Ticks(self.folder, "images")

    def finish_bundle(self) -> None:
        self.ticks.flush()

    def process(self, source: Source) -> Iterator[Any]:
        self.ticks.add()
        try:
            data = read_bytes(source, self.most_bytes)
            image = image_of(source, data, decode(data, self.most_pixels))
        except (UndecodableError, TooLargeError, OSError) as error:
            yield beam.pvalue.TaggedOutput(FAILURES, failure_of(source.uri, error))
            return
        except Exception as error:
            raise RuntimeError(f"unexpected while reading {source.uri}: {error!r}") from error
        yield image


def failure_of(uri: str, error: Exception) -> Failure:
    """An expected exception as a record, with one short line and no path twice."""
    name = {"UndecodableError": "undecodable", "TooLargeError": "too_large"}.get(type(error).__name__)
    message = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return Failure(uri, "read", name or type(error).__name__, message.splitlines()[0][:500] if message else "")


def read_bytes(source: Source, most_bytes: int) -> bytes:
    """The whole content of a file on any store.

    Raises:
        TooLargeError: more than `most_bytes`; not much more than that was read.
        OSError: it can't be opened or read.
    """
    if source.bytes > most_bytes:
        raise _too_many(most_bytes)
    chunks, size = [], 0
    with fsspec.open(source.uri, "rb") as file:
        # a read makes room for all that it may bring: ask for what was listed, then for what may have come since
        step = source.bytes + 1 if source.bytes >= 0 else 1 << 16
        while chunk := file.read(step):
            chunks.append(chunk)
            size, step = size + len(chunk), 1 << 16
            if size > most_bytes:
                raise _too_many(most_bytes)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_many(most_bytes: int) -> TooLargeError:
    return TooLargeError(f"more than the limit of {most_bytes:,} bytes (read.most_bytes)")


def image_of(source: Source, data: bytes, decoded: Decoded) -> Image:
    """Bytes and pixels -> the hashes and planes that fingerprints are made from.

    Two files are pixel-equal when their upright decoded pixels are, whatever the format. A JPEG that was decoded
    at reduced size is pixel-equal to another of the same reduced pixels.
    """
    grey = cv2.cvtColor(decoded.pixels, cv2.COLOR_RGB2GRAY)
    keypoint_plane = planes.keypoint_plane(grey, decoded.width, decoded.height)
    size = np.array([decoded.width, decoded.height, *decoded.pixels.shape], "<i8").tobytes()
    pixels = hashlib.sha256(size)
    pixels.update(np.ascontiguousarray(decoded.pixels).data)
    if source.bytes < 0:
        source = source._replace(bytes=len(data))
    return Image(
        source,
        hashlib.blake2b(data, digest_size=32).digest(),
        pixels.digest(),
        decoded.width,
        decoded.height,
        decoded.format,
        planes.embedding_plane(keypoint_plane),
        keypoint_plane,
        planes.thumbnail(decoded.pixels),
    )
