"""Reads files of stores, whole or in part.

What is read is as long as its store says, or is read again: fsspec's file objects read in pieces, and a piece that
fails or comes short loses its place, so small files are read whole and tried again from the start.
"""

import contextlib
import errno
import sys
from collections.abc import Iterator

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.transforms.storage.patient_store import is_local
from lookalike.transforms.storage.retries import named, with_retries
from lookalike.transforms.storage.stores import PartialReadError, open_file, store

SHORT_OF = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
PIECE = 1 << 16


class MachineError(RuntimeError):
    """This machine lacks open files or memory: no fault of the file that was asked for."""


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
