"""The journal of a plan: an append-only file that says which moves were begun and done.

Each line is on disk before the next thing happens.
"""

import contextlib
import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from lookalike.pipelines.materialize.plan_file import PlanError

BEGUN, DONE, UNDOING, UNDONE, EMPTYING, EMPTIED = "begun", "done", "undoing", "undone", "emptying", "emptied"


_BEGINS = (b'{"move": "', b'{"made": "')
"""How each line begins."""


class Journal:
    """The journal beside a plan, a context manager. One process can have it open at a time.

    Attributes:
        state: the state of each move by its name, such as BEGUN.
        begun: what was noted when each move was last begun, such as the place and the metadata of its file.
        made: folders that were made, in that order.
    """

    def __init__(self, plan: str) -> None:
        """Name the journal of a plan, which is a local file; nothing is opened yet."""
        self.path = Path(f"{plan}.journal")
        self.state: dict[str, str] = {}
        self.begun: dict[str, dict[str, Any]] = {}
        self.made: list[str] = []

    def is_there(self) -> bool:
        """Whether anything was begun of the plan."""
        return self.path.exists()

    def __enter__(self) -> "Journal":
        """Open the journal, and read what was noted. A last line that a crash cut short is ignored, also if zeros stand
        for what was not written of it, as after a loss of power.

        Raises:
            PlanError: another process has it open, or it is damaged, or can't be written.
        """
        try:
            self.file = self.path.open("a+b")
        except OSError as error:
            raise PlanError(f"{self.path} can't be written ({error.strerror}); nothing is done without it") from error
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise PlanError(f"{self.path} is in use: another process applies, undoes or empties this plan") from None
        self.file.seek(0)
        data = self.file.read()
        whole = data[: data.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                self.file.close()
                raise PlanError(
                    f"{self.path}, line {number}, is damaged ({error}): it says what was done; restore it, or "
                    "put files back by hand from where its other lines say that they went"
                ) from error
        if len(whole) < len(data):
            cut = data[len(whole) :].rstrip(b"\0")
            if not any(cut.startswith(begin[: len(cut)]) for begin in _BEGINS):
                self.file.close()
                raise PlanError(f"{self.path} ends with what no journal holds; give the plan another name")
            self.file.truncate(len(whole))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the journal."""
        with contextlib.suppress(OSError):  # a line that could not be written, of a move that was therefore not taken
            self.file.close()

    def note(self, move: str, state: str, **more: Any) -> None:
        """Append a line about a move, and wait until it is on disk.

        Raises:
            PlanError: it can't be written.
        """
        self._append({"move": move, "state": state, **more})

    def note_folder(self, path: str) -> None:
        """Append that a folder is about to be made, and wait until the line is on disk.

        Raises:
            PlanError: it can't be written.
        """
        self._append({"made": path})

    def _append(self, record: dict[str, Any]) -> None:
        try:
            self.file.write(json.dumps(record).encode() + b"\n")
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise PlanError(
                f"{self.path} can't be written ({error.strerror}); mend that, and give the same command again"
            ) from error
        self._take(record)

    def _take(self, record: dict[str, Any]) -> None:
        if "made" in record:
            self.made.append(record["made"])
            return
        self.state[record["move"]] = record["state"]
        if record["state"] == BEGUN:
            self.begun[record["move"]] = record
