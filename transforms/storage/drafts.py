"""Files too large for memory, written piece by piece, that are there whole or not at all."""

import contextlib
import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from typing import Any, BinaryIO

from lookalike.transforms.storage.patient_store import PatientStore, is_local
from lookalike.transforms.storage.retries import named, with_retries
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import OBJECT_STORES, put_in_place, see, sync


class Draft:
    """What is written so far. bytes: how many. Written to only, from its beginning to its end."""

    def __init__(self, file: BinaryIO) -> None:
        """`file`: of this machine, empty."""
        self._file, self._digest, self.bytes = file, hashlib.sha256(), 0

    def write(self, data: Any) -> int:
        """Add bytes, or whatever has a buffer."""
        self._digest.update(data)
        self.bytes += memoryview(data).nbytes
        return self._file.write(data)

    def tell(self) -> int:
        """Where the next byte goes."""
        return self.bytes

    def flush(self) -> None:
        """Hand on what waits."""
        self._file.flush()

    @property
    def sha256(self) -> str:
        """Of all that was written, in hex."""
        return self._digest.hexdigest()

    closed = False


@contextlib.contextmanager
def drafted(uri: str, drafts: str) -> Iterator[Draft]:
    """A draft that is put in its place, on the disk, when the context ends well, and else removed. What is there
    already is replaced.

    drafts: folder on the same store, where the draft of a killed process may stay; object stores get the file whole
    from a temporary one of this machine.

    Raises:
        StoreFullError: there is no room.
        StoreError: it can't be written; the message names it.
    """
    fs, path = store(uri)
    with named(uri):
        if is_local(fs):
            yield from _in_place(path, store(drafts)[1])
            return
        with tempfile.NamedTemporaryFile(prefix="lookalike-draft-") as file:
            draft = Draft(file)  # type: ignore[arg-type]
            yield draft
            file.flush()
            with_retries(_upload, fs, file.name, path, draft.bytes, tries=fs.tries)


def _in_place(path: str, drafts: str) -> Iterator[Draft]:
    os.makedirs(drafts, exist_ok=True)
    there = os.path.join(drafts, uuid.uuid4().hex)
    try:
        with open(there, "wb") as file:
            draft = Draft(file)
            yield draft
            file.flush()
            os.fsync(file.fileno())
        folder = os.path.dirname(path)
        os.makedirs(folder, exist_ok=True)
        os.replace(there, path)
        sync(folder)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(there)
        raise


def _upload(patient: PatientStore, file: str, path: str, length: int) -> None:
    fs = patient.fs
    if patient.scheme in OBJECT_STORES:
        fs.put_file(file, path)
        see(fs, path, length)
        return
    folder, _, name = path.rpartition("/")
    fs.makedirs(folder, exist_ok=True)
    draft = f"{folder}/.{name}.{uuid.uuid4().hex}"
    try:
        fs.put_file(file, draft)
        see(fs, draft, length)
        put_in_place(fs, draft, path)
    except BaseException:
        with contextlib.suppress(Exception):
            fs.rm_file(draft)
        raise
