"""Sources in, decoded Images out; what can't be read or decoded becomes a Failure."""

import dataclasses
from collections.abc import Iterator

import apache_beam as beam

from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.core.messages import error_name, one_line
from lookalike.transforms.core.records import NOTHING_VANISHED, Chunk, Failure, Image, Moved, Source, Vanished
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.settings.read import ReadSettings
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.decoding.answers import UnreadableError
from lookalike.transforms.decoding.isolation import Limits, decoder
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.functional.images import planes
from lookalike.transforms.functional.images.decode import FULL_SIDE, TooLargeError
from lookalike.transforms.functional.images.picture import Picture
from lookalike.transforms.io.archives.contents import read_member, read_rows
from lookalike.transforms.io.archives.names import file_of
from lookalike.transforms.io.progress_files import ProgressFile
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.stores import is_path


@dataclasses.dataclass(eq=False)
class ReadImages(Stage):
    """Reads and decodes the images of a chunk; a source that can't be read or decoded becomes a failure in it.

    settings: the block `read` of the configuration. progress: local folder for progress files, or ''. plane: what the
    backbone wants to see, `EmbedImages(...).embedding.plane`; by default what the embedded one does.
    """

    settings: ReadSettings = ReadSettings()
    _: dataclasses.KW_ONLY
    progress: str = ""
    plane: planes.EmbeddingPlane = DEFAULT_PLANE

    @property
    def limits(self) -> Limits:
        """What decoding an image may take."""
        own = self.settings
        return Limits(own.max_pixels, max(FULL_SIDE, self.plane.root_area), own.seconds, own.memory, own.pdq)

    def expand(self, chunks: beam.PCollection[Chunk]) -> beam.PCollection[Chunk]:
        """Read and decode the sources of each chunk."""
        return chunks | "Decode" >> beam.ParDo(_Read(self)).with_output_types(Chunk)


class _Read(beam.DoFn):
    def __init__(self, stage: ReadImages) -> None:
        self.settings, self.folder = stage.settings, stage.progress
        self.limits, self.plane = stage.limits, stage.plane

    def setup(self) -> None:
        prepare_worker()
        self.progress = ProgressFile(self.folder, "images")

    def process(self, chunk: Chunk) -> Iterator[Chunk]:
        self.progress.add(chunk.listed - len(chunk.sources))
        images: list[Image] = []
        failures, moved = list(chunk.failures), list(chunk.moved)
        for source, read in read_all(chunk.sources, self.settings.max_bytes, self.settings.connections):
            result = self._image(source, read, chunk.vanished)
            if isinstance(result, Image):
                images.append(result)
            elif isinstance(result, Failure):
                failures.append(result)
            else:
                moved.append(result)
            self.progress.add()
        self.progress.flush()
        fresh = failures[len(chunk.failures) :]
        count("ReadImages", "decoded-images", len(images))
        count("ReadImages", "moved-images", len(moved) - len(chunk.moved))
        count("ReadImages", "failed-images", len(fresh))
        for failure in fresh:
            count("ReadImages", f"failed-images-{failure.error}")
        images.sort(key=lambda image: image.source.uri)
        yield chunk._replace(moved=moved, images=images, failures=failures, sources=[], vanished=NOTHING_VANISHED)

    def _image(self, source: Source, read: bytes | Exception, vanished: Vanished) -> Image | Failure | Moved:
        try:
            if isinstance(read, Exception):
                raise read
            content = content_hash(read)
            part = vanished.part_of(content)
            if part is not None:
                return Moved(source._replace(bytes=len(read)), content, part)
            return image_of(source, read, content, decoder().picture(read, self.limits, self.plane))
        except (UnreadableError, TooLargeError, OSError) as error:
            return failure_of(source.uri, error)
        except Exception as error:
            raise RuntimeError(f"unexpected while reading {source.uri}: {error!r}") from error


def read_all(sources: list[Source], max_bytes: int, connections: int) -> Iterator[tuple[Source, bytes | Exception]]:
    """Sources -> each with its bytes or what went wrong, rows of Parquet files first. Remote files are read ahead,
    `connections` at once; a local disk gains nothing by that.
    """

    def read(source: Source) -> bytes | Exception:
        try:
            return read_bytes(source, max_bytes)
        except Exception as error:
            return error

    rows = [source for source in sources if source.uri.startswith("parquet://")]
    yield from read_rows(rows, max_bytes)
    sources = [source for source in sources if not source.uri.startswith("parquet://")]
    local = all(is_path(file_of(source.uri)) for source in sources)
    yield from zip(sources, map(read, sources) if local else prefetch(read, sources, connections), strict=True)


def failure_of(uri: str, error: Exception) -> Failure:
    """An expected exception as a record, with one short line and no path twice."""
    name = error.name if isinstance(error, UnreadableError) else error_name(error)
    return Failure(uri, "read", name, one_line(error)[:500])


def read_bytes(source: Source, max_bytes: int) -> bytes:
    """The whole content of a file on any store.

    Raises:
        TooLargeError: more than `max_bytes`; not much more than that was read.
        OSError: it can't be opened or read.
    """
    if source.bytes > max_bytes:
        raise _too_many(max_bytes)
    if source.at:
        return read_member(source)
    data = read_file(source.uri, source.bytes, max_bytes)
    if len(data) > max_bytes:
        raise _too_many(max_bytes)
    return data


def _too_many(max_bytes: int) -> TooLargeError:
    return TooLargeError(f"more than the limit of {max_bytes:,} bytes (read.max_bytes)")


def image_of(source: Source, data: bytes, content: bytes, picture: Picture) -> Image:
    """A source, its bytes and their hash, and the picture that they are -> an Image."""
    # the source may have changed since it was listed
    return Image(source._replace(bytes=len(data)), content, *picture)
