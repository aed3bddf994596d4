"""Files that name images: rows in, each with its number."""

import codecs
import csv
import io
import itertools
import json
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.transforms.core.columns import Values, carried, plain_column, plain_type
from lookalike.transforms.core.messages import one_line
from lookalike.transforms.ingest.manifests.coco import read_coco
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.storage.ranges import open_ranges

SUFFIXES = (".txt", ".csv", ".jsonl", ".parquet", ".json")
COLUMNS = ("uri", "url", "path", "file", "filename", "file_name", "image")
MOST_LINE = 1 << 20
"""Characters of a line; a file with longer ones is no manifest."""
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
"""Byte order marks, and the codecs that read what they begin."""


class Row(NamedTuple):
    """number: from 1, lines of a text and rows of a table. name: as it stands there, spaces around it too. columns: the
    values that are carried along, or () where the list has none.
    """

    number: int
    name: str
    columns: Values = ()


def read_manifest(uri: str, wanted: Carried | None = None) -> Iterator[Row]:
    """Lines of a .txt ('#' comments), or the column of URIs of a .csv, .jsonl or .parquet, one after another, however
    many; or the images of a COCO file (.json). wanted: columns that are carried along.

    Raises:
        InputError: it can't be read as what it is called, or lacks a column that is wanted.
        OSError: it can't be read at all.
    """
    wanted = wanted or Carried()
    with open_ranges(uri) as file:
        if uri.lower().endswith(".parquet"):
            yield from _parquet_rows(file, uri, wanted)
        elif uri.lower().endswith(".csv"):
            yield from _csv_rows(file, uri, wanted)
        elif uri.lower().endswith(".jsonl"):
            yield from _json_rows(file, uri, wanted)
        elif uri.lower().endswith(".json"):
            rows = enumerate(read_coco(file.read(), uri, wanted), 1)
            yield from (Row(number, name, values) for number, (name, values) in rows)
        else:
            for number, line in _lines(file, uri):
                name = line.rstrip("\r\n")
                if name.strip() and not name.startswith("#"):
                    yield Row(number, name)


def _lines(file: BinaryIO, uri: str) -> Iterator[tuple[int, str]]:
    """Numbered lines with their ends, in the encoding that a byte order mark tells, else in UTF-8."""
    head = file.read(4)
    file.seek(0)
    encoding = next((name for mark, name in MARKS if head.startswith(mark)), "utf-8")
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape" if "8" in encoding else "strict", newline="")
    number = 0
    try:
        while line := text.readline(MOST_LINE):
            number += 1
            if len(line) >= MOST_LINE:
                raise InputError(f"manifest can't be read: {uri}, line {number:,} is too long for a name")
            line.encode()
            if "\0" in line:
                raise InputError(
                    f"manifest can't be read: {uri}, line {number:,} holds a NUL: UTF-16 needs a byte order mark; "
                    "save it as UTF-8"
                )
            yield number, line
    except UnicodeError as error:
        if isinstance(error, UnicodeEncodeError):  # a byte that is no UTF-8 came through as a surrogate
            byte, place = ord(error.object[error.start]) - 0xDC00, f"line {number:,}"
            raise InputError(f"manifest is not UTF-8: {uri}, {place}: byte 0x{byte:02x}. Save it as UTF-8.") from error
        raise InputError(f"manifest can't be read: {uri}, after line {number:,}: {error}. Save it as UTF-8.") from error


def _csv_rows(file: BinaryIO, uri: str, wanted: Carried) -> Iterator[Row]:
    reader = csv.reader((line for _, line in _lines(file, uri)), strict=True)
    try:
        header = next(reader, [])
        column = header.index(_column(header, uri))
        wanted.refuse_missing(header, uri)
        for name in wanted.names:
            wanted.declare(name, pa.string(), uri)
        for cells in reader:
            name = cells[column] if column < len(cells) else ""
            if cells:
                # an empty cell is how a CSV says that there is no value
                values = {key: cell or None for key, cell in zip(header, cells, strict=False)} if wanted else {}
                yield Row(reader.line_num, name, carried(wanted.names, values))
    except csv.Error as error:
        raise InputError(f"manifest can't be read: {uri}, line {reader.line_num:,}: {error}") from error


def _json_rows(file: BinaryIO, uri: str, wanted: Carried) -> Iterator[Row]:
    """Lines that are JSON objects, such as Hugging Face's metadata.jsonl."""
    column = ""
    for number, line in _lines(file, uri):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"manifest can't be read: {uri}, line {number:,}: {one_line(error)}") from error
        if not isinstance(found, dict):
            raise InputError(f"manifest can't be read: {uri}, line {number:,} is no JSON object")
        column = column or _column(list(found), uri)
        name = found.get(column)
        if not isinstance(name, str | None):
            raise InputError(f"manifest can't be read: {uri}, line {number:,}: {column!r} is {name!r}, not text")
        yield Row(number, name or "", wanted.of_json(found, uri) if wanted else ())
    if not column:
        raise InputError(f"manifest is empty: {uri}")


def _parquet_rows(file: BinaryIO, uri: str, wanted: Carried) -> Iterator[Row]:
    try:
        schema = pq.ParquetFile(file).schema_arrow
        name = _column(schema.names, uri)
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
            raise InputError(f"manifest can't be read: column {name!r} of {uri} holds {kind}, not text")
        wanted.refuse_missing(schema.names, uri)
        for column in wanted.names:
            wanted.declare(column, plain_type(schema.field(column).type), uri)
        number = 0
        # as dictionaries, since one text of a megabyte can stand in any number of rows
        table = pq.ParquetFile(file, read_dictionary=[name])
        for batch in table.iter_batches(columns=list({name: None} | dict.fromkeys(wanted.names)), use_threads=False):
            values = zip(*(plain_column(batch.column(column)) for column in wanted.names), strict=True)
            for value, carried_along in zip(
                batch.column(name), values if wanted else itertools.repeat(()), strict=False
            ):
                number += 1
                yield Row(number, value.as_py() or "", carried_along)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and type(error) is not OSError:
            raise
        raise InputError(f"manifest can't be read: {uri} ({one_line(error)})") from error


def _column(names: list[str], uri: str) -> str:
    """The name of the column of URIs."""
    if not names:
        raise InputError(f"manifest is empty: {uri}")
    lower = [name.strip().lower() for name in names]
    found = next((name for name in COLUMNS if name in lower), None)
    if found is None:
        images = ", or 'image' if it holds images as bytes" if uri.lower().endswith(".parquet") else ""
        commas = ", and divide them by commas" if len(names) == 1 and uri.lower().endswith(".csv") else ""
        raise InputError(
            f"manifest has no column of URIs: {uri} has {', '.join(names)}; name one {COLUMNS[0]!r}{images}{commas}"
        )
    if lower.count(found) > 1:
        raise InputError(f"manifest has {lower.count(found)} columns named {found!r}: {uri}; rename all but one")
    return names[lower.index(found)]
