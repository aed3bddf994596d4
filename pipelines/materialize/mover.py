"""Takes a single move of a plan, takes it back, or removes for good what it put into the trash.

Every move is checked again just before it is taken. The journal notes it before it begins and again when it is done, so
that whatever is killed in between can be resumed or taken back.
"""

import contextlib
import os
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

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
from lookalike.pipelines.materialize.protection import Protection
from lookalike.pipelines.materialize.trash import is_in_trash
from lookalike.transforms.storage.stores import is_local, store


class Mover:
    """Takes moves of one plan.

    journal: of the plan. protection: what must stay. going: real paths of the files that the plan removes.
    """

    def __init__(self, journal: Journal, protection: Protection, going: set[str]) -> None:
        """Takes none yet."""
        self.journal, self.protection, self.going = journal, protection, going

    def carry_out_or_put_back(self, move: Move) -> None:
        """Carry out a move. A parked file that can't have its new name gets its old one back, if that is free.

        Raises:
            Refused: the move is not taken; the message says why.
        """
        try:
            self._carry_out(move)
        except (Refused, OSError) as error:
            park = self.journal.begun.get(f"{move.name.partition('-')[0]}-park")
            if move.way != "move" or not park:
                raise
            try:
                if self.journal.state.get(move.name) == BEGUN:
                    self.take_back(move)
                self.take_back(Move(park["move"], "park", park["source"], move.source, move.content_hash, "", ""))
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

    def take_back(self, move: Move) -> None:
        """Take back a move that was begun.

        Raises:
            Refused: it was emptied from the trash, or what is there now is not what was put there.
        """
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

    def drop(self, move: Move) -> None:
        """Remove for good what a move put into the trash.

        Raises:
            Refused: the kept copy is not there unchanged, or the file is not.
        """
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

    def remove_folders(self, folders: Iterable[str]) -> None:
        """Remove those of some folders that the journal says were made for the plan, where they are empty."""
        made = frozenset(self.journal.made)
        for folder in folders:
            if folder in made:
                with contextlib.suppress(OSError):  # it is not empty, or is gone already
                    os.rmdir(folder)
