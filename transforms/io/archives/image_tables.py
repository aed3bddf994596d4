"""The rows of Parquet files with a column of encoded images; a damaged one costs as few as can be."""

import collections
import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.transforms.core.messages import one_line
from lookalike.transforms.functional.images.decode import TooLargeError
from lookalike.transforms.functional.parquet_pages import Page, pages
from lookalike.transforms.io.archives.entries import ContainerError
from lookalike.transforms.io.archives.image_columns import FIELD
from lookalike.transforms.storage.ranges import Replaced, open_ranges

BATCH, BATCH_BYTES = 64, 1 << 24
"""Rows of a file in memory at once, and about how many bytes."""
BUFFER = 1 << 20
MOST_SAID = 200
"""Characters of what Arrow says."""


def read_schema(uri: str) -> pa.Schema:
    """Of a Parquet file. Raises `ContainerError` where it is none, and as `ranges.open_ranges`."""
    with open_ranges(uri) as file:
        return opened(file).schema_arrow


def count_rows(uri: str, size: int) -> int:
    """Rows of a Parquet file of `size` bytes, or -1 if that is not known.

    Raises:
        ContainerError: it is none, or claims what can't be.
        OSError: it can't be read.
    """
    with open_ranges(uri) as file:
        metadata = opened(file).metadata
    counts = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    if min(counts, default=0) < 0 or sum(counts) != metadata.num_rows or 0 <= size < metadata.num_rows:
        raise ContainerError(f"the file claims {metadata.num_rows:,} rows, which it can't have; fetch it again")
    return sum(counts)


def rows_of(container: str, column: str, rows: Iterable[int], max_bytes: int) -> Iterator[tuple[int, Any]]:
    """Rows of one file, each with its image's bytes or the exception that says why it has none."""
    left = collections.deque(sorted(rows))
    try:
        with open_ranges(container) as file:
            spans = list(_spans(opened(file).metadata))
    except Exception as error:
        yield from ((row, error) for row in left)
        return
    for group, first, count in spans:
        here = []
        while left and left[0] < first + count:
            here.append(left.popleft() - first)
        for row, value in _rows_of_group(container, column, group, here, max_bytes):
            yield first + row, value
    yield from ((row, ContainerError("the file has no such row; was it changed?")) for row in left)


def opened(file: BinaryIO) -> pq.ParquetFile:
    """A Parquet file, to be read in pieces. Raises `ContainerError` where it is none."""
    try:
        # without a buffer a whole row group is held; the checksums are of pages that have one
        return pq.ParquetFile(file, buffer_size=BUFFER, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        if _is_of_store(error):
            raise
        raise ContainerError(
            f"the file's footer can't be read ({one_line(error)[:MOST_SAID]}); fetch it again"
        ) from error


def _spans(metadata: pq.FileMetaData) -> Iterator[tuple[int, int, int]]:
    """(number, first row, rows) of every row group."""
    first = 0
    for group in range(metadata.num_row_groups):
        count = metadata.row_group(group).num_rows
        yield group, first, count
        first += count


def _rows_of_group(
    container: str, column: str, group: int, rows: list[int], max_bytes: int
) -> Iterator[tuple[int, Any]]:
    """Rows, ascending, of one row group, decoded no further than to the last; where that fails, page by page."""
    waiting = collections.deque(rows)
    if not waiting:
        return
    error: Exception = ContainerError("the file has no such row; was it changed?")
    try:
        with open_ranges(container) as file:
            for row, value in _values(file, column, group, rows):
                waiting.popleft()
                yield row, _image(value, max_bytes)
    except Exception as found:
        error = found
    if waiting and not _is_of_store(error):
        error = ContainerError(f"its page is damaged ({one_line(error)[:MOST_SAID]}); fetch the file again")
        try:
            with open_ranges(container) as file:
                for row, value in _values_of_pages(file, column, group, list(waiting)):
                    while waiting and waiting[0] < row:
                        yield waiting.popleft(), error
                    waiting.popleft()
                    yield row, _image(value, max_bytes)
        except Exception as found:
            error = found if _is_of_store(found) else error
    yield from ((row, error) for row in waiting)


def _values(file: BinaryIO, column: str, group: int, rows: list[int], at_once: int = 0) -> Iterator[tuple[int, Any]]:
    """The wanted rows of one row group. at_once: rows that are decoded together, 0 for a number that fits in memory."""
    table = opened(file)
    about = table.metadata.row_group(group)
    average = max(1, about.total_byte_size // max(1, about.num_rows))
    chunk = _chunk(table.metadata, column, group)
    leaf, first = chunk.path_in_schema, next(_pages(file, chunk), None)
    if first and not first.values:  # any row may be the largest of the dictionary
        average = max(average, first.unpacked)
    size = max(1, min(at_once or BATCH, BATCH_BYTES // average))
    batches = table.iter_batches(size, [group], [leaf], use_threads=False)
    start = at = 0
    with contextlib.closing(batches):
        for batch in batches:
            values = batch.column(batch.schema.names.index(column))
            while at < len(rows) and rows[at] < start + len(batch):
                yield rows[at], values[rows[at] - start]
                at += 1
            start += len(batch)
            if at == len(rows):
                return


def _values_of_pages(file: BinaryIO, column: str, group: int, rows: list[int]) -> Iterator[tuple[int, Any]]:
    """Those of the wanted rows of one row group whose pages can be decoded, each by itself."""
    chunk = _chunk(opened(file).metadata, column, group)
    start, end = _place(chunk)
    first, dictionary = 0, b""
    for page in _pages(file, chunk):
        if not page.values:
            dictionary = _piece(file, page.start, page.end - page.start)
            continue
        here = [row - first for row in rows if first <= row < first + page.values]
        data = _piece(file, page.start, page.end - page.start) if here else b""
        # a page may not need the dictionary, which may be what is damaged
        for before in (dictionary, b"") if here else ():
            alone = cast(BinaryIO, io.BufferedReader(Replaced(file, start, end, before + data)))
            values: list[tuple[int, Any]] = []
            with contextlib.suppress(Exception):
                values += _values(alone, column, group, here, page.values)
            if len(values) == len(here):
                yield from ((first + row, value) for row, value in values)
                break
        first += page.values


def _chunk(metadata: pq.FileMetaData, column: str, group: int) -> Any:
    """What the footer tells of the bytes of a column's images in one row group."""
    about = metadata.row_group(group)
    chunks = (about.column(number) for number in range(about.num_columns))
    found = next((chunk for chunk in chunks if chunk.path_in_schema in (column, f"{column}.{FIELD}")), None)
    if found is None:
        raise ContainerError(f"the file has no column {column!r} of images; was it changed?")
    return found


def _place(chunk: Any) -> tuple[int, int]:
    """Where a column chunk starts and ends."""
    start = min(at for at in (chunk.dictionary_page_offset, chunk.data_page_offset) if at)
    return start, start + chunk.total_compressed_size


def _pages(file: BinaryIO, chunk: Any) -> Iterator[Page]:
    return pages(lambda offset, size: _piece(file, offset, size), *_place(chunk))


def _piece(file: BinaryIO, start: int, size: int) -> bytes:
    file.seek(start)
    return file.read(size)


def image_bytes(value: pa.Scalar, max_bytes: int = sys.maxsize) -> bytes:
    """A value of a column of images -> its bytes; larger ones are not copied out of the batch.

    Raises:
        ContainerError: it has none.
        TooLargeError: it has more than `max_bytes`.
    """
    while isinstance(value, (pa.DictionaryScalar, pa.StructScalar)) and value.is_valid:
        value = value.value if isinstance(value, pa.DictionaryScalar) else value[FIELD]
    if not value.is_valid or not value.as_buffer().size:
        raise ContainerError("the row holds no bytes of an image, at most the path of one; write them into the table")
    if value.as_buffer().size > max_bytes:
        raise TooLargeError(f"more than the limit of {max_bytes:,} bytes (read.max_bytes)")
    return value.as_py()


def _image(value: pa.Scalar, max_bytes: int) -> bytes | Exception:
    """The same, or the exception that says why there is none."""
    try:
        return image_bytes(value, max_bytes)
    except (ContainerError, TooLargeError) as error:
        return error


def _is_of_store(error: Exception) -> bool:
    """Did the store fail? What Arrow makes of damaged bytes is an exception of its own or a bare OSError."""
    return isinstance(error, OSError) and type(error) is not OSError
