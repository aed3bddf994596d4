"""Images inside of tar and zip archives (WebDataset's shards) and of Parquet files (Hugging Face's layout).

A member is named as fsspec chains URLs, `tar://000017.jpg::s3://corpus/shard-000.tar`, and a row of a Parquet file
alike: `parquet://image/17::s3://corpus/train-000.parquet`, the column before the row. What is listed of an archive's
member says where its bytes lie, so that a worker fetches them alone, and needs no index of the archive.
"""

import posixpath
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.retries import patiently
from transforms.schemas import Failure, Source
from transforms.stores import is_local, read_range, store

SUFFIXES = {".tar": "tar", ".zip": "zip", ".parquet": "parquet"}
IMAGE_COLUMNS = ("image", "img", "jpg", "jpeg", "png", "webp", "image_bytes", "bytes")
"""Names by which a column of plain bytes is known to hold images; a struct with a field `bytes` needs none of them."""
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
"""Of a member of a zip archive (PKWARE's application note, section 4.3.7)."""
STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
BATCH = 64
"""Rows of a Parquet file in memory at once."""


class ContainerError(OSError):
    """A member can't be had; the message says why."""


class Member(NamedTuple):
    """A URI taken apart. kind: 'tar', 'zip' or 'parquet'. name: path, or column/row. container: URI of the file."""

    kind: str
    name: str
    container: str


def member_of(uri: str) -> Member | None:
    """What a URI names inside of a container, or None for a file of its own."""
    name, found, container = uri.partition("::")
    kind, named, inner = name.partition("://")
    return Member(kind, inner, container) if found and named and kind in SUFFIXES.values() else None


def file_of(uri: str) -> str:
    """The URI of the file that an image lies in, which may be its own."""
    member = member_of(uri)
    return member.container if member else uri


def kind_of(path: str) -> str | None:
    """The kind of container that a path's suffix promises."""
    return SUFFIXES.get(posixpath.splitext(path)[1].lower())


def image_column(schema: pa.Schema) -> str | None:
    """The column of a Parquet file that holds encoded images, if one does."""
    for field in schema:
        if pa.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0:
            return field.name
    binary = {f.name.lower(): f.name for f in schema if pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type)}
    return next((binary[name] for name in IMAGE_COLUMNS if name in binary), None)


def list_members(container: Source, is_image: Any) -> Iterator[Source | Failure]:
    """All images of a container, in its order; a container that can't be listed is one Failure.

    is_image: of a member's path. Members have the time and the etag of their container.
    """
    kind = kind_of(container.uri)
    listed = {"tar": _list_tar, "zip": _list_zip, "parquet": _list_parquet}[str(kind)]
    fs, path = store(container.uri)

    def index() -> list[Source | Failure]:
        # in one go: where a read fails, the archive is read from its start again
        with fs.open(path, "rb") as file:
            return list(listed(file, container, is_image))

    try:
        yield from index() if is_local(fs) else patiently(index)
    except (tarfile.TarError, zipfile.BadZipFile, pa.ArrowInvalid, OSError, EOFError) as error:
        hint = "; a compressed tar can't be read in parts: unpack it with gunzip" if kind == "tar" else ""
        yield Failure(container.uri, "list", "bad_container", f"{error}{hint}")


def _list_tar(file: Any, container: Source, is_image: Any) -> Iterator[Source | Failure]:
    found: dict[str, Source] = {}
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for info in archive:
            if info.isreg() and not info.issparse() and is_image(info.name):
                source = _member(container, "tar", info.name, info.size, f"{info.offset_data}+{info.size}")
                found[info.name] = source  # a later member of the same name replaces an earlier one
    yield from found.values()


def _list_zip(file: Any, container: Source, is_image: Any) -> Iterator[Source | Failure]:
    found: dict[str, Source | Failure] = {}
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            if info.is_dir() or not is_image(info.filename):
                continue
            source = _member(container, "zip", info.filename, info.file_size, "")
            if info.flag_bits & 1 or info.compress_type not in (STORED, DEFLATED):
                why = "encrypted" if info.flag_bits & 1 else "compressed in a way that only few programs know"
                found[info.filename] = Failure(source.uri, "list", "bad_member", f"{why}; pack it again with deflate")
                continue
            at = f"{info.header_offset}+{info.compress_size}+{info.compress_type}+{info.CRC}"
            found[info.filename] = source._replace(at=at)
    yield from found.values()


def _list_parquet(file: Any, container: Source, is_image: Any) -> Iterator[Source | Failure]:
    table = pq.ParquetFile(file)
    column = image_column(table.schema_arrow)
    for row in range(table.metadata.num_rows):
        yield _member(container, "parquet", f"{column}/{row}", -1, "")


def _member(container: Source, kind: str, name: str, size: int, at: str) -> Source:
    return Source(f"{kind}://{name}::{container.uri}", size, container.modified, container.etag, at)


def read_member(source: Source) -> bytes:
    """The bytes of one member of an archive.

    Raises:
        ContainerError: it is not what was listed: the archive was changed, or is damaged.
        OSError: it can't be read.
    """
    member = member_of(source.uri)
    assert member is not None
    where = [int(number) for number in source.at.split("+")]
    if member.kind == "tar":
        return _range(member.container, where[0], where[1])
    start, packed, method, crc = where
    header = _range(member.container, start, LOCAL_HEADER.size)
    magic, *_, name, extra = LOCAL_HEADER.unpack(header)
    if magic != b"PK\3\4":
        raise ContainerError("the archive has no member where it was listed; was it changed?")
    data = _range(member.container, start + LOCAL_HEADER.size + name + extra, packed)
    if method == DEFLATED:
        try:
            # one byte more than was promised shows that the promise was wrong, and no bomb is unpacked
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, source.bytes + 1)
        except zlib.error as error:
            raise ContainerError(f"the member can't be unpacked: {error}") from error
    if len(data) != source.bytes or zlib.crc32(data) != crc:
        raise ContainerError("the member's checksum is wrong; the archive is damaged")
    return data


def _range(uri: str, start: int, size: int) -> bytes:
    if size == 0:
        return b""
    data = read_range(uri, start, size)
    if len(data) != size:
        raise ContainerError("the archive ends too early; was it changed?")
    return data


def read_named(uri: str) -> bytes:
    """The bytes of one member by its name alone; an archive's index is read for it. Raises as `read_member`."""
    member = member_of(uri)
    if member is not None and member.kind == "parquet":
        ((_, data),) = read_rows([Source(uri, -1, "", "")])
        if isinstance(data, Exception):
            raise data
        return data
    fs, path = fsspec.url_to_fs(uri) if member else store(uri)
    return fs.cat_file(path)


def read_rows(sources: Iterable[Source]) -> Iterator[tuple[Source, bytes | Exception]]:
    """Rows of Parquet files -> each with its image's bytes or what went wrong. A row group is read once for all."""
    rows: dict[tuple[str, str], dict[int, Source]] = {}
    for source in sources:
        member = member_of(source.uri)
        assert member is not None
        column, _, row = member.name.rpartition("/")
        rows.setdefault((member.container, column), {})[int(row)] = source
    for (container, column), wanted in sorted(rows.items()):
        yield from _read_rows(container, column, wanted)


def _read_rows(container: str, column: str, wanted: dict[int, Source]) -> Iterator[tuple[Source, bytes | Exception]]:
    left = dict(wanted)
    try:
        for first, group, count in _row_groups(container):
            rows = [row for row in sorted(left) if first <= row < first + count]
            values = patiently(_values, container, column, group, [row - first for row in rows]) if rows else []
            for row, value in zip(rows, values, strict=True):
                data = value.get("bytes") if isinstance(value, dict) else value
                yield left.pop(row), data if data else ContainerError("the row holds no image")
    except Exception as error:
        for source in left.values():
            yield source, error
        return
    for source in left.values():
        yield source, ContainerError("the file has no such row; was it changed?")


def _row_groups(container: str) -> list[tuple[int, int, int]]:
    """(first row, number, rows) of every row group."""

    def counts() -> list[int]:
        with fsspec.open(container, "rb") as file:
            metadata = pq.ParquetFile(file).metadata
            return [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]

    found, first = [], 0
    for group, count in enumerate(patiently(counts)):
        found.append((first, group, count))
        first += count
    return found


def _values(container: str, column: str, group: int, rows: list[int]) -> list[Any]:
    """The values of some rows, ascending, of one row group, of which no more is decoded than up to the last."""
    found, start = [], 0
    with fsspec.open(container, "rb") as file:
        for batch in pq.ParquetFile(file).iter_batches(BATCH, [group], [column], use_threads=False):
            found += [batch.column(0)[row - start].as_py() for row in rows if start <= row < start + len(batch)]
            start += len(batch)
            if start > rows[-1]:
                break
    return found
