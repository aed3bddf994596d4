"""Single moves of files: in which ways they go, and the checks just before and after."""

import os
import shutil
from typing import NamedTuple

from lookalike.pipelines.materialize import files
from lookalike.transforms.ingest.archives.containers import member_of

MOVES = ("move", "park", "delete")
"""Ways in which a file goes from its source to its target."""


class Refused(Exception):
    """A step that is not taken; the message says why."""


class Move(NamedTuple):
    """source -> target in one of the ways of `WAYS`. keeper, keeper_hash: a copy that must be there, or ''."""

    name: str
    way: str
    source: str
    target: str
    content_hash: str
    keeper: str
    keeper_hash: str


def is_finished(move: Move) -> bool:
    """Was a move that was begun also ended, before it could be noted?"""
    there = files.is_there(move.target) and not (move.way in MOVES and files.is_there(move.source))
    return there and files.digest(files.read(move.target)) == move.content_hash


def is_ours(move: Move, data: bytes) -> bool:
    """Is what lies at the target of a move that was begun as far as that move came, and nobody else's?"""
    return data.startswith(files.read(move.target))


def check_link(move: Move) -> None:
    """A symbolic link reclaims nothing, and leads elsewhere when it lies elsewhere: it only ever changes its name."""
    if not files.is_link(move.source):
        return
    if move.keeper or move.source.rpartition("/")[0] != move.target.rpartition("/")[0]:
        raise Refused("it is a symbolic link, which would be broken, and gives nothing back")


def check_made(move: Move, cut_short: bool) -> None:
    """Is what `copy` or a link made still that?"""
    if move.way == "symlink":
        if files.is_link(move.target) and os.readlink(move.target) == os.path.realpath(move.source):
            return
        raise Refused(f"{move.target} is no longer the link that was made")
    if cut_short and files.is_there(move.source) and is_ours(move, files.read(move.source)):
        return
    if files.digest(files.read(move.target)) != move.content_hash:
        raise Refused(f"{move.target} was changed since it was made")


def read_checked(uri: str, content_hash: str) -> bytes:
    """The bytes of a file that is still what the audit read.

    Raises:
        Refused: it is gone, or was changed.
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
