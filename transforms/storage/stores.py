"""Opens the store that a URI lies on: with patience (`retries`), and with no memory of earlier listings."""

import re
from typing import Any

import fsspec
from fsspec.core import has_magic
from fsspec.utils import get_protocol

from lookalike.transforms.storage.patient_store import PatientStore, is_local
from lookalike.transforms.storage.regular import open_regular
from lookalike.transforms.storage.retries import StoreError

_URL = re.compile(r"[A-Za-z][\w+.-]*(://|::.*://)", re.DOTALL)
_CHAINED = re.compile(r"::(/|[A-Za-z][\w+.-]*://)")


class PartialReadError(StoreError):
    """A store gave another number of bytes than it said, or damaged ones; another try may give all."""


class UnknownStoreError(StoreError):
    """A URL of a kind that fsspec does not know, or whose client is not installed; the message says which."""


def is_path(uri: str) -> bool:
    """Is this the path of a local file, and no URL? A local name may have any character, such as '::' or 'file:'."""
    return _URL.match(uri) is None


def store(uri: str) -> tuple[Any, str]:
    """The file system of a URI and the path on it, with no memory of what it listed before: workers write there too.

    fsspec takes every '::' for the joint of a chain; here it is one only before another URL or an absolute path.

    Raises:
        UnknownStoreError: there is no such kind of store, or its client is not installed.
    """
    if is_path(uri):
        fs = fsspec.filesystem("file")
        path = fs._strip_protocol(uri)
    else:
        try:
            fs, path = fsspec.url_to_fs(uri if _CHAINED.search(uri) else uri.partition("::")[0])
        except (ValueError, ImportError) as error:
            raise UnknownStoreError(f"{uri} lies on no store that can be opened here: {error}") from error
        if not _CHAINED.search(uri):
            path = fs._strip_protocol(uri)
    fs.invalidate_cache()
    return PatientStore(fs, "file" if is_path(uri) else get_protocol(uri)), path


def open_file(fs: Any, path: str) -> Any:
    """A file of a store, to read. Raises, beside what the store does, `NotAFileError` for a local pipe or device."""
    return open_regular(path) if is_local(fs) else fs.open(path, "rb")


def names_in(fs: Any, folder: str, suffix: str) -> list[str]:
    """Paths of the files of a folder whose names end so, in order; none where there is no such folder.

    A pattern would take brackets in the folder's own name for one.
    """
    try:
        return sorted(path for path in fs.ls(folder, detail=False) if path.endswith(suffix))
    except FileNotFoundError:
        return []


def remove_tree(fs: Any, path: str) -> None:
    """Remove a file, or a folder and all in it, and nothing else.

    The removal of fsspec takes brackets and stars in a name for a pattern, and removes all that matches.
    """
    if is_local(fs) or not has_magic(path):
        fs.rm(path, recursive=True)
        return
    found = fs.find(path, withdirs=True, detail=True)
    for name in sorted(found, reverse=True):  # what lies in a folder before the folder
        if found[name]["type"] == "directory":
            fs.rmdir(name)
        else:
            fs.rm_file(name)
    if fs.isdir(path):
        fs.rmdir(path)
