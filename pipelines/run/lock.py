"""One writer at a time: a lock in the work folder of what is written, on any store that makes files conditionally.

It says who holds it. A lock whose process is gone from this machine is taken over without a word, so that a killed run
is resumed by the same command; what became of a process on another machine can't be told from here, so the user is.
"""

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator

from lookalike.pipelines.run.holder import BEAT, HELD, WATCH, Holder
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.stores import PartialReadError, is_local, names_in, store
from lookalike.transforms.storage.writing import create_bytes, write_bytes

NAME = "lock"
DRAFT = f".{NAME}."
TRIES = 10


class LockedError(OutputError):
    """Somebody else is writing there; the message says who, and what to do."""


class Lock:
    """A lock that is held. place: the folder that it lies in."""

    def __init__(self, place: str, holder: Holder) -> None:
        """See the class."""
        self.place, self.holder = place, holder
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def check(self) -> None:
        """See that it still is held.

        Raises:
            LockedError: somebody took it over.
        """
        found = read(self.place)
        if found is None or found.token != self.holder.token:
            raise LockedError(f"{written_at(self.place)} was taken over by {found or 'somebody'}; nothing is replaced")

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            with contextlib.suppress(OSError, LockedError):  # a store that is away for a while
                self.check()
                self.holder = self.holder.seen_now()
                write_bytes(f"{self.place}/{NAME}", self.holder.encoded())

    def __enter__(self) -> "Lock":
        """Show signs of life."""
        HELD.add(self.holder.token)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self._ended.set()
        self._thread.join()
        HELD.discard(self.holder.token)
        with contextlib.suppress(OSError, LockedError):
            self.check()
            _remove(self.place)


@contextlib.contextmanager
def locked(place: str, command: str, steal: bool = False) -> Iterator[Lock]:
    """Hold the lock of a work folder, which is made, and removed again if it is empty in the end.

    steal: a holder on another machine that shows no sign of life for a while is taken for dead.

    Raises:
        LockedError: somebody else holds it.
        OutputError: it can't be written.
    """
    made: list[str] = []
    try:
        try:
            made = _missing(place)
            lock = _acquire(place, command, steal)
        except OSError as error:
            raise OutputError(f"{written_at(place)} can't be written: {error.strerror or error}") from error
        with lock:
            yield lock
    finally:
        _remove_empty(place, made)


def refuse_locked(place: str) -> None:
    """See that nobody else is writing there just now.

    Raises:
        LockedError: somebody is.
    """
    holder = read(place)
    if holder is not None and holder.token not in HELD and holder.is_live():
        raise LockedError(f"{written_at(place)} is being written by {holder}; wait for its end")


def read(place: str) -> Holder | None:
    """Who holds the lock of a folder, if anybody.

    Raises:
        LockedError: the lock can't be read.
    """
    try:
        data = read_file(f"{place}/{NAME}")
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return Holder(**json.loads(data))
    except (ValueError, TypeError):
        raise LockedError(
            f"{place}/{NAME} can't be read, so nobody knows who is writing there; remove it if nobody is"
        ) from None


def is_lock(name: str) -> bool:
    """Is this the name of a lock, or of a draft of one, in a work folder?"""
    return name == NAME or f"/{name}".startswith(DRAFT)


def written_at(place: str) -> str:
    """What a work folder belongs to: the output, or the file."""
    return place.removesuffix(".run").rstrip("/")


def _acquire(place: str, command: str, steal: bool) -> Lock:
    mine = Holder.of_this_process(command)
    found = _created(place, mine)
    if found is not None:
        stale = found if found.is_gone() else _watched(place, found) if steal and not found.is_here() else None
        if stale is not None:
            with _alone_on_this_machine():
                now = read(place)
                if now == stale:
                    _remove(place)
                found = _created(place, mine)
    if found is not None:
        raise LockedError(f"{written_at(place)} is being written by {found}; {_remedy(place, found)}")
    return Lock(place, mine)


def _remedy(place: str, holder: Holder) -> str:
    if holder.is_here():
        return "wait for its end, or end it; the same command then resumes"
    return f"if that process is gone, --steal-lock takes over (or remove {place}/{NAME})"


def _created(place: str, mine: Holder) -> Holder | None:
    """Make the lock: None, or whoever holds it already."""
    why: OSError = OSError(f"the lock {place}/{NAME} comes and goes")
    for _ in range(TRIES):
        try:
            create_bytes(f"{place}/{NAME}", mine.encoded())
        except FileNotFoundError as error:  # a holder that ends clears drafts away; or no folder can be made
            why = error
        except (FileExistsError, PartialReadError):
            pass
        found = read(place)  # a repeated request finds its own lock; a store may ignore the condition
        if found is not None:
            return None if found.token == mine.token else found
    raise why


def _watched(place: str, found: Holder) -> Holder | None:
    """A holder elsewhere, if it shows no sign of life for as long as one is due, whatever the clocks say."""
    time.sleep(WATCH)
    now = read(place)
    return now if now == found else None


@contextlib.contextmanager
def _alone_on_this_machine() -> Iterator[None]:
    """Of several that find a dead process's lock, one after another looks again."""
    handle = os.open("/", os.O_RDONLY)  # what all processes see; nothing is written for it
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove(place: str) -> None:
    """Remove the lock, and drafts of it that killed processes left."""
    fs, path = store(place)
    drafts = [file for file in names_in(fs, path, "") if file.rsplit("/", 1)[-1].startswith(DRAFT)]
    for file in (*drafts, f"{path}/{NAME}"):
        with contextlib.suppress(FileNotFoundError):
            fs.rm_file(file)


def _missing(place: str) -> list[str]:
    """Local folders on the way to `place` that are not there yet, the innermost first."""
    fs, path = store(place)
    missing = []
    while is_local(fs) and not os.path.lexists(path):
        missing.append(path)
        path = os.path.dirname(path)
    return missing


def _remove_empty(place: str, made: list[str]) -> None:
    """Remove the work folder and the folders that were made for it, as far as they are empty; stores have none."""
    fs, path = store(place)
    with contextlib.suppress(OSError):
        for folder in dict.fromkeys((path, *made)) if is_local(fs) else ():
            os.rmdir(folder)
