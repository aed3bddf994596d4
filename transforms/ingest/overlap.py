"""Nothing is written where something is read: every command that writes asks here first.

Two names are compared by what they lead to. Local ones by their real path, and by the identity of the folders on the
way there, which sees through links, `..`, mounts and file systems that ignore case; others by their store and key.
"""

import fnmatch
import os
import posixpath
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from fsspec.core import has_magic

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.io.archives.names import file_of
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.stores import is_path, store

LOCAL = "file"


class Place(NamedTuple):
    """Where a name leads. kind: of store. path: from its root on, without links. pattern: components of a glob below
    `path`, or ().
    """

    kind: str
    path: str
    pattern: tuple[str, ...] = ()


def refuse_overlap(inputs: Sequence[str], outputs: Sequence[str | None]) -> None:
    """See that no output is, holds, or lies in an input, however either is spelled. An output may be None: not wanted.

    Raises:
        OutputError: one does.
    """
    for output in (name for name in outputs if name is not None):
        there = place_of(output, patterns=False)
        for name in inputs:
            found = relation(place_of(name), there)
            if found:
                raise OutputError(
                    f"{output} {found} {name}, which is only read; give an output apart from everything that is read"
                )


def outside(records: Iterator[Source | Failure], inputs: Sequence[str], output: str) -> Iterator[Source | Failure]:
    """What is listed, as it comes, as long as it lies outside of the output: links inside of a folder and rows of a
    manifest may lead there, whatever the inputs are called.

    Raises:
        OutputError: an image lies in the output, or the output in a folder that is searched.
    """
    there = place_of(output, patterns=False)
    searched = [absolute(name).rstrip("/") + "/" for name in inputs]
    folders: dict[str, str] = {}
    for record in records:
        if isinstance(record, Source):
            uri = file_of(record.uri)
            folder = posixpath.dirname(uri)
            if folder not in folders:
                folders[folder] = _folder_relation(folder, there, searched)
            found = folders[folder]
            if not found and is_path(uri) and os.path.islink(uri):
                found = relation(place_of(uri), there)
            if found:
                raise OutputError(f"{output} {found} {uri}, which is an image of the inputs; give another output")
        yield record


def _folder_relation(folder: str, there: Place, searched: list[str]) -> str:
    """How the output stands to a folder that images were found in: it may lie there, unless the folder is searched."""
    found = relation(place_of(folder), there)
    if found == INSIDE and not any(f"{folder}/".startswith(name) for name in searched):
        return ""
    return found


SAME, HOLDS, INSIDE = "is", "holds", "lies in"


def relation(read: Place, written: Place) -> str:
    """SAME, HOLDS or INSIDE: how what is written stands to what is read; or '': they are apart."""
    if read.kind != written.kind:
        return ""
    if read.pattern:
        return _relation_to_pattern(read, written)
    if _same(read, written):
        return SAME
    if _is_inside(read, written):
        return HOLDS
    return INSIDE if _is_inside(written, read) else ""


def _relation_to_pattern(read: Place, written: Place) -> str:
    """What a pattern finds lies in its first folder, or further down: is there a name that both could have?"""
    base = Place(read.kind, read.path)
    if _same(base, written) or _is_inside(base, written):
        return HOLDS
    if not _is_inside(written, base):
        return ""
    below = written.path.removeprefix(read.path.rstrip("/")).strip("/").split("/")
    for pattern, name in zip(read.pattern, below, strict=False):
        if "**" in pattern:
            return INSIDE
        if not fnmatch.fnmatchcase(name, pattern):
            return ""
    return INSIDE


def place_of(name: str, patterns: bool = True) -> Place:
    """A path, URL or glob as the user spelled it -> where it leads. patterns: may it be a glob? Outputs are none."""
    uri = absolute(file_of(absolute(name)))
    if not is_path(uri):
        uri = uri.rpartition("::")[2]  # where a chain of file systems ends
    if is_path(uri):
        base, pattern = (
            _split_pattern(uri, os.path.isdir)
            if patterns and has_magic(uri) and not os.path.lexists(uri)
            else (uri, ())
        )
        return Place(LOCAL, os.path.realpath(base), pattern)
    fs, path = store(uri)
    base, pattern = _split_pattern(path, lambda _: False) if patterns and has_magic(path) else (path, ())
    kind = type(getattr(fs, "fs", fs)).__name__
    return Place(kind, posixpath.normpath("/" + base.strip("/")), pattern)


def _split_pattern(path: str, is_folder: Callable[[str], bool]) -> tuple[str, tuple[str, ...]]:
    names = path.split("/")
    first = next(number for number, name in enumerate(names) if has_magic(name))
    while is_folder("/".join(names[: first + 1])):  # what is there is no pattern
        first += 1
    return "/".join(names[:first]) or "/", tuple(names[first:])


def _same(a: Place, b: Place) -> bool:
    if a.path == b.path:
        return True
    identity = _identity(a.path) if a.kind == LOCAL else None
    return identity is not None and identity == _identity(b.path)


def _is_inside(inner: Place, outer: Place) -> bool:
    if inner.path.startswith(outer.path.rstrip("/") + "/"):
        return True
    identity = _identity(outer.path) if inner.kind == LOCAL else None
    if identity is None:
        return False
    path = inner.path
    while path != os.path.dirname(path):
        path = os.path.dirname(path)
        if _identity(path) == identity:
            return True
    return False


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
