"""Some images in, their fingerprints out, in this process: what an audit of them would compute."""

import functools
from collections.abc import Callable, Iterator

import pyarrow as pa

from lookalike.pipelines.configuration.stages import Stages
from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.core.messages import error_name, one_line
from lookalike.transforms.core.records import NOTHING_VANISHED, Chunk, Failure, Image, Source
from lookalike.transforms.core.schemas import fingerprints_schema
from lookalike.transforms.core.settings.embed import EmbedSettings
from lookalike.transforms.decoding.answers import UnreadableError
from lookalike.transforms.decoding.isolation import decoder
from lookalike.transforms.decoding.read_images import image_of, read_bytes
from lookalike.transforms.fingerprinting.embed import EmbedImages, Forward
from lookalike.transforms.fingerprinting.fingerprints_table import rows_of
from lookalike.transforms.fingerprinting.sketch import sketch_chunk
from lookalike.transforms.functional.images.decode import TooLargeError
from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.io.parquet_sink import table_of


class UnusableError(InputError):
    """An image that can't be read. kind, reason: as the failures table has them."""

    def __init__(self, said: str, kind: str, reason: str) -> None:
        super().__init__(f"{said} can't be read ({kind}: {reason})")
        self.kind, self.reason = kind, reason


AT_ONCE = 64
"""Images that are held decoded."""


def read_image(source: Source, name: str, stages: Stages) -> Image:
    """A listed image, decoded as an audit does; it is called `name` from here on.

    Raises:
        InputError: it can't be read.
    """
    return _decoded(lambda: read_bytes(source, stages.config.read.max_bytes), source, source.uri, name, stages)


def image_from(data: bytes, name: str, stages: Stages) -> Image:
    """The bytes of a file, decoded as an audit does. Raises as `read_image`."""
    source = Source(name, len(data), "", "")
    return _decoded(lambda: data, source, f"the image {name}", name, stages)


def _decoded(read: Callable[[], bytes], source: Source, said: str, name: str, stages: Stages) -> Image:
    try:
        data = read()
        picture = decoder().picture(data, stages.read.limits, stages.read.plane)
        return image_of(source._replace(uri=name), data, content_hash(data), picture)
    except (UnreadableError, TooLargeError, OSError) as error:
        kind = error.name if isinstance(error, UnreadableError) else error_name(error)
        raise UnusableError(said, kind, one_line(error)) from error


def source_of(path: str) -> Source:
    """The one image that is called so.

    Raises:
        InputError: there is none, there are several, or it can't be listed.
    """
    records = [record for record, _ in zip(list_images([path]), range(2), strict=False)]
    if len(records) != 1:
        raise InputError(f"{path} holds {'several images' if records else 'no image'}; give the path of one")
    if isinstance(records[0], Failure):
        raise InputError(f"{path} can't be read ({records[0].error}: {records[0].message})")
    return records[0]


def fingerprints_of(images: Iterator[Image], stages: Stages) -> pa.Table:
    """Images -> rows of the fingerprints table, through the steps of the first half of an audit."""
    schema = fingerprints_schema(stages.dims, stages.config.sketch.permutations, stages.config.read.pdq)
    tables = [table_of([], schema)]
    for some in _batches(images):
        chunk = Chunk(0, "", len(some), [], NOTHING_VANISHED, [], [], some, [], None, [])
        (chunk,) = _forward(stages.config.embed).process(chunk)
        chunk = sketch_chunk(chunk, stages.config.sketch)
        tables.append(table_of(list(rows_of(chunk)), schema))
    return pa.concat_tables(tables).combine_chunks()


def _batches(images: Iterator[Image]) -> Iterator[list[Image]]:
    held: list[Image] = []
    for image in images:
        held.append(image)
        if len(held) == AT_ONCE:
            yield held
            held = []
    if held:
        yield held


@functools.lru_cache(2)
def _forward(settings: EmbedSettings) -> Forward:
    """The model with these settings, loaded."""
    forward = Forward(EmbedImages(settings))
    forward.setup()
    return forward
