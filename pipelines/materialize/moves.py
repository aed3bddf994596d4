"""The ways in which a single file is moved, copied or linked, and the checks just before and after."""

import os
import shutil
from typing import NamedTuple

from lookalike.pipelines.materialize import files
from lookalike.transforms.io.archives.names import member_of

MOVES = ("move", "park", "delete")
"""The ways after which the file is no longer at its source."""


class Refused(Exception):
    """A step is not taken; the message says why."""


class Move(NamedTuple):
    """One file on its way from a source to a target.

    Attributes:
        name: number of the step and the way, which identify the move in the journal.
        way: a key of `WAYS`.
        source: URI of the file.
        target: URI of its new place.
        content_hash: of the file when the audit read it, in hex.
        keeper: URI of a copy that must be there before the file may go; '' if none is needed.
        keeper_hash: content hash of that copy, in hex.
    """

    name: str
    way: str
    source: str
    target: str
    content_hash: str
    keeper: str
    keeper_hash: str


def is_finished(move: Move) -> bool:
    """Whether a move that was begun had also ended when it was interrupted, before this could be noted."""
    there = files.is_there(move.target) and not (move.way in MOVES and files.is_there(move.source))
    return there and files.digest(files.read(move.target)) == move.content_hash


def is_ours(move: Move, data: bytes) -> bool:
    """Whether the file at the target of an interrupted move is what that move has written so far, and nothing else."""
    return data.startswith(files.read(move.target))


def check_link(move: Move) -> None:
    """Allow a symbolic link to be renamed within its folder, and nothing else.

    Removing a link frees no space, and a relative link would lead elsewhere from another folder.

    Raises:
        Refused: the file is a symbolic link and would do more than change its name.
    """
    if not files.is_link(move.source):
        return
    if move.keeper or move.source.rpartition("/")[0] != move.target.rpartition("/")[0]:
        raise Refused("it is a symbolic link, which would be broken, and gives nothing back")


def check_made(move: Move, cut_short: bool) -> None:
    """Check that a copy or link still is what was made.

    Args:
        move: the move that made it.
        cut_short: the move was interrupted, so a copy may be incomplete.

    Raises:
        Refused: it was changed.
    """
    if move.way == "symlink":
        if files.is_link(move.target) and os.readlink(move.target) == os.path.realpath(move.source):
            return
        raise Refused(f"{move.target} is no longer the link that was made")
    if cut_short and files.is_there(move.source) and is_ours(move, files.read(move.source)):
        return
    if files.digest(files.read(move.target)) != move.content_hash:
        raise Refused(f"{move.target} was changed since it was made")


def read_checked(uri: str, content_hash: str) -> bytes:
    """Read a file, and check that it still has the contents that the audit read.

    Raises:
        Refused: the file is gone or was changed.
    """
    if not files.is_there(uri):
        raise Refused(f"{uri} is gone since the audit")
    data = files.read(uri)
    if files.digest(data) != content_hash:
        raise Refused(f"{uri} was changed since the audit")
    return data


def _copy(move: Move, data: bytes) -> None:
    if not files.is_there(move.target):
        files.make(move.target, data)
    source, target = files.local_path(move.source), files.local_path(move.target)
    if source and target and not member_of(move.source):
        shutil.copystat(source, target)


def _link(move: Move, _: bytes) -> None:
    source, target = files.local_path(move.source), files.local_path(move.target)
    if source is None or target is None:
        raise Refused(f"{move.way} needs files of this machine; use --action copy")
    if not os.path.lexists(target):
        (os.link if move.way == "hardlink" else os.symlink)(os.path.realpath(source), target)


def _relocate(move: Move, data: bytes) -> None:
    files.relocate(move.source, move.target, data)


WAYS = {"copy": _copy, "hardlink": _link, "symlink": _link, **dict.fromkeys(MOVES, _relocate)}
