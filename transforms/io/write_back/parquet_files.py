"""A Parquet file with a column of images in, the same file without the rows of copies out."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.io.archives.image_columns import image_column
from lookalike.transforms.io.archives.image_tables import BATCH, BATCH_BYTES, BUFFER, image_bytes
from lookalike.transforms.io.parquet_sink import ChangedError
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import DUPLICATE_OF, Outcome, check_content
from lookalike.transforms.storage.drafts import Draft
from lookalike.transforms.storage.ranges import open_ranges

GROUP_BYTES = 1 << 26
"""About how many bytes a row group has: what a worker holds."""
HUGGING_FACE = b"huggingface"
"""In the metadata of a schema: the features of a data set, as JSON."""


def write_parquet(container: str, fates: Iterable[Fate], mark: bool, draft: Draft) -> Outcome:
    """All columns of one file, without the rows whose images are copies, in its order; or, with `mark`, all of it, with
    a column that names the image that a row's is a copy of.

    Raises:
        ChangedError: an image is not what was audited, or the file has a column of that name.
        OSError: the file can't be read.
    """
    by_row = {int(fate.uri.partition("::")[0].rpartition("/")[2]): fate for fate in fates}
    with open_ranges(container) as file:
        source = pq.ParquetFile(file, buffer_size=BUFFER, page_checksum_verification=True)
        column = image_column(source.schema_arrow)
        if column is None or column.wrong or source.metadata.num_rows <= max(by_row, default=-1):
            raise ChangedError(f"{container} was changed since the audit; run `lookalike audit` again")
        schema = _marked(source.schema_arrow, container) if mark else source.schema_arrow
        writer = pq.ParquetWriter(draft, schema, compression=_codecs(source), write_page_checksum=True)
        with contextlib.closing(writer):
            for group in _groups(_chosen(source, column.name, by_row, mark), schema):
                writer.write_table(group, row_group_size=max(1, len(group)))
    dropped = 0 if mark else sum(fate.goes for fate in by_row.values())
    return Outcome(len(by_row) - dropped, dropped, [])


def _chosen(source: pq.ParquetFile, column: str, fates: dict[int, Fate], mark: bool) -> Iterator[pa.RecordBatch]:
    """What stays of a file, batch by batch."""
    row = 0
    for batch in _batches(source):
        images = batch.column(batch.schema.names.index(column))
        here = [fates.get(row + number) for number in range(len(batch))]
        for fate, image in zip(here, images, strict=True):
            if fate and fate.content_hash:
                check_content(fate, content_hash(image_bytes(image)))
        row += len(batch)
        if mark:
            names = pa.array([fate.duplicate_of or None if fate else None for fate in here], pa.string())
            yield pa.RecordBatch.from_arrays([*batch.columns, names], [*batch.schema.names, DUPLICATE_OF])
        else:
            yield batch.filter(pa.array([not (fate and fate.goes) for fate in here], pa.bool_()))


def _batches(source: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """All rows, never many more than BATCH_BYTES of them at once."""
    for group in range(source.metadata.num_row_groups):
        about = source.metadata.row_group(group)
        rows = BATCH_BYTES // max(1, about.total_byte_size // max(1, about.num_rows))
        yield from source.iter_batches(max(1, min(BATCH, rows)), [group], use_threads=False)


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Batches -> row groups, none of which depends on how the batches were read."""
    waiting: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        waiting.append(batch)
        size += batch.nbytes
        if size >= GROUP_BYTES:
            yield pa.Table.from_batches(waiting).cast(schema)
            waiting, size = [], 0
    if size or waiting:
        yield pa.Table.from_batches(waiting).cast(schema)


def _marked(schema: pa.Schema, container: str) -> pa.Schema:
    """With the column of what is a copy of what, which the features of a Hugging Face data set tell of, too."""
    if DUPLICATE_OF in schema.names:
        raise ChangedError(
            f"{container} already has a column {DUPLICATE_OF!r}; rename it, or write without --images all"
        )
    metadata = dict(schema.metadata or {})
    if HUGGING_FACE in metadata:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            about: dict[str, Any] = json.loads(metadata[HUGGING_FACE])
            about["info"]["features"][DUPLICATE_OF] = {"dtype": "string", "_type": "Value"}
            metadata[HUGGING_FACE] = json.dumps(about).encode()
    return schema.append(pa.field(DUPLICATE_OF, pa.string())).with_metadata(metadata or None)


def _codecs(source: pq.ParquetFile) -> str | dict[str, str]:
    """How each column was compressed."""
    if not source.metadata.num_row_groups or not source.metadata.num_columns:
        return "snappy"
    group = source.metadata.row_group(0)
    columns = (group.column(number) for number in range(group.num_columns))
    codecs = {c.path_in_schema: c.compression.lower() for c in columns}
    return {path: "none" if codec == "uncompressed" else codec for path, codec in codecs.items()}
