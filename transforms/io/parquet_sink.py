"""Rows in, one Parquet part for each partition out, whole or not at all, with the same bytes on every try."""

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.transforms.core.stage import Stage
from lookalike.transforms.io.generate import GenerateOnWorkers, part_path
from lookalike.transforms.storage.ranges import open_ranges
from lookalike.transforms.storage.reading import read_file, read_written
from lookalike.transforms.storage.writing import write_bytes

BUFFER = 1 << 20
"""Bytes of a column that are read at once, where not all of a part is."""
RUN = ".run"
"""Folder below the output for what a run needs until it is finished."""


class Part(NamedTuple):
    """One written part. path: below the output folder. sha256: of its bytes, in hex."""

    path: str
    rows: int
    bytes: int
    sha256: str


Row = tuple[Any, ...]


@dataclasses.dataclass(eq=False)
class WriteTable(Stage):
    """(part number, row) pairs -> `root/name/part-*.parquet`, and the list of parts in `root/.run/`.

    Rows are tuples in the order of `schema`; a part's rows are sorted by the columns `order`. Every part exists,
    an empty one with no rows, so that a reader always finds the schema. A part's name says nothing of the try
    that wrote it: a bundle that is retried writes the same bytes to the same name. Two writers share a table by
    numbering its parts `first` to `first + parts - 1` out of `of`. distinct: rows that are equal are one.
    """

    root: str
    name: str
    schema: pa.Schema
    parts: int
    order: tuple[str, ...]
    first: int = 0
    of: int = 0
    distinct: bool = False

    def expand(self, rows: beam.PCollection[tuple[int, Row]]) -> beam.PCollection[Part]:
        """Gather the rows of each part, and write it."""
        # one pair without a row for each part: it makes the parts that have none
        every = rows.pipeline | "Parts" >> GenerateOnWorkers(tuple[int, Any], _empty_parts, (self.parts,))
        columns = tuple(self.schema.get_field_index(name) for name in self.order)
        written = (
            (rows, every)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Write" >> beam.Map(self._write, columns).with_output_types(Part)
        )
        _ = written | "Record" >> RecordParts(self.root, f"{self.name}-{self.first}")
        return written

    def _write(self, gathered: tuple[int, Iterable[Any]], order: tuple[int, ...]) -> Part:
        part, rows = gathered
        path = part_path(self.name, self.first + part, self.of or self.parts)
        return write_part(self.root, path, set(rows) if self.distinct else rows, self.schema, order)


def _empty_parts(parts: int) -> Iterator[tuple[int, None]]:
    return ((part, None) for part in range(parts))


def write_part(root: str, path: str, rows: Iterable[Row | None], schema: pa.Schema, order: tuple[int, ...]) -> Part:
    """Write one part, rows sorted by the columns with the numbers `order`; its path and hash come back."""
    real = sorted((row for row in rows if row is not None), key=lambda row: tuple(row[i] for i in order))
    return write_table(root, path, table_of(real, schema))


def write_table(root: str, path: str, table: pa.Table) -> Part:
    """Write one part as it is."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", use_dictionary=False, write_page_checksum=True)
    data = buffer.getvalue()
    write_bytes(f"{root}/{path}", data)
    return Part(path, len(table), len(data), hashlib.sha256(data).hexdigest())


def table_of(rows: list[Row], schema: pa.Schema) -> pa.Table:
    """Rows in the order of the schema's columns -> a table; arrays fill fixed-size lists without copies in Python."""
    columns = []
    for index, field in enumerate(schema):
        values = [row[index] for row in rows]
        if pa.types.is_fixed_size_list(field.type) and values and hasattr(values[0], "dtype"):
            flat = pa.array(np.concatenate(values), field.type.value_type)
            columns.append(pa.FixedSizeListArray.from_arrays(flat, type=field.type))
        else:
            columns.append(pa.array(values, field.type))
    return pa.Table.from_arrays(columns, schema=schema)


@dataclasses.dataclass(eq=False)
class RecordParts(Stage):
    """Parts of one table -> the list of them in `root/.run/name.json`."""

    root: str
    name: str

    def expand(self, parts: beam.PCollection[Part]) -> None:
        """Collect the parts in one place, and write them down."""
        _ = (
            parts
            | "OnePlace" >> beam.Map(lambda part: (0, part)).with_output_types(tuple[int, Part])
            | "Collect" >> beam.GroupByKey()
            | "Record" >> beam.Map(self._record)
        )

    def _record(self, gathered: tuple[int, Iterable[Part]]) -> None:
        listing = [part._asdict() for part in sorted(gathered[1])]
        write_bytes(f"{self.root}/{RUN}/{self.name}.json", json.dumps(listing, indent=1).encode())


@dataclasses.dataclass(eq=False)
class WriteCount(Stage):
    """Numbers -> their sum, in `root/.run/name.count`."""

    root: str
    name: str

    def expand(self, numbers: beam.PCollection[int]) -> None:
        """Add them up, and write the sum down."""
        _ = numbers | "Sum" >> beam.CombineGlobally(sum) | "Note" >> beam.Map(self._note)

    def _note(self, count: int) -> None:
        note_count(self.root, self.name, count)


def note_count(root: str, name: str, count: int) -> None:
    """Write a count where `written_count` finds it."""
    write_bytes(f"{root}/{RUN}/{name}.count", str(count).encode())


def written_count(root: str, name: str) -> int:
    """What `WriteCount` wrote."""
    return int(read_written(f"{root}/{RUN}/{name}.count"))


def written_parts(root: str, records: Iterable[str]) -> dict[str, list[Part]]:
    """The parts that the tables of a run have committed, by table, in order of path.

    records: names of the lists. They are read by name, since a store's listing may miss what was just written.

    Raises:
        StoreError: one of them can't be had.
    """
    tables: dict[str, list[Part]] = {}
    for name in records:
        for part in json.loads(read_written(f"{root}/{RUN}/{name}.json")):
            tables.setdefault(part["path"].split("/")[0], []).append(Part(**part))
    return {name: sorted(parts) for name, parts in tables.items()}


def read_record(uri: str) -> dict[str, Any] | None:
    """What an earlier try of this run noted in a file, or None: there is none, or it was not on the disk yet when the
    power went.
    """
    try:
        return json.loads(read_file(uri))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None


class ChangedError(ValueError):
    """Something is not what an audit wrote, or what it read; the message names it and what to do."""


def read_columns(root: str, part: Part, columns: list[str] | None) -> pa.Table:
    """Read some columns of one part of a finished audit, or all, and nothing else of it: its length and the checksums
    of their pages tell whether it is what the audit wrote.

    Raises:
        ChangedError: it is not.
        OSError: it can't be read.
    """
    path = f"{root}/{part.path}"
    try:
        with open_ranges(path) as file:
            if file.seek(0, io.SEEK_END) == part.bytes:
                source = pq.ParquetFile(file, buffer_size=BUFFER, page_checksum_verification=True)
                return source.read(columns, use_threads=False)
    except pa.ArrowException as error:
        raise ChangedError(f"{path} was changed since the audit; run `lookalike audit` again") from error
    except OSError as error:
        if type(error) is not OSError:  # what Arrow makes of damaged pages is a bare one
            raise
        raise ChangedError(f"{path} was changed since the audit; run `lookalike audit` again") from error
    raise ChangedError(f"{path} was changed since the audit; run `lookalike audit` again")


def holds(root: str, part: Part) -> bool:
    """Is a part that an earlier try wrote still there, as it was? What was not on the disk yet is lost with power."""
    try:
        return hashlib.sha256(read_file(f"{root}/{part.path}")).hexdigest() == part.sha256
    except FileNotFoundError:
        return False
