"""How what lies inside of a container is named.

A member is named as fsspec chains URLs, `tar://000017.jpg::s3://corpus/shard-000.tar`, and a row of a Parquet file
alike: `parquet://image/17::s3://corpus/train-000.parquet`, the column before the row.
"""

import posixpath
from typing import NamedTuple

SUFFIXES = {".tar": "tar", ".zip": "zip", ".parquet": "parquet"}
BETWEEN = "::"
"""Divides the name of a member from that of its container."""


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


def member_uri(kind: str, name: str, container: str) -> str:
    """The other way: `Member`'s fields -> the URI."""
    return f"{kind}://{name}{BETWEEN}{container}"
