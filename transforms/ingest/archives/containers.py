"""Images inside of tar and zip archives (WebDataset's shards) and of Parquet files (Hugging Face's layout).

A member is named as fsspec chains URLs, `tar://000017.jpg::s3://corpus/shard-000.tar`, and a row of a Parquet file
alike: `parquet://image/17::s3://corpus/train-000.parquet`, the column before the row. What is listed of an archive's
member says where its bytes lie, so that a worker fetches them alone, and needs no index of the archive. What an archive
seems to hold and can't give is a Failure that names it.
"""

import functools
import itertools
import posixpath
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lookalike.transforms.core.columns import Values
from lookalike.transforms.core.messages import one_line
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.functional.images.formats.signatures import LOOKED_AT
from lookalike.transforms.ingest.archives.entries import ContainerError, Entry
from lookalike.transforms.ingest.archives.image_tables import count_rows, image_column, read_schema, rows_of
from lookalike.transforms.ingest.archives.sidecars import Sidecars, is_sidecar
from lookalike.transforms.ingest.archives.table_columns import values_of
from lookalike.transforms.ingest.archives.tars import list_tar
from lookalike.transforms.ingest.archives.zips import (
    LOCAL,
    PACKED_START,
    data_start,
    list_zip,
    unpacked,
    unpacked_start,
)
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.selection.choice import Choice, Unsure
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.ingest.selection.suffixes import is_hidden_member
from lookalike.transforms.storage.ranges import open_ranges
from lookalike.transforms.storage.reading import MachineError, read_range
from lookalike.transforms.storage.sources import source_of
from lookalike.transforms.storage.stores import is_path, store

SUFFIXES = {".tar": "tar", ".zip": "zip", ".parquet": "parquet"}
BETWEEN = "::"
"""Divides the name of a member from that of its container."""
UNLIMITED = 1 << 62


class Member(NamedTuple):
    """A URI taken apart. kind: 'tar', 'zip' or 'parquet'. name: path, or column/row. container: URI of the file."""

    kind: str
    name: str
    container: str


def member_of(uri: str) -> Member | None:
    """What a URI names inside of a container, or None for a file of its own."""
    name, found, container = uri.partition(BETWEEN)
    kind, named, inner = name.partition("://")
    return Member(kind, inner, container) if found and named and kind in SUFFIXES.values() else None


def file_of(uri: str) -> str:
    """The URI of the file that an image lies in, which may be its own."""
    member = member_of(uri)
    return member.container if member else uri


def kind_of(path: str) -> str | None:
    """The kind of container that a path's suffix promises."""
    return SUFFIXES.get(posixpath.splitext(path)[1].lower())


def is_container(uri: str) -> bool:
    """Is a file an archive, or a Parquet file that has images, or that should and can't be read?"""
    if kind_of(uri) != "parquet":
        return kind_of(uri) is not None
    try:
        return image_column(read_schema(uri)) is not None
    except OSError:
        return True


def list_members(
    container: Source, is_image: Callable[[str], bool], choice: Choice | None = None
) -> Iterator[Source | Failure]:
    """All images of a container, in its order; where it can't be listed, or in part, Failures that say so.

    is_image: of a member's path; what is none is for `choice` to look into, or to count. Members have the time and the
    etag of their container.
    """
    kind = kind_of(container.uri)
    choice = choice or Choice()
    try:
        if kind == "parquet":
            yield from _rows(container, choice.carried)
            return
        with open_ranges(container.uri) as file:
            entries = list_tar(file, functools.partial(is_sidecar, choice.carried)) if kind == "tar" else list_zip(file)
        sidecars = Sidecars(entries, choice.carried, container.uri)
    except (MachineError, InputError):
        raise
    except Exception as error:  # whatever a parser makes of hostile bytes
        yield Failure(container.uri, "list", "bad_container", one_line(error))
        return
    members = _members(container, str(kind), entries, is_image, choice)
    for record in choice.settled(members, is_path(container.uri)):
        yield record._replace(columns=_values(sidecars, record.uri)) if isinstance(record, Source) else record


def _values(sidecars: Sidecars, uri: str) -> Values:
    member = member_of(uri)
    assert member is not None
    return sidecars.beside(member.name)


def _rows(container: Source, carried: Carried) -> Iterator[Source | Failure]:
    column = image_column(read_schema(container.uri))
    if column is None or column.wrong:
        yield Failure(container.uri, "list", "bad_container", column.wrong if column else "no column of images")
        return
    rows = range(count_rows(container.uri, container.bytes))
    for row, values in zip(rows, values_of(container.uri, carried) if carried else itertools.repeat(()), strict=False):
        source = Source(_name("parquet", f"{column.name}/{row}", container), -1, container.modified, container.etag)
        yield source._replace(columns=values)


def _members(
    container: Source, kind: str, entries: list[Entry], is_image: Callable[[str], bool], choice: Choice
) -> Iterator[Source | Failure | Unsure]:
    """Entries -> the images among them, what may be one, and failures. Where two have one name, the last is the one
    that counts.
    """
    last = {entry.name: number for number, entry in enumerate(entries)}
    for number, entry in enumerate(entries):
        if not entry.name:
            yield Failure(container.uri, "list", entry.error, entry.message)
        elif is_image(entry.name):
            yield _record(container, kind, entry, last[entry.name] == number)
        elif not choice.looks_into(entry.name) or is_hidden_member(entry.name) or entry.error == "not_a_file":
            choice.left_out.add(entry.name)
        elif entry.error:
            yield _record(container, kind, entry, True)
        else:
            start = functools.partial(_start, container.uri, kind, entry)
            yield Unsure(entry.name, start, _record(container, kind, entry, last[entry.name] == number))


def _record(container: Source, kind: str, entry: Entry, is_last: bool) -> Source | Failure:
    """What an image is listed as. is_last: no later member has its name."""
    uri = _name(kind, entry.name, container)
    if BETWEEN in entry.name:
        return Failure(uri, "list", "bad_name", f"the member's name holds '{BETWEEN}', which divides names; rename it")
    if not is_last:
        return Failure(uri, "list", "replaced", "a later member of the archive has the same name; rename one")
    if entry.error:
        return Failure(uri, "list", entry.error, entry.message)
    return Source(uri, entry.size, container.modified, container.etag, entry.at)


def _name(kind: str, name: str, container: Source) -> str:
    return f"{kind}://{name}{BETWEEN}{container.uri}"


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


def _start(container: str, kind: str, entry: Entry) -> bytes:
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


def find_member(uri: str) -> Source | Failure:
    """One image inside of a container, by its URI.

    Raises:
        OSError, ValueError, ImportError: the container's store does not answer, or is none.
    """
    container = file_of(uri)
    fs, path = store(container)
    found = _index(source_of(fs, fs.info(path))).get(uri)
    return found or Failure(uri, "list", "FileNotFoundError", f"{container} holds no such image, or can't be read")


@functools.lru_cache(maxsize=8)
def _index(container: Source) -> dict[str, Source | Failure]:
    """All of a container's members by URI; one that has changed is another container."""
    return {member.uri: member for member in list_members(container, lambda _: True)}


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
