"""What lies in a folder of any store: names first, and of a local file no more than its name until it is asked for."""

import errno
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from lookalike.transforms.core.messages import error_name, one_line
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.storage.folders.pages import is_paged, pages
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.regular import NotAFileError, check_regular
from lookalike.transforms.storage.retries import is_transient
from lookalike.transforms.storage.sources import source_of, uri_of
from lookalike.transforms.storage.stores import is_local

CONNECTIONS = 8
"""Folders of a remote store that are listed at once."""
KINDS = {"directory": "a folder"}


class Contents(NamedTuple):
    """Of a folder, or of a page of one. folders: paths. files: in order, names of local files, Sources of others.
    error: why it can't be listed.
    """

    folder: str
    folders: list[str]
    files: Sequence[str | Source | Failure]
    error: OSError | None = None

    def paths(self) -> Iterator[tuple[str, str | Source | Failure]]:
        """Each file's path or URI, and what `look` takes."""
        for file in self.files:
            if isinstance(file, str):
                path = os.path.join(self.folder, file)
                yield path, path
            else:
                yield file.uri, file


class BrokenLinkError(OSError):
    """A symbolic link that leads nowhere; the message says where it should."""


def look(fs: Any, file: str | Source | Failure) -> Source | Failure:
    """A path, or what was listed with its folder -> its Source, or why it is none."""
    if not isinstance(file, str):
        return file
    try:
        return seen(fs, file)
    except OSError as error:
        return Failure(uri_of(fs, file), "list", error_name(error), one_line(error))


def seen(fs: Any, path: str) -> Source:
    """The Source that a path is.

    Raises:
        NotAFileError: it is something else.
        BrokenLinkError: it is a link to nothing.
        OSError: it is not there, or can't be looked at.
    """
    try:
        info = _info(fs, path)
    except OSError as error:
        if is_local(fs) and os.path.islink(path):
            if error.errno == errno.ELOOP:
                raise BrokenLinkError("a link that leads back to itself") from error
            if isinstance(error, FileNotFoundError):
                raise BrokenLinkError(f"a link to {os.readlink(path)!r}, which is not there") from error
        raise
    if "mode" in info:
        check_regular(info["mode"])
    elif info["type"] != "file":
        raise NotAFileError(f"{KINDS.get(info['type'], 'no regular file')}, not a file; it is not opened")
    return source_of(fs, info)


def _info(fs: Any, path: str) -> dict[str, Any]:
    """What a store tells of a file. Patience costs more than a disk takes to answer, and begins with the second try."""
    if is_local(fs):
        try:
            return fs.fs.info(path)
        except OSError as error:
            if not is_transient(error):
                raise
    return fs.info(path)


def walk(fs: Any, root: str, enter: Callable[[str], bool]) -> Iterator[Contents]:
    """The folder `root` and all below it that `enter` takes, in an order that depends on the names alone; on a remote
    store, several folders are listed at once, by pages where it has them. Symbolic links to folders are followed once.
    """
    seen: set[str] = set()
    waiting = [root]
    at_once = 1 if is_local(fs) else CONNECTIONS
    while waiting:
        folders = [folder for folder in waiting[-at_once:][::-1] if _first_time(fs, folder, seen)]
        del waiting[-at_once:]
        for parts in map(_local, folders) if is_local(fs) else prefetch(lambda one: _remote(fs, one), folders, at_once):
            below: list[str] = []
            for contents in parts:
                below += (folder for folder in contents.folders if enter(folder))
                yield contents
            waiting += sorted(below, reverse=True)


def _first_time(fs: Any, folder: str, seen: set[str]) -> bool:
    real = os.path.realpath(folder) if is_local(fs) else folder
    new = real not in seen
    seen.add(real)
    return new


def _local(folder: str) -> Iterator[Contents]:
    folders, files = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    if entry.is_dir():
                        folders.append(entry.path)
                    else:
                        files.append(entry.name)
                except OSError:  # a link to itself
                    files.append(entry.name)
    except OSError as error:
        yield Contents(folder, [], [], error)
        return
    yield Contents(folder, folders, sorted(files))


def _remote(fs: Any, folder: str) -> Iterator[Contents]:
    """A folder of a store, of which the first part is at hand and the others are asked for when they are wanted."""
    parts = _by_pages(fs, folder) if is_paged(fs) else iter((_whole(fs, folder),))
    return itertools.chain((next(parts),), parts)


def _by_pages(fs: Any, folder: str) -> Iterator[Contents]:
    try:
        for page in pages(fs, folder):
            yield Contents(folder, page.folders, page.files)
    except OSError as error:
        yield Contents(folder, [], [], error)


def _whole(fs: Any, folder: str) -> Contents:
    try:
        entries = fs.ls(folder, detail=True)
    except OSError as error:
        return Contents(folder, [], [], error)
    folders: list[str] = []
    files: list[Source | Failure] = []
    for entry in entries:
        path = entry["name"].rstrip("/")
        if path == folder.rstrip("/"):
            continue  # what marks an empty folder
        if entry["type"] == "directory":
            folders.append(path)
        elif entry["type"] == "file":
            files.append(source_of(fs, entry))
        else:
            files.append(Failure(uri_of(fs, path), "list", "not_a_file", "no regular file; it is not opened"))
    fs.invalidate_cache()  # fsspec would hold on to every entry
    files.sort(key=lambda file: file.uri)
    return Contents(folder, folders, files)
