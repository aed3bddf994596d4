"""The bytes of members of archives, and of rows of Parquet files."""

from collections.abc import Iterable, Iterator

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.functional.images.formats.signatures import LOOKED_AT
from lookalike.transforms.io.archives.entries import ContainerError, Entry
from lookalike.transforms.io.archives.image_tables import rows_of
from lookalike.transforms.io.archives.index import find_member
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.io.archives.zip_members import LOCAL, PACKED_START, data_start, unpacked, unpacked_start
from lookalike.transforms.storage.reading import read_range
from lookalike.transforms.storage.stores import store

UNLIMITED = 1 << 62


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
    begin = data_start(_range(member.container, start, LOCAL.size), start)
    return unpacked(_range(member.container, begin, packed), method, source.bytes, crc)


def read_start(container: str, kind: str, entry: Entry) -> bytes:
    """The first `LOOKED_AT` bytes of one member, or all of a shorter one. Raises as `read_member`."""
    where = [int(number) for number in entry.at.split("+")]
    if kind == "tar":
        return _range(container, where[0], min(where[1], LOOKED_AT))
    start, packed, method, _ = where
    begin = data_start(_range(container, start, LOCAL.size), start)
    return unpacked_start(_range(container, begin, min(packed, PACKED_START)), method, LOOKED_AT)


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
    if member is None:
        fs, path = store(uri)
        return fs.cat_file(path)
    if member.kind == "parquet":
        ((_, data),) = read_rows([Source(uri, -1, "", "")], UNLIMITED)
        if isinstance(data, Exception):
            raise data
        return data
    found = find_member(uri)
    if isinstance(found, Failure):
        raise ContainerError(found.message)
    return read_member(found)


def read_rows(sources: Iterable[Source], max_bytes: int) -> Iterator[tuple[Source, bytes | Exception]]:
    """Rows of Parquet files -> each with its image's bytes or what went wrong. A row group is read once for all.

    max_bytes: larger images are refused.
    """
    rows: dict[tuple[str, str], dict[int, Source]] = {}
    for source in sources:
        member = member_of(source.uri)
        assert member is not None
        column, _, row = member.name.rpartition("/")
        rows.setdefault((member.container, column), {})[int(row)] = source
    for (container, column), wanted in sorted(rows.items()):
        for number, value in rows_of(container, column, wanted, max_bytes):
            yield wanted[number], value
