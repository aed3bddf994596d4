"""Every touch of a store goes through here: no memory of earlier listings, patience (`retries`), and files that are
there whole or not at all.

What is read is as long as its store says, or is read again: fsspec's file objects read in pieces, and a piece that
fails or comes short loses its place, so small files are read whole and tried again from the start.
"""

import contextlib
import errno
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import has_magic
from fsspec.utils import get_protocol

from lookalike.transforms.storage.patient_store import PatientStore, is_local
from lookalike.transforms.storage.regular import open_regular
from lookalike.transforms.storage.retries import StoreError, named, with_retries

OBJECT_STORES = frozenset({"abfs", "abfss", "adl", "az", "gcs", "gs", "memory", "s3", "s3a"})
"""Schemes of stores where a file appears when all of it has arrived, and can't be renamed."""
SHORT_OF = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
PIECE = 1 << 16
TELLING = 64
"""Bytes at the beginning of a file that is made once that no other has: what is written there begins with a token."""

_URL = re.compile(r"[A-Za-z][\w+.-]*(://|::.*://)", re.DOTALL)
_CHAINED = re.compile(r"::(/|[A-Za-z][\w+.-]*://)")


class PartialReadError(StoreError):
    """A store gave another number of bytes than it said, or damaged ones; another try may give all."""


class UnknownStoreError(StoreError):
    """A URL of a kind that fsspec does not know, or whose client is not installed; the message says which."""


class MachineError(RuntimeError):
    """This machine lacks open files or memory: no fault of the file that was asked for."""


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


def read_file(uri: str, listed: int = -1, most: int = sys.maxsize - 1) -> bytes:
    """A file, whole. listed: its length as far as it is known; where it differs, the store is asked again. most: of a
    larger one no more than a byte beyond it is wanted, which tells that it is larger.

    Raises:
        FileNotFoundError: there is none.
        PartialReadError: the store says another length than it gives.
        OSError: it can't be read.
        MachineError: nothing can be read now.
    """
    fs, path = store(uri)
    with on_this_machine(uri):
        return with_retries(_read, fs.fs, path, listed, most, tries=fs.tries)


@contextlib.contextmanager
def on_this_machine(uri: str) -> Iterator[None]:
    """What this machine lacks when a file is read is told apart from what is wrong with the file.

    Raises:
        MachineError: nothing can be read now.
    """
    try:
        yield
    except OSError as error:
        if error.errno in SHORT_OF:
            raise MachineError(f"can't read {uri}: {error.strerror}; see `ulimit -a`") from error
        raise


def read_written(uri: str) -> bytes:
    """A file that this run has written, whole: a store that says that there is none is asked again.

    Raises:
        StoreError: it can't be read; the message names it.
    """
    fs, path = store(uri)

    def read() -> bytes:
        try:
            return _read(fs.fs, path, -1, sys.maxsize - 1)
        except FileNotFoundError as error:
            raise PartialReadError("was written by this run, and is not there") from error

    with named(uri):
        return with_retries(read, tries=fs.tries)


def read_range(uri: str, start: int, size: int) -> bytes:
    """`size` bytes of a file from `start` on; fewer where it ends before that.

    Raises:
        OSError: it can't be read.
    """
    fs, path = store(uri)

    def read() -> bytes:
        data = _range(fs.fs, path, start, size)
        if len(data) != size:
            length = _length(fs.fs, path)
            if length is None or len(data) != max(0, min(size, length - start)):
                raise PartialReadError(f"gave {len(data):,} of {size:,} bytes from {start:,} on")
        return data

    return with_retries(read, tries=fs.tries)


def _range(fs: fsspec.AbstractFileSystem, path: str, start: int, size: int) -> bytes:
    if not is_local(fs):
        return fs.cat_file(path, start=start, end=start + size)
    with open_file(fs, path) as file:
        file.seek(start)
        return file.read(size)


def _read(fs: fsspec.AbstractFileSystem, path: str, listed: int, most: int) -> bytes:
    data = _read_local(fs, path, listed, most) if is_local(fs) else fs.cat_file(path)
    if len(data) != listed and len(data) <= most:
        size = _length(fs, path)
        if size is not None and size != len(data):
            raise PartialReadError(f"gave {len(data):,} of {size:,} bytes")
    return data


def _read_local(fs: fsspec.AbstractFileSystem, path: str, listed: int, most: int) -> bytes:
    chunks, size = [], 0
    with open_file(fs, path) as file:
        # a read makes room for all that it may bring: ask for what was listed, then for what may have come since
        step = listed + 1 if listed >= 0 else PIECE
        while size <= most and (chunk := file.read(min(step, most + 1 - size))):
            chunks.append(chunk)
            size, step = size + len(chunk), PIECE
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _length(fs: fsspec.AbstractFileSystem, path: str) -> int | None:
    """What a store says, if it says anything of the bytes that it gives: Google's may unpack them on the way."""
    try:
        info = fs.info(path)
    except FileNotFoundError as error:
        raise PartialReadError("gave a file, and says that there is none") from error
    return None if info.get("contentEncoding") else info.get("size")


def read_parquet(uri: str, columns: list[str] | None = None) -> pa.Table:
    """One Parquet file; all columns, or those named. Checksums of pages are compared where there are some.

    Raises:
        FileNotFoundError: there is none.
        StoreError: it can't be read; the message names it.
        ArrowInvalid: it is no Parquet file, or damaged.
    """
    fs, path = store(uri)

    def read() -> pa.Table:
        try:
            with open_file(fs.fs, path) as file:
                # in this thread alone: a thread of Arrow's that still holds the Python file when the interpreter ends
                # aborts the process, and workers are processes anyway
                parts = pq.ParquetFile(file, page_checksum_verification=True)
                return parts.read(columns, use_threads=False)
        except pa.ArrowInvalid as error:
            raise PartialReadError(str(error)) from error

    try:
        with named(uri):
            return with_retries(read, tries=fs.tries)
    except PartialReadError as error:
        raise pa.ArrowInvalid(str(error)) from error


def write_bytes(uri: str, data: bytes, durable: bool = False) -> None:
    """Write a file whole: under a name of its own first, then moved into place; whatever fails, the file that was
    there before is still there, or there is none, and no draft stays. durable: it is on the disk when this returns.

    Raises:
        StoreFullError: there is no room.
        StoreError: it can't be written; the message names it.
    """
    fs, path = store(uri)
    with named(uri):
        with_retries(_write, fs, path, data, durable, tries=fs.tries)


def _write(patient: PatientStore, path: str, data: bytes, durable: bool) -> None:
    fs, (folder, _, name) = patient.fs, path.rpartition("/")
    if folder:
        fs.makedirs(folder, exist_ok=True)
    if patient.scheme in OBJECT_STORES:
        fs.pipe_file(path, data)
        see(fs, path, len(data))
        return
    draft = f"{path[: len(path) - len(name)]}.{name}.{uuid.uuid4().hex}"
    try:
        with fs.open(draft, "wb") as file:
            file.write(data)
            if durable and is_local(fs):
                file.flush()
                os.fsync(file.fileno())
        see(fs, draft, len(data))
        put_in_place(fs, draft, path)
    except BaseException:
        with contextlib.suppress(Exception):
            fs.rm_file(draft)
        raise
    if durable and is_local(fs):
        sync(folder)


def put_in_place(fs: fsspec.AbstractFileSystem, draft: str, path: str) -> None:
    """Give a draft the name that it was written for, in the place of what is there."""
    if is_local(fs):
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, draft)  # whoever could not read it still can't
        os.replace(draft, path)  # fsspec's copies where it can't rename, and may leave half a copy
        return
    length = fs.info(draft)["size"]
    try:
        fs.mv(draft, path)
    except FileExistsError:  # some stores rename to new names only
        fs.rm_file(path)
        fs.mv(draft, path)
    see(fs, path, length)


def see(fs: fsspec.AbstractFileSystem, path: str, length: int) -> None:
    """Look whether all was written."""
    fs.invalidate_cache()
    try:
        size = fs.info(path).get("size")
    except FileNotFoundError as error:
        raise PartialReadError("was written, and is not there") from error
    if size is not None and size != length:
        raise PartialReadError(f"holds {size:,} of {length:,} bytes that were written")


def keep(uris: Iterable[str]) -> None:
    """Have the disk hold files, and their names, through a loss of power. Stores elsewhere see to that themselves."""
    folders = set()
    for uri in uris:
        fs, path = store(uri)
        if is_local(fs):
            with named(uri):
                with_retries(sync, path, tries=fs.tries)
            folders.add(path.rpartition("/")[0])
    for folder in sorted(folders):
        sync(folder)


def sync(path: str) -> None:
    """Have the disk hold a local file, or the names in a folder ('': the root), through a loss of power."""
    number = os.open(path or "/", os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def create_bytes(uri: str, data: bytes) -> None:
    """Write a small file that is not there, whole; of two that try, one does.

    Raises:
        FileExistsError: it is there.
        OSError: it can't be written.
    """
    fs, path = store(uri)
    folder, _, name = path.rpartition("/")
    fs.makedirs(folder, exist_ok=True)
    if not is_local(fs):
        try:
            fs.pipe_file(path, data, mode="create")
            with_retries(see, fs.fs, path, len(data), tries=fs.tries)
        except Exception:
            with contextlib.suppress(Exception):
                _remove_cut(fs, path, data)
            raise
        return
    draft = f"{folder}/.{name}.{uuid.uuid4().hex}"
    try:
        fs.pipe_file(draft, data)
        see(fs.fs, draft, len(data))
        _link(draft, path, data)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def _link(draft: str, path: str, data: bytes) -> None:
    try:
        os.link(draft, path)  # unlike a rename, it fails where something is
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:  # a file system without links: the name at least has one maker
        with open(path, "xb") as file:
            file.write(data)


def _remove_cut(fs: PatientStore, path: str, data: bytes) -> None:
    """Remove the beginning of `data` that a failed try left; less than `TELLING` bytes may be anybody's."""
    found = fs.cat_file(path)
    if TELLING <= len(found) < len(data) and data.startswith(found):
        fs.rm_file(path)


def move_file(source: str, target: str) -> None:
    """Put a file of a store in the place of another, or where there is none; the target is whole at any moment.

    Raises:
        FileNotFoundError: there is no source.
        OSError: it can't be moved.
    """
    fs, path = store(source)
    _, to = store(target)
    fs.makedirs(to.rpartition("/")[0], exist_ok=True)
    if is_local(fs):
        fs.mv(path, to)
        return

    def copy() -> None:
        length = fs.fs.info(path)["size"]
        fs.fs.cp_file(path, to)
        see(fs.fs, to, length)

    with named(target):
        with_retries(copy, tries=fs.tries)
    fs.rm_file(path)
