"""The table of carried columns: its parts lie beside those of the fingerprints table, and hold the same images."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.storage.reading import read_parquet

TABLE = "columns"
CARRIED = "carried:"
"""Before the names of carried columns where they stand among others, since they may be called anything."""


def beside(path: str) -> str:
    """The path of a part of the fingerprints table -> that of the part with the columns of its images."""
    root, _, name = path.rsplit("/", 2)
    return f"{root}/{TABLE}/{name}"


def with_columns(table: pa.Table, path: str, names: Sequence[str]) -> pa.Table:
    """Rows of the part of the fingerprints table at `path`, with `uri` -> the same with carried columns, which are
    called with `CARRIED` before their names.
    """
    if not names:
        return table
    columns = read_parquet(beside(path), ["uri", *names])
    found = columns.take(pc.index_in(table["uri"], columns["uri"].combine_chunks()))
    for name in names:
        table = table.append_column(f"{CARRIED}{name}", found[name])
    return table


def schema_of(path: str) -> pa.Schema:
    """The path of a part of the fingerprints table -> names and types of the columns of its images."""
    return pa.schema([field for field in read_parquet(beside(path)).schema if field.name != "uri"])
