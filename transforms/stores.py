"""Every touch of a store goes through here: no memory of earlier listings, patience with a store that is overloaded or
briefly gone, and files that are there whole or not at all.

The clients of the stores try again by themselves, each in its own way and some not on every call; this is the same
bound for all. fsspec's file objects read in pieces, and a piece that fails loses its place, so small files are read
whole and tried again from the start.
"""

import functools
import re
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import tenacity
from fsspec.core import has_magic
from fsspec.utils import get_protocol

from transforms.regular import NotAFileError, open_regular

Result = TypeVar("Result")

TRIES = 6
MOST_WAIT = 20.0
"""Seconds between two tries, at most; the first wait is about half a second, and each next one about twice as long."""
BUSY = frozenset({408, 425, 429})
"""HTTP statuses that ask for another try, beside all from 500 on."""
FINAL = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError, NotAFileError)
CLIENTS = ("aiohttp", "azure", "botocore", "gcsfs", "google", "http", "requests", "urllib3")
"""Packages whose exceptions tell of a store, though they are no OSError."""


_URL = re.compile(r"[A-Za-z][\w+.-]*(://|::.*://)", re.DOTALL)
_CHAINED = re.compile(r"::(/|[A-Za-z][\w+.-]*://)")


class StoreError(OSError):
    """A store that did not answer as it should, after all tries; the message is what it said last."""


def is_transient(error: BaseException) -> bool:
    """Could the same request succeed a moment later?"""
    if isinstance(error, FINAL):
        return False
    for name in ("status_code", "status", "code"):
        status = getattr(error, name, None)
        if isinstance(status, int) and 100 <= status < 600:
            return status in BUSY or status >= 500
    return isinstance(error, OSError) or _of_a_client(error)


def patiently(call: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
    """The result of a request that may be repeated, tried up to `TRIES` times with exponential back-off and jitter.

    Raises:
        StoreError: it failed to the end, in the words of a client's own exception.
        OSError: it failed, and trying again would not help, or did not.
    """
    policy = tenacity.Retrying(
        retry=tenacity.retry_if_exception(is_transient),
        stop=tenacity.stop_after_attempt(TRIES),
        wait=tenacity.wait_exponential_jitter(initial=0.3, max=MOST_WAIT, jitter=0.5),
        reraise=True,
    )
    try:
        return policy(call, *arguments, **named)
    except Exception as error:
        if isinstance(error, OSError) or not _of_a_client(error):
            raise
        raise StoreError(f"{type(error).__name__}: {error}") from error


def _of_a_client(error: BaseException) -> bool:
    return any(kind.__module__.split(".")[0] in CLIENTS for kind in type(error).__mro__)


class PatientStore:
    """A remote file system whose every call is made `patiently`; otherwise it is the one of fsspec."""

    def __init__(self, fs: fsspec.AbstractFileSystem, scheme: str) -> None:
        """`fs`: of a store elsewhere. scheme: as it was called; some stores have several."""
        self.fs, self.scheme = fs, scheme

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.fs, name)
        return functools.partial(patiently, value) if callable(value) else value

    def unstrip_protocol(self, path: str) -> str:
        """The URI of a path, with the scheme by which the store was called."""
        return path if "://" in path else f"{self.scheme}://{path}"

    # fsspec's own say no where a store did not answer
    def exists(self, path: str) -> bool:
        """Is there a file or folder?"""
        return self._type(path) != ""

    def isdir(self, path: str) -> bool:
        """Is there a folder?"""
        return self._type(path) == "directory"

    def isfile(self, path: str) -> bool:
        """Is there a file?"""
        return self._type(path) == "file"

    def _type(self, path: str) -> str:
        try:
            return str(patiently(self.fs.info, path)["type"])
        except (FileNotFoundError, NotADirectoryError):
            return ""


def is_path(uri: str) -> bool:
    """Is this the path of a local file, and no URL? A local name may have any character, such as '::' or 'file:'."""
    return _URL.match(uri) is None


def store(uri: str) -> tuple[Any, str]:
    """The file system of a URI and the path on it, with no memory of what it listed before: workers write there too.

    fsspec takes every '::' for the joint of a chain; here it is one only before another URL or an absolute path.
    """
    if is_path(uri):
        fs = fsspec.filesystem("file")
        path = fs._strip_protocol(uri)
    elif _CHAINED.search(uri):
        fs, path = fsspec.url_to_fs(uri)
    else:
        fs, _ = fsspec.url_to_fs(uri.partition("::")[0])
        path = fs._strip_protocol(uri)
    fs.invalidate_cache()
    return (fs if is_local(fs) else PatientStore(fs, get_protocol(uri))), path


def is_local(fs: Any) -> bool:
    """Is this the file system of this machine?"""
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)


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


def read_file(uri: str) -> bytes:
    """A small file, whole.

    Raises:
        FileNotFoundError: there is none.
        OSError: it can't be read.
    """
    fs, path = store(uri)
    return fs.cat_file(path)


def read_parquet(uri: str, columns: list[str] | None = None) -> pa.Table:
    """One Parquet file; all columns, or those named."""

    def read() -> pa.Table:
        fs, path = store(uri)
        with open_file(fs, path) as file:
            # in this thread alone: a thread of Arrow's that still holds the Python file when the interpreter ends
            # aborts the process, and workers are processes anyway
            return pq.ParquetFile(file).read(columns, use_threads=False)

    return read() if is_path(uri) else patiently(read)


def write_bytes(uri: str, data: bytes) -> None:
    """Write a file whole: under a name of its own first, then moved into place. Object stores are whole by nature."""
    fs, path = store(uri)
    if "/" in path:
        fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    if not is_local(fs):
        fs.pipe_file(path, data)
        return
    folder, _, name = path.rpartition("/")
    draft = f"{folder}/.{name}.{uuid.uuid4().hex}"
    fs.pipe_file(draft, data)
    fs.mv(draft, path)
