"""Carries out a plan, takes it back, or empties its trash. Every step is checked again just before it is taken.

A move concerns one file. The journal notes it before it begins and again when it is done, so that whatever is killed in
between can be resumed or taken back. Deleting a file moves it to the trash, which only a command of its own empties.
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple

from lookalike.pipelines.materialize import files
from lookalike.pipelines.materialize.journal import BEGUN, DONE, EMPTIED, EMPTYING, UNDOING, UNDONE, Journal
from lookalike.pipelines.materialize.moves import (
    MOVES,
    WAYS,
    Move,
    Refused,
    check_link,
    check_made,
    is_finished,
    is_ours,
    read_checked,
)
from lookalike.pipelines.materialize.plan_file import MAKES, REMOVES, RENAME, PlanError, protection_of, read
from lookalike.pipelines.materialize.protection import Protection
from lookalike.pipelines.materialize.trash import Trash, is_in_trash
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
    are those of `apply`.
    """
    return Run(path).undo()


def empty(path: str) -> Outcome:
    """Remove for good what a plan deleted, wherever the kept copy is still there and unchanged.

    Parameters and errors are those of `apply`.
    """
    return Run(path).empty()


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
        self.protection: Protection = protection_of(path)
        self.mark = hashlib.blake2b(os.fsencode(inner), digest_size=6).hexdigest()
        removed = [row["source"] for row in self.rows if row["action"] in REMOVES]
        self.trash = Trash(inner, self.mark, [row["source"] for row in self.rows if row["action"] == "delete"])
        self.going = {os.path.realpath(place) for place in map(files.local_path, removed) if place}

    def apply(self) -> Outcome:
        """Carry out the plan; see the function `apply`."""
        with self.journal:
            self._check_journal()
            return self._each(self._moves(), self._carry_out_or_put_back)

    def undo(self) -> Outcome:
        """Take back what was done; see the function `undo`."""
        with self.journal as journal:
            self._check_journal()
            moves = reversed(list(self._moves()))
            taken = [(row, move) for row, move in moves if journal.state.get(move.name, UNDONE) != UNDONE]
            outcome = self._each(taken, self._take_back)
            self._remove_folders()
            return outcome

    def empty(self) -> Outcome:
        """Empty the trash; see the function `empty`."""
        with self.journal as journal:
            self._check_journal()
            moves = [(row, move) for row, move in self._moves() if move.way == "delete"]
            dropped = [(row, move) for row, move in moves if journal.state.get(move.name) in (DONE, EMPTYING, EMPTIED)]
            outcome = self._each(dropped, self._drop)
            for folder in {os.path.dirname(move.target) for _, move in dropped if files.local_path(move.target)}:
                for place in (folder, os.path.dirname(folder)):
                    if place in journal.made:
                        _remove_if_empty(place)
            return outcome

    def _check_journal(self) -> None:
        for _, move in self._moves():
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

    def _moves(self) -> Iterator[tuple[dict[str, Any], Move]]:
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

    def _carry_out_or_put_back(self, move: Move) -> None:
        """Carry out a move. A parked file that can't have its new name gets its old one back, if that is free."""
        try:
            self._carry_out(move)
        except (Refused, OSError) as error:
            park = self.journal.begun.get(f"{move.name.partition('-')[0]}-park")
            if move.way != "move" or not park:
                raise
            try:
                if self.journal.state.get(move.name) == BEGUN:
                    self._take_back(move)
                self._take_back(Move(park["move"], "park", park["source"], move.source, move.content_hash, "", ""))
            except (Refused, OSError):
                raise Refused(f"{error}; it waits as {move.source}, which --undo names back") from error
            raise

    def _carry_out(self, move: Move) -> None:
        state = self.journal.state.get(move.name)
        if state in (DONE, EMPTYING, EMPTIED):
            return
        begun = state in (BEGUN, UNDOING)
        if begun and is_finished(move):
            self.journal.note(move.name, DONE)
            return
        if self.protection.holds(move.source) or (move.way != "delete" and self.protection.holds(move.target)):
            raise Refused("it, or its target, lies below a protected prefix")
        like = files.appearance(move.source) if files.is_there(move.source) else {}
        data = read_checked(move.source, move.content_hash)
        if move.way in MOVES:
            check_link(move)
        if move.keeper:
            self._check_keeper(move, move.source)
        if files.is_there(move.target):
            if not begun or not is_ours(move, data):
                raise Refused(f"{move.target} is there, and nothing is overwritten")
            if move.way in MOVES or files.digest(files.read(move.target)) != move.content_hash:
                files.remove(move.target)  # incomplete, or without its metadata
        if begun:
            noted = self.journal.begun[move.name]
            like = {name: noted[name] for name in like if name in noted}  # reading the file changed its access time
        self._make_folder(move.target)
        self.journal.note(move.name, BEGUN, source=move.source, target=move.target, **like)
        WAYS[move.way](move, data)
        self.journal.note(move.name, DONE)

    def _check_keeper(self, move: Move, going: str) -> None:
        """Check that the kept copy of a file is there, unchanged, another file than `going`, and stays.

        Raises:
            Refused: one of these conditions does not hold.
        """
        if not files.is_there(move.keeper) or files.digest(files.read(move.keeper)) != move.keeper_hash:
            raise Refused(f"the kept copy {move.keeper} is gone or was changed since the audit")
        if files.are_same(move.keeper, going):
            raise Refused(f"the kept copy {move.keeper} is a link to it, or the same file by another name")
        if is_in_trash(move.keeper):
            raise Refused(f"the kept copy {move.keeper} lies in a trash itself")
        place = files.local_path(move.keeper)
        if place and os.path.realpath(place) in self.going:
            raise Refused(f"the kept copy {move.keeper} leads to a file that this plan removes")

    def _take_back(self, move: Move) -> None:
        state, noted = self.journal.state[move.name], self.journal.begun.get(move.name, {})
        if state == EMPTIED or (state == EMPTYING and not files.is_there(move.target)):
            raise Refused("it was emptied from the trash, and can't come back; its kept copy is " + move.keeper)
        if move.way in MOVES:
            self._move_back(move, state, noted)
        elif files.is_there(move.target):
            check_made(move, cut_short=state == BEGUN)
            files.remove(move.target)
        self.journal.note(move.name, UNDONE)

    def _move_back(self, move: Move, state: str, noted: dict[str, Any]) -> None:
        back, there = files.is_there(move.source), files.is_there(move.target)
        if not back and not there:
            raise Refused(f"{move.target}, where it was moved to, is gone")
        if back and there and not files.are_same(move.source, move.target):
            if state not in (BEGUN, UNDOING):
                raise Refused(f"{move.source} is there again, and nothing is overwritten")
            data = files.read(move.source)
            if state == UNDOING and files.read(move.target).startswith(data):
                files.remove(move.source)  # the incomplete copy back
                back = False
            elif state == BEGUN and files.digest(data) == move.content_hash:
                if is_ours(move, data):
                    files.remove(move.target)  # the incomplete copy
                there = False  # or it is another file, which appeared before the move
            else:
                raise Refused(f"{move.source} was changed, and nothing is overwritten")
        if not back:
            data = read_checked(move.target, move.content_hash)
            self.journal.note(move.name, UNDOING)
            self._make_folder(move.source)
            files.relocate(move.target, move.source, data)
        elif there:  # both are names of one file
            files.remove(move.target)
        elif state == DONE:
            raise Refused(f"{move.target}, where it was moved to, is gone, and something else is in its place")
        files.restore_appearance(move.source, noted)

    def _drop(self, move: Move) -> None:
        state = self.journal.state[move.name]
        if state == EMPTIED:
            return
        if files.is_there(move.target):
            self._check_keeper(move, move.target)
            if files.digest(files.read(move.target)) != move.content_hash:
                raise Refused(f"{move.target} was changed in the trash")
            self.journal.note(move.name, EMPTYING)
            files.remove(move.target)
        elif state == DONE:
            raise Refused(f"{move.target} is no longer in the trash")
        self.journal.note(move.name, EMPTIED, time=datetime.now(timezone.utc).isoformat(timespec="seconds"))

    def _make_folder(self, uri: str) -> None:
        """Make the folder of a target. Folders made on a local disk are noted, and `undo` removes them."""
        fs, path = store(uri)
        folder = path.rpartition("/")[0]
        if not is_local(fs):
            fs.makedirs(folder, exist_ok=True)
            return
        missing = []
        while folder and not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for folder in reversed(missing):
            self.journal.note_folder(folder)
            os.mkdir(folder)

    def _remove_folders(self) -> None:
        for folder in reversed(self.journal.made):
            _remove_if_empty(folder)


def _remove_if_empty(folder: str) -> None:
    with contextlib.suppress(OSError):  # it is not empty, or is gone already
        os.rmdir(folder)


assert set(WAYS) >= {*MAKES, *REMOVES} - {"quarantine"}
