"""A temporary folder of the command's own, which is removed with all that engines left in it.

Beam and the job servers that it starts make folders in the temporary folder, and leave them there when a process ends
before its pipeline does. A process that is killed outright removes nothing: the next command does that for it.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.overlap import place_of, relation
from lookalike.transforms.storage.stores import is_path

PREFIX, MARK = "lookalike-scratch-", ".lookalike-scratch"
"""How such a folder is called, and a file in it that only we make: what is called like it may be anybody's."""
JOB_SERVERS = "beam-temp*"
"""Folders of Beam's job servers, which need them until the process ends."""


def folders_apart(inputs: Sequence[str]) -> Iterator[str]:
    """Folders for temporary files, the usual one first, without those that are an input or lie in one."""
    read = [place_of(given) for given in inputs if is_path(absolute(given))]
    for folder in (tempfile.gettempdir(), "/var/tmp", os.path.expanduser("~"), os.getcwd()):
        if not any(relation(place, place_of(os.path.join(folder, PREFIX))) for place in read):
            yield folder


@contextlib.contextmanager
def scratch_folder(inputs: Sequence[str]) -> Iterator[None]:
    """Until the end of the context this process and those that it starts put temporary files into a folder of their
    own, if there is a place for one. inputs: what is only read; the folder lies apart from them.
    """
    held = contextlib.ExitStack()
    folder = next(filter(None, (_made(place, held) for place in folders_apart(inputs))), "")
    if not folder:
        yield
        return
    atexit.register(held.close)  # before any job server is: what is registered last is called first
    default, named = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        tempfile.tempdir = default
        os.environ.pop("TMPDIR")
        os.environ |= {} if named is None else {"TMPDIR": named}
        if not list(Path(folder).rglob(JOB_SERVERS)):  # of a context within this one, too
            atexit.unregister(held.close)
            held.close()


def _made(place: str, held: contextlib.ExitStack) -> str:
    """A new folder that is removed when `held` is closed, and locked until then; '' where none can be made. Folders
    whose processes are gone are removed.
    """
    try:
        for left in (mark.parent for mark in Path(place).glob(f"{PREFIX}*/{MARK}")):
            with contextlib.suppress(OSError), _locked(str(left)):
                shutil.rmtree(left, ignore_errors=True)
        while True:
            folder = tempfile.mkdtemp(prefix=PREFIX, dir=place)
            lock = contextlib.ExitStack()
            with contextlib.suppress(OSError):
                lock.enter_context(_locked(folder))
            if os.path.isdir(folder):  # else it was taken for a leftover before it was locked
                Path(folder, MARK).touch()
                held.push(lock)
                held.callback(shutil.rmtree, folder, ignore_errors=True)
                return folder
    except OSError:
        return ""


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    """Hold a folder. A lock goes with its process.

    Raises:
        OSError: another process holds it, or locks do not work there.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)
