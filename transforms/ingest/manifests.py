"""Files that name images: rows in, each with its number."""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.transforms.core.words import one_line
from lookalike.transforms.storage.ranges import open_ranges

SUFFIXES = (".txt", ".csv", ".parquet")
COLUMNS = ("uri", "url", "path", "file", "filename", "image")
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


class InputError(ValueError):
    """An input that does not exist or can't be listed; the message names it and what to do."""


class Row(NamedTuple):
    """number: from 1, lines of a text and rows of a table. name: as it stands there, spaces around it too."""

    number: int
    name: str


def read_manifest(uri: str) -> Iterator[Row]:
    """Lines of a .txt ('#' comments), or the column of URIs of a .csv or .parquet, one after another, however many.

    Raises:
        InputError: it can't be read as what it is called.
        OSError: it can't be read at all.
    """
    with open_ranges(uri) as file:
        if uri.lower().endswith(".parquet"):
            yield from _parquet_rows(file, uri)
        elif uri.lower().endswith(".csv"):
            yield from _csv_rows(file, uri)
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


def _csv_rows(file: BinaryIO, uri: str) -> Iterator[Row]:
    reader = csv.reader((line for _, line in _lines(file, uri)), strict=True)
    try:
        header = next(reader, [])
        column = header.index(_column(header, uri))
        for cells in reader:
            name = cells[column] if column < len(cells) else ""
            if cells:
                yield Row(reader.line_num, name)
    except csv.Error as error:
        raise InputError(f"manifest can't be read: {uri}, line {reader.line_num:,}: {error}") from error


def _parquet_rows(file: BinaryIO, uri: str) -> Iterator[Row]:
    try:
        schema = pq.ParquetFile(file).schema_arrow
        name = _column(schema.names, uri)
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
            raise InputError(f"manifest can't be read: column {name!r} of {uri} holds {kind}, not text")
        number = 0
        # as dictionaries, since one text of a megabyte can stand in any number of rows
        table = pq.ParquetFile(file, read_dictionary=[name])
        for batch in table.iter_batches(columns=[name], use_threads=False):
            for value in batch.column(batch.schema.names.index(name)):
                number += 1
                yield Row(number, value.as_py() or "")
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
        raise InputError(
            f"manifest has no column of URIs: {uri} has {', '.join(names)}; name one of them {COLUMNS[0]!r}"
        )
    if lower.count(found) > 1:
        raise InputError(f"manifest has {lower.count(found)} columns named {found!r}: {uri}; rename all but one")
    return names[lower.index(found)]
