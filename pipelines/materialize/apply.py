"""Carries out a plan, takes it back, or empties its trash.

A move concerns one file, and a step of the plan is one move or two (`mover`). Deleting a file moves it to the trash,
which only a command of its own empties.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from lookalike.pipelines.materialize import files
from lookalike.pipelines.materialize.journal import DONE, EMPTIED, EMPTYING, UNDONE, Journal
from lookalike.pipelines.materialize.mover import Mover
from lookalike.pipelines.materialize.moves import WAYS, Move, Refused
from lookalike.pipelines.materialize.plan_file import MAKES, REMOVES, RENAME, PlanError, protection_of, read
from lookalike.pipelines.materialize.protection import Protection
from lookalike.pipelines.materialize.trash import Trash
from lookalike.transforms.storage.stores import is_local, store


class Outcome(NamedTuple):
    """What became of the steps of a plan.

    Attributes:
        done: number of steps that were taken, now or by an earlier try.
        refused: the source of each step that was not taken, and the reason.
    """

    done: int
    refused: list[tuple[str, str]]


def apply(path: str) -> Outcome:
    """Carry out a plan, or resume one that was begun.

    Files that changed since the audit are left as they are, and reported in the outcome.

    Args:
        path: the plan, a local file.

    Raises:
        PlanError: the plan can't be used, or another process is working on it.
    """
    return Run(path).apply()


def undo(path: str) -> Outcome:
    """Take back what was done of a plan, the last step first.

    Bytes, mode, times and, if the user may set it, the owner are restored. Files that changed since the plan was
    applied are left as they are and reported, and so are files that were emptied from the trash. Parameters and errors
    are those of `apply`; a plan without a journal is an error too.
    """
    return Run(path).undo()


def empty(path: str) -> Outcome:
    """Remove for good what a plan deleted, wherever the kept copy is still there and unchanged.

    Parameters and errors are those of `undo`.
    """
    return Run(path).empty()


def fills_trash(path: str) -> bool:
    """Whether files that a plan deleted are in its trash now. Parameters and errors are those of `apply`."""
    run = Run(path)
    with run.journal as journal:
        return any(move.way == "delete" and journal.state.get(move.name) == DONE for _, move in run.moves())


class Run:
    """One plan with its journal and its trash."""

    def __init__(self, path: str) -> None:
        """Read a plan.

        Args:
            path: the plan, a local file.

        Raises:
            PlanError: the plan can't be used, or is not a local file.
        """
        fs, inner = store(path)
        if not is_local(fs):
            raise PlanError(f"{path}: its journal is appended to, which needs a local file; copy the plan here first")
        inner = os.path.realpath(inner)  # one journal, by whatever link the plan is opened
        self.path, self.rows, self.journal = path, read(path), Journal(inner)
        self.mark = hashlib.blake2b(os.fsencode(inner), digest_size=6).hexdigest()
        removed = [row["source"] for row in self.rows if row["action"] in REMOVES]
        self.trash = Trash(inner, self.mark, [row["source"] for row in self.rows if row["action"] == "delete"])
        self.going = {os.path.realpath(place) for place in map(files.local_path, removed) if place}

    def apply(self) -> Outcome:
        """Carry out the plan; see the function `apply`."""
        mover = Mover(self.journal, protection_of(self.path, self.rows), self.going)
        with self.journal:
            self._check_journal()
            return self._each(self.moves(), mover.carry_out_or_put_back)

    def undo(self) -> Outcome:
        """Take back what was done; see the function `undo`."""
        self._check_begun()
        mover = Mover(self.journal, Protection(()), self.going)
        with self.journal as journal:
            self._check_journal()
            moves = reversed(list(self.moves()))
            taken = [(row, move) for row, move in moves if journal.state.get(move.name, UNDONE) != UNDONE]
            outcome = self._each(taken, mover.take_back)
            mover.remove_folders(reversed(journal.made))
            return outcome

    def empty(self) -> Outcome:
        """Empty the trash; see the function `empty`."""
        self._check_begun()
        mover = Mover(self.journal, Protection(()), self.going)
        with self.journal as journal:
            self._check_journal()
            moves = [(row, move) for row, move in self.moves() if move.way == "delete"]
            dropped = [(row, move) for row, move in moves if journal.state.get(move.name) in (DONE, EMPTYING, EMPTIED)]
            outcome = self._each(dropped, mover.drop)
            folders = {os.path.dirname(move.target) for _, move in dropped if files.local_path(move.target)}
            mover.remove_folders(place for folder in folders for place in (folder, os.path.dirname(folder)))
            return outcome

    def _check_begun(self) -> None:
        if not self.journal.is_there():
            raise PlanError(
                f"{self.journal.path} is not there: nothing is known to have been done by {self.path}; if the plan was "
                "moved or renamed, its journal has to follow"
            )

    def _check_journal(self) -> None:
        for _, move in self.moves():
            begun = self.journal.begun.get(move.name)
            if begun and begun["source"] != move.source:
                raise PlanError(f"{self.journal.path} belongs to another plan; give this one another name")

    def _each(self, moves: Iterable[tuple[dict[str, Any], Move]], act: Callable[[Move], None]) -> Outcome:
        """Act on one move after another. If a move is refused, the remaining moves of its step are skipped."""
        done, refused, blocked = 0, [], set()
        for row, move in moves:
            if row["step"] in blocked:
                continue
            try:
                act(move)
                done += move.way != "park"
            except (Refused, OSError) as error:
                refused.append((row["source"], str(error)))
                blocked.add(row["step"])
        return Outcome(done, refused)

    def moves(self) -> Iterator[tuple[dict[str, Any], Move]]:
        """Yield the plan as single moves. Renames park all files first, so 1.jpg -> 2.jpg never meets the old 2.jpg."""
        renames = [row for row in self.rows if row["action"] == RENAME]
        for row in renames:
            yield row, self._move(row, "park", row["source"], self._parked(row))
        for row in self.rows:
            if row["action"] == RENAME:
                yield row, self._move(row, "move", self._parked(row), row["target"])
            else:
                way = "move" if row["action"] == "quarantine" else row["action"]
                yield row, self._move(row, way, row["source"], row["target"])

    def _parked(self, row: dict[str, Any]) -> str:
        begun = self.journal.begun.get(f"{row['step']}-park")
        if begun:  # the plan may have been in another folder then
            return str(begun["target"])
        return f"{row['source'].rsplit('/', 1)[0]}/.lookalike-{self.mark}-{row['step']}"

    def _move(self, row: dict[str, Any], way: str, source: str, target: str) -> Move:
        name = f"{row['step']}-{way}"
        if way == "delete":
            # the journal knows where a file went that was begun; disks may be mounted elsewhere since
            begun = self.journal.begun.get(name)
            at = self.journal.state.get(name, UNDONE) != UNDONE and begun
            target = begun["target"] if at and begun else self.trash.place(source, row["step"])
        return Move(name, way, source, target, row["content_hash"], row["keeper"], row["keeper_hash"])


assert set(WAYS) >= {*MAKES, *REMOVES} - {"quarantine"}
