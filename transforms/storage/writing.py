"""Writes files of stores, so that they are there whole or not at all."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterable

import fsspec

from lookalike.transforms.storage.patient_store import PatientStore, is_local
from lookalike.transforms.storage.retries import named, with_retries
from lookalike.transforms.storage.stores import PartialReadError, store

OBJECT_STORES = frozenset({"abfs", "abfss", "adl", "az", "gcs", "gs", "memory", "s3", "s3a"})
"""Schemes of stores where a file appears when all of it has arrived, and can't be renamed."""
TELLING = 64
"""Bytes at the beginning of a file that is made once that no other has: what is written there begins with a token."""


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
