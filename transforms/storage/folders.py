"""What lies in a folder of any store: names first, and of a local file no more than its name until it is asked for."""

import errno
import os
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fsspec.utils import glob_translate

from lookalike.transforms.core.messages import error_name, one_line
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.regular import NotAFileError, check_regular
from lookalike.transforms.storage.retries import is_transient
from lookalike.transforms.storage.sources import source_of, uri_of
from lookalike.transforms.storage.stores import is_local

CONNECTIONS = 8
"""Folders of a remote store that are listed at once."""
KINDS = {"directory": "a folder"}


class Contents(NamedTuple):
    """Of a folder, in order of name. folders: paths. files: names of local files, Sources of others. error: why it
    can't be listed.
    """

    folder: str
    folders: list[str]
    files: list[str] | list[Source | Failure]
    error: OSError | None = None

    def paths(self) -> Iterator[tuple[str, str | Source | Failure]]:
        """Each file's path or URI, and what `look` takes."""
        for file in self.files:
            path = os.path.join(self.folder, file) if isinstance(file, str) else file.uri
            yield path, path if isinstance(file, str) else file


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
    store, several folders are listed at once. Symbolic links to folders are followed once.
    """
    seen: set[str] = set()
    waiting = [root]
    at_once = 1 if is_local(fs) else CONNECTIONS
    while waiting:
        folders = [folder for folder in waiting[-at_once:][::-1] if _first_time(fs, folder, seen)]
        del waiting[-at_once:]
        listed = (
            map(_local, folders) if is_local(fs) else prefetch(lambda folder: _remote(fs, folder), folders, at_once)
        )
        for contents in listed:
            waiting += [folder for folder in reversed(contents.folders) if enter(folder)]
            yield contents


def _first_time(fs: Any, folder: str, seen: set[str]) -> bool:
    real = os.path.realpath(folder) if is_local(fs) else folder
    new = real not in seen
    seen.add(real)
    return new


def _local(folder: str) -> Contents:
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
        return Contents(folder, [], [], error)
    return Contents(folder, sorted(folders), sorted(files))


def _remote(fs: Any, folder: str) -> Contents:
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
    return Contents(folder, sorted(folders), sorted(files, key=lambda file: file.uri))


class Pattern:
    """A pattern of local paths, with `*`, `?`, `[...]` inside of names and `**` for folders at any depth. A folder that
    is there is no pattern, whatever its name.
    """

    def __init__(self, pattern: str) -> None:
        """`pattern`: an absolute path. Raises `ValueError` where it can't be one."""
        names = pattern.split("/")
        literal = 1
        while literal < len(names) - 1 and os.path.isdir("/".join(names[: literal + 1])):
            literal += 1
        self.root = "/".join(names[:literal]) or "/"
        self._names = names[literal:]
        self._whole = re.compile(glob_translate("/".join(self._names)))
        self._each = [re.compile(glob_translate(name)) if name != "**" else None for name in self._names]

    def matches(self, path: str) -> bool:
        """Does a path below the root match the whole pattern?"""
        return self._whole.match(self._below(path)) is not None

    def enters(self, folder: str) -> bool:
        """Can there be matches in a folder below the root, by its own name?"""
        names = self._below(folder).split("/")
        for name, one in zip(names, self._each, strict=False):
            if one is None:
                return True
            if not one.match(name):
                return False
        return len(names) < len(self._names)

    def _below(self, path: str) -> str:
        return path[len(self.root.rstrip("/")) + 1 :]
