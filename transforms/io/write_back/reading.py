"""The bytes of images that are written somewhere else, each of which is what was audited."""

import errno
from collections.abc import Iterable, Iterator, Sequence

from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.core.records import Source
from lookalike.transforms.io.archives.contents import UNLIMITED, read_named, read_rows
from lookalike.transforms.io.archives.index import find_member
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import check_content
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.sources import source_of
from lookalike.transforms.storage.stores import store

CONNECTIONS = 8
"""Files that are read at once."""
MOST_UNREAD = 256_000_000
"""Bytes of what the audit could not read, which may be of any size. Whatever is taken along is held in memory."""

Unread = tuple[Fate, bytes | Exception | None]
"""An image with its bytes, with why it has none, or, as None, still to be read."""


def unread(fates: Sequence[Fate]) -> Iterator[Unread]:
    """Every image once: rows of a table with their bytes, since they are read by the row group, then the others
    without.
    """
    rows = {fate.uri: fate for fate in fates if (member := member_of(fate.uri)) and member.kind == "parquet"}
    for source, data in read_rows([Source(uri, -1, "", "") for uri in rows], UNLIMITED):
        yield rows[source.uri], data
    yield from ((fate, None) for fate in fates if fate.uri not in rows)


def read(item: Unread) -> tuple[Fate, bytes]:
    """An image, with its bytes.

    Raises:
        ChangedError: it is not what was audited.
        OSError: it can't be read, or the audit could not read it and it is larger than `MOST_UNREAD`.
    """
    fate, data = item
    if data is None:
        if not fate.content_hash:
            _refuse_large(fate.uri)
        data = read_named(fate.uri) if member_of(fate.uri) else read_file(fate.uri, fate.bytes)
    if isinstance(data, Exception):
        raise data
    check_content(fate, content_hash(data))
    return fate, data


def _refuse_large(uri: str) -> None:
    if member_of(uri):
        found = find_member(uri)
        size = found.bytes if isinstance(found, Source) else 0
    else:
        fs, path = store(uri)
        size = fs.info(path).get("size") or 0
    if size > MOST_UNREAD:
        raise OSError(errno.EFBIG, f"no image, and more than {MOST_UNREAD:,} bytes")


def check_gone(fates: Iterable[Fate]) -> None:
    """See that files that are left out are what was audited, as far as their store tells; else by their bytes.

    Raises:
        ChangedError: one is not.
        OSError: one can't be read.
    """
    for _ in prefetch(_check_gone, [fate for fate in fates if not member_of(fate.uri)], CONNECTIONS):
        pass


def _check_gone(fate: Fate) -> None:
    fs, path = store(fate.uri)
    found = source_of(fs, fs.info(path))
    if (found.bytes, found.modified, found.etag) != (fate.bytes, fate.modified, fate.etag):
        check_content(fate, content_hash(read_file(fate.uri)))
