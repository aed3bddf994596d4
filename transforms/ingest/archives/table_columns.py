"""Columns that are carried along with the images of a Parquet file."""

from collections.abc import Iterator

from lookalike.transforms.core.columns import Values, plain_column, plain_type
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.io.archives.image_tables import opened
from lookalike.transforms.storage.ranges import open_ranges


def values_of(uri: str, carried: Carried) -> Iterator[Values]:
    """The values of each row of a Parquet file, in order; of no other column is a byte read.

    Raises:
        InputError: the file lacks one of the columns.
        OSError, pyarrow.ArrowException: it can't be read.
    """
    with open_ranges(uri) as file:
        table = opened(file)
        carried.refuse_missing(table.schema_arrow.names, uri)
        for name in carried.names:
            carried.declare(name, plain_type(table.schema_arrow.field(name).type), uri)
        for batch in table.iter_batches(columns=list(carried.names), use_threads=False):
            yield from zip(*(plain_column(batch.column(name)) for name in carried.names), strict=True)
