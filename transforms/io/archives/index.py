"""What a container holds by its index: the members of an archive, and the rows of a Parquet file.

What is told of an archive's member says where its bytes lie, so that a worker fetches them alone, and needs no index of
the archive.
"""

import functools
from collections.abc import Callable, Iterator

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.io.archives.entries import Entry
from lookalike.transforms.io.archives.image_columns import image_column
from lookalike.transforms.io.archives.image_tables import count_rows, read_schema
from lookalike.transforms.io.archives.names import BETWEEN, file_of, kind_of, member_uri
from lookalike.transforms.io.archives.tars import list_tar
from lookalike.transforms.io.archives.zips import list_zip
from lookalike.transforms.storage.ranges import open_ranges
from lookalike.transforms.storage.reading import MachineError
from lookalike.transforms.storage.sources import source_of
from lookalike.transforms.storage.stores import store


def entries_of(uri: str, kind: str, is_wanted: Callable[[str], bool] = lambda _: False) -> list[Entry]:
    """The index of an archive. is_wanted: of a member's name, whether its content is read along, as far as that is
    cheap: of a tar file.

    Raises:
        OSError: it has none, or can't be read. What else a parser makes of hostile bytes is raised, too.
    """
    with open_ranges(uri) as file:
        return list_tar(file, is_wanted) if kind == "tar" else list_zip(file)


def record_of(container: Source, kind: str, entry: Entry, is_last: bool) -> Source | Failure:
    """What a member with a name is listed as, with the time and the etag of its container. is_last: no later member has
    its name.
    """
    uri = member_uri(kind, entry.name, container.uri)
    if BETWEEN in entry.name:
        return Failure(uri, "list", "bad_name", f"the member's name holds '{BETWEEN}', which divides names; rename it")
    if not is_last:
        return Failure(uri, "list", "replaced", "a later member of the archive has the same name; rename one")
    if entry.error:
        return Failure(uri, "list", entry.error, entry.message)
    return Source(uri, entry.size, container.modified, container.etag, entry.at)


def rows_in(container: Source) -> Iterator[Source | Failure]:
    """What the rows of a Parquet file are listed as, or a Failure that says why it has none. Raises as `count_rows`."""
    column = image_column(read_schema(container.uri))
    if column is None or column.wrong:
        yield Failure(container.uri, "list", "bad_container", column.wrong if column else "no column of images")
        return
    for row in range(count_rows(container.uri, container.bytes)):
        uri = member_uri("parquet", f"{column.name}/{row}", container.uri)
        yield Source(uri, -1, container.modified, container.etag)


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
    kind = str(kind_of(container.uri))
    try:
        if kind == "parquet":
            return {record.uri: record for record in rows_in(container)}
        entries = [entry for entry in entries_of(container.uri, kind) if entry.name]
    except MachineError:
        raise
    except Exception:  # whatever a parser makes of hostile bytes
        return {}
    # of several members with one name the last is the one that counts
    return {(record := record_of(container, kind, entry, True)).uri: record for entry in entries}
