"""Parquet files with a column of encoded images: which it is, and its rows; a damaged one costs as few as can be."""

import collections
import contextlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.entries import ContainerError
from transforms.functional.decode import TooLargeError
from transforms.ranges import open_ranges

NAMES = ("image", "img", "jpg", "jpeg", "png", "webp", "image_bytes", "bytes")
"""Names by which a column of plain bytes is known to hold images; a struct with a field `bytes` needs none of them."""
FIELD = "bytes"
BATCH, BATCH_BYTES = 64, 1 << 24
"""Rows of a file in memory at once, and about how many bytes."""
BUFFER = 1 << 20


class ImageColumn(NamedTuple):
    """Where the images of a table are. wrong: why they can't be read, or ''."""

    name: str
    wrong: str = ""


def image_column(schema: pa.Schema) -> ImageColumn | None:
    """The column that holds encoded images, or that should by its form; None if there is none."""
    columns = [column for column in map(_as_images, schema) if column]
    named = {column.name.lower(): column.name for column in map(_as_bytes, schema) if column}
    columns += [ImageColumn(named[name]) for name in NAMES if name in named]
    found = next((column for column in columns if not column.wrong), columns[0] if columns else None)
    if found and not found.wrong and "::" in found.name:
        return found._replace(wrong=f"the column's name {found.name!r} holds '::', which divides names; rename it")
    if found and not found.wrong and schema.names.count(found.name) > 1:
        return found._replace(wrong=f"two columns are named {found.name!r}; rename one")
    return found


def _as_images(field: pa.Field) -> ImageColumn | None:
    """A struct with a field `bytes`, as Hugging Face's tables have, or a list of such."""
    kind = _plain(field.type)
    nested = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    inner = _plain(kind.value_type) if nested else kind
    if not pa.types.is_struct(inner) or inner.get_field_index(FIELD) < 0:
        return None
    if nested:
        return ImageColumn(field.name, f"column {field.name!r} holds lists of images; write one row for each")
    held = inner.field(FIELD).type
    if not _is_bytes(held):
        return ImageColumn(field.name, f"{FIELD!r} of column {field.name!r} is {held}, not binary; cast it")
    return ImageColumn(field.name)


def _as_bytes(field: pa.Field) -> ImageColumn | None:
    return ImageColumn(field.name) if _is_bytes(field.type) else None


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_bytes(kind: pa.DataType) -> bool:
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(test(_plain(kind)) for test in tests)


def read_schema(uri: str) -> pa.Schema:
    """Of a Parquet file. Raises `ContainerError` where it is none, and as `ranges.open_ranges`."""
    with open_ranges(uri) as file:
        return _opened(file).schema_arrow


def count_rows(uri: str, size: int) -> int:
    """Rows of a Parquet file of `size` bytes, or -1 if that is not known.

    Raises:
        ContainerError: it is none, or claims what can't be.
        OSError: it can't be read.
    """
    with open_ranges(uri) as file:
        metadata = _opened(file).metadata
    counts = [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
    if min(counts, default=0) < 0 or sum(counts) != metadata.num_rows or 0 <= size < metadata.num_rows:
        raise ContainerError(f"the file claims {metadata.num_rows:,} rows, which it can't have; fetch it again")
    return sum(counts)


def rows_of(container: str, column: str, rows: Iterable[int], most_bytes: int) -> Iterator[tuple[int, Any]]:
    """Rows of one file, each with its image's bytes or the exception that says why it has none."""
    left = collections.deque(sorted(rows))
    try:
        with open_ranges(container) as file:
            spans = list(_spans(_opened(file).metadata))
    except Exception as error:
        yield from ((row, error) for row in left)
        return
    for group, first, count in spans:
        here = []
        while left and left[0] < first + count:
            here.append(left.popleft() - first)
        for row, value in _rows_of_group(container, column, group, here, most_bytes):
            yield first + row, value
    yield from ((row, ContainerError("the file has no such row; was it changed?")) for row in left)


def _opened(file: BinaryIO) -> pq.ParquetFile:
    try:
        # without a buffer a whole row group is held; the checksums are of pages that have one
        return pq.ParquetFile(file, buffer_size=BUFFER, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        if _is_of_store(error):
            raise
        raise ContainerError(f"the file's footer can't be read ({_line(error)}); fetch it again") from error


def _spans(metadata: pq.FileMetaData) -> Iterator[tuple[int, int, int]]:
    """(number, first row, rows) of every row group."""
    first = 0
    for group in range(metadata.num_row_groups):
        count = metadata.row_group(group).num_rows
        yield group, first, count
        first += count


def _rows_of_group(
    container: str, column: str, group: int, rows: list[int], most_bytes: int
) -> Iterator[tuple[int, Any]]:
    """Rows, ascending, of one row group, of which no more is decoded than up to the last. What can't be decoded in
    batches is taken row by row: those before a damaged page are had.
    """
    waiting = collections.deque(rows)
    error: Exception | None = None
    for most in (BATCH, 1):
        try:
            for row, value in _values(container, column, group, list(waiting), most, most_bytes):
                waiting.popleft()
                yield row, value
        except Exception as found:
            error = found
        if not waiting:
            return
    if error is None:
        error = ContainerError("the file has no such row; was it changed?")
    elif not _is_of_store(error):
        error = ContainerError(f"its page is damaged ({_line(error)}); fetch the file again")
    yield from ((row, error) for row in waiting)


def _values(
    container: str, column: str, group: int, rows: list[int], most: int, most_bytes: int
) -> Iterator[tuple[int, Any]]:
    """The wanted rows of one row group, decoded `most` at once."""
    if not rows:
        return
    with open_ranges(container) as file:
        table = _opened(file)
        size = table.metadata.row_group(group).total_byte_size
        average = max(1, size // max(1, table.metadata.row_group(group).num_rows))
        batches = table.iter_batches(max(1, min(most, BATCH_BYTES // average)), [group], [column], use_threads=False)
        start, at = 0, 0
        with contextlib.closing(batches):
            for batch in batches:
                values = batch.column(batch.schema.names.index(column))
                while at < len(rows) and rows[at] < start + len(batch):
                    yield rows[at], _image(values[rows[at] - start], most_bytes)
                    at += 1
                start += len(batch)
                if at == len(rows):
                    return


def _image(value: pa.Scalar, most_bytes: int) -> bytes | Exception:
    """A value of the column -> its bytes; larger ones are not copied out of the batch."""
    while isinstance(value, (pa.DictionaryScalar, pa.StructScalar)) and value.is_valid:
        value = value.value if isinstance(value, pa.DictionaryScalar) else value[FIELD]
    if not value.is_valid or not value.as_buffer().size:
        return ContainerError("the row holds no image")
    if value.as_buffer().size > most_bytes:
        return TooLargeError(f"more than the limit of {most_bytes:,} bytes (read.most_bytes)")
    return value.as_py()


def _is_of_store(error: Exception) -> bool:
    """Did the store fail? What Arrow makes of damaged bytes is an exception of its own or a bare OSError."""
    return isinstance(error, OSError) and type(error) is not OSError


def _line(error: BaseException | None) -> str:
    """The first line of what Arrow says."""
    return str(error).strip().partition("\n")[0][:200]
