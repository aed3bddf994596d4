"""The tables of a finished run as Arrow, pandas and DuckDB know tables."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.run import manifest
from lookalike.transforms.storage.errors import OutputError

if TYPE_CHECKING:
    import duckdb
    import pandas

NAMING = ("uri", "uri_a", "uri_b", "representative_uri", "added", "removed")
"""Columns that name images."""

MISSING = {
    "delta": "was made without an earlier audit",
    **dict.fromkeys(("columns", "conflicts", "merges"), "carries no columns along"),
    "folders": "was made without output.folders",
}
"""Why a table is not there, which is not always made."""


class Table:
    """One table of a finished run; docs/reference/tables.md says what its columns mean.

    Nothing is read before it is asked for, and then part by part. Whatever takes Arrow's stream interface (polars,
    DuckDB, pyarrow) takes a Table as it is.

    Attributes:
        name: of the table, such as "clusters".
        files: paths or URLs of its Parquet files, in order.
    """

    def __init__(self, output: str, record: dict[str, Any], name: str, names: Mapping[str, str] | None = None) -> None:
        """output, record: of the run. names: what images are called, by URI, where they were in memory."""
        if name not in record["parts"]:
            raise OutputError(f"{output} {MISSING.get(name, 'holds fingerprints only')}, so it has no {name}")
        self.name = name
        self.files = manifest.parts(record, output, name)
        self._rows = sum(part["rows"] for part in record["parts"][name])
        self._names = names or {}

    def __len__(self) -> int:
        """Number of rows."""
        return self._rows

    def __repr__(self) -> str:
        return f"<lookalike.Table {self.name}: {self._rows:,} rows in {len(self.files):,} files>"

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self.to_batches().schema

    def to_batches(self, columns: Sequence[str] | None = None) -> pa.RecordBatchReader:
        """The table as a stream, one file of it in memory at a time.

        Args:
            columns: names of those that are wanted; None: all.

        Raises:
            OutputError: a file is gone or damaged.
            ValueError: there is no such column.
        """
        tables = self._parts(columns)
        first = next(tables)
        batches = (batch for table in itertools.chain([first], tables) for batch in table.to_batches())
        return pa.RecordBatchReader.from_batches(first.schema, batches)

    def to_arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The table as a `pyarrow.Table`; parameters and errors as of `to_batches`."""
        return self.to_batches(columns).read_all()

    def to_pandas(self, columns: Sequence[str] | None = None) -> "pandas.DataFrame":
        """The table as a `pandas.DataFrame`; parameters and errors as of `to_batches`.

        Raises:
            ImportError: pandas is not installed.
        """
        try:
            import pandas  # noqa: F401
        except ImportError:
            raise ImportError("to_pandas needs pandas; install lookalike[tables]") from None
        return self.to_arrow(columns).to_pandas()

    def to_duckdb(
        self, connection: "duckdb.DuckDBPyConnection | None" = None, columns: Sequence[str] | None = None
    ) -> "duckdb.DuckDBPyRelation":
        """The table as a relation of DuckDB, which queries can also name: `SELECT ... FROM clusters`.

        Args:
            connection: where it is registered under its name; None: a new connection in memory.
            columns: as of `to_batches`. The fingerprints take about 15 KB a row with all of them. Their embeddings
                become float32, since DuckDB has no float16.

        Raises:
            ImportError: DuckDB is not installed.
        """
        try:
            import duckdb
        except ImportError:
            raise ImportError("to_duckdb needs DuckDB; install lookalike[tables]") from None
        place = connection if connection is not None else duckdb.connect()
        place.register(self.name, _without_float16(self.to_arrow(columns)))
        return place.table(self.name)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Arrow's stream interface (PyCapsule)."""
        return self.to_batches().__arrow_c_stream__(requested_schema)

    def _parts(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        for path in self.files:
            table = manifest.read_one(path, None if columns is None else list(columns))
            for name in columns or ():
                if name not in table.column_names:
                    raise ValueError(f"{self.name} has no column {name!r}")
            yield named(table if columns is None else table.select(list(columns)), self._names)


def _without_float16(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        kind = field.type
        if pa.types.is_fixed_size_list(kind) and kind.value_type == pa.float16():
            wider = table.column(index).cast(pa.list_(pa.float32(), kind.list_size))
            table = table.set_column(index, field.with_type(wider.type), wider)
    return table


def named(table: pa.Table, names: Mapping[str, str], naming: Sequence[str] = NAMING) -> pa.Table:
    """A table -> the same with images called by their names instead of by their URIs, where they have one. naming: the
    columns that name images.
    """
    if not names:
        return table
    uris, called = pa.array(names.keys(), pa.string()), pa.array(names.values(), pa.string())

    def renamed(column: pa.Array) -> pa.Array:
        if pa.types.is_list(column.type):
            return pa.ListArray.from_arrays(column.offsets, renamed(column.values), mask=column.is_null())
        return pc.coalesce(called.take(pc.index_in(column, uris)), column)

    for index, field in enumerate(table.schema):
        if field.name in naming:
            chunks = [renamed(chunk) for chunk in table.column(index).chunks]
            table = table.set_column(index, field, pa.chunked_array(chunks, field.type))
    return table
