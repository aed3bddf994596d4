"""A plan in, files made, moved or deleted out; and back. Every step is checked again just before it is taken.

A move concerns one file. That it was begun is in the journal before anything happens, and that it was done afterwards:
whatever is killed in between is gone on with or taken back.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from pipelines.materialize.journal import BEGUN, DONE, UNDONE, Journal
from pipelines.materialize.plan import MAKES, REMOVES, RENAME, PlanError, read
from transforms.containers import file_of, member_of, read_named
from transforms.stores import is_local, read_file, store


class Refused(Exception):
    """A step that is not taken; the message says why."""


class Outcome(NamedTuple):
    """done: steps that are in force. refused: (source, why) of those that are not."""

    done: int
    refused: list[tuple[str, str]]


class Move(NamedTuple):
    """source -> target in one of the ways of `_WAYS`. keeper, keeper_hash: a copy that must be there, or ''."""

    name: str
    way: str
    source: str
    target: str
    content_hash: str
    keeper: str
    keeper_hash: str


def apply(path: str) -> Outcome:
    """Carry a plan out, or go on with it. What changed since the audit is left as it is, and told.

    Raises:
        PlanError: the plan can't be used.
    """
    rows, journal = _open(path)

    def carry_out(move: Move) -> None:
        if journal.state.get(move.name) != DONE:
            _carry_out(move, journal)

    return _each(_moves(rows, path), carry_out)


def undo(path: str) -> Outcome:
    """Take back, last first, what was done of a plan. What was changed since then is left as it is, and told."""
    rows, journal = _open(path)
    moves = reversed(list(_moves(rows, path)))
    taken = ((row, move) for row, move in moves if journal.state.get(move.name) in (BEGUN, DONE))
    return _each(taken, lambda move: _take_back(move, journal))


def _each(moves: Iterable[tuple[dict[str, Any], Move]], act: Callable[[Move], None]) -> Outcome:
    """Act on one move after another; where one is refused, the others of its step are left alone."""
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


def _open(path: str) -> tuple[list[dict[str, Any]], Journal]:
    fs, inner = store(path)
    if not is_local(fs):
        raise PlanError(f"{path}: its journal is appended to, which needs a local file; copy the plan here first")
    return read(path), Journal(inner)


def _moves(rows: list[dict[str, Any]], plan: str) -> Iterator[tuple[dict[str, Any], Move]]:
    """The plan as single moves. Renaming parks every file first, so that 1.jpg -> 2.jpg never meets the old 2.jpg."""
    mark = hashlib.blake2b(os.path.abspath(plan).encode(), digest_size=6).hexdigest()
    renames = [row for row in rows if row["action"] == RENAME]
    for row in renames:
        yield row, _move(row, "park", row["source"], _parked(row, mark))
    for row in rows:
        if row["action"] == RENAME:
            yield row, _move(row, "move", _parked(row, mark), row["target"])
        else:
            way = "move" if row["action"] == "quarantine" else row["action"]
            yield row, _move(row, way, row["source"], row["target"])


def _parked(row: dict[str, Any], mark: str) -> str:
    return f"{row['source'].rsplit('/', 1)[0]}/.lookalike-{mark}-{row['step']}"


def _move(row: dict[str, Any], way: str, source: str, target: str) -> Move:
    return Move(
        f"{row['step']}-{way}", way, source, target, row["content_hash"], row["keeper"], row["keeper_hash"]
    )  # fmt: skip


def _carry_out(move: Move, journal: Journal) -> None:
    begun = journal.state.get(move.name) == BEGUN
    if begun and _is_finished(move):
        journal.note(move.name, DONE)
        return
    if move.keeper:
        _check_keeper(move)
    data = _read_checked(move.source, move.content_hash)
    if move.target and _there(move.target):
        if not begun or not _is_ours(move, data):
            raise Refused(f"{move.target} is there, and nothing is overwritten")
        if _hash(move.target) != move.content_hash:
            _remove(move.target)  # cut short
    journal.note(move.name, BEGUN, source=move.source, target=move.target)
    _WAYS[move.way](move, data)
    journal.note(move.name, DONE)


def _is_finished(move: Move) -> bool:
    """Was a move that was begun also ended, before it could be noted?"""
    if move.way in ("move", "park"):
        return not _there(move.source) and _there(move.target) and _hash(move.target) == move.content_hash
    if move.way == "delete":
        return not _there(move.source)
    return _there(move.target) and _hash(move.target) == move.content_hash


def _is_ours(move: Move, data: bytes) -> bool:
    """Is what lies at the target of a move that was begun as far as that move came, and nobody else's?"""
    return data.startswith(_read(move.target))


def _check_keeper(move: Move) -> None:
    """Removing needs a kept copy that is there, unchanged, and another file.

    Raises:
        Refused: one of these does not hold.
    """
    if not _there(move.keeper) or _hash(move.keeper) != move.keeper_hash:
        raise Refused(f"the kept copy {move.keeper} is gone or was changed since the audit")
    fs, source = store(move.source)
    if is_local(fs) and not os.path.islink(source):
        _, keeper = store(move.keeper)
        if os.path.realpath(source) == os.path.realpath(keeper):
            raise Refused(f"the kept copy {move.keeper} is a link to it, and would be lost")


def _read_checked(uri: str, content_hash: str) -> bytes:
    if not _there(uri):
        raise Refused(f"{uri} is gone since the audit")
    data = _read(uri)
    if hashlib.blake2b(data, digest_size=32).hexdigest() != content_hash:
        raise Refused(f"{uri} was changed since the audit")
    return data


def _take_back(move: Move, journal: Journal) -> None:
    if move.way in ("move", "park"):
        if not _there(move.source):
            data = _read_checked(move.target, move.content_hash)
            _create(move.source, move.target, data)
        elif _there(move.target) and _hash(move.source) != move.content_hash:
            raise Refused(f"{move.source} is there again, and nothing is overwritten")
        if _there(move.target):
            _remove(move.target)
    elif move.way == "delete":
        if not _there(move.source):
            if move.keeper_hash != move.content_hash:
                raise Refused(f"{move.source} was deleted, and the kept copy has other bytes: it can't be made again")
            _create(move.source, move.keeper, _read_checked(move.keeper, move.keeper_hash))
    elif _there(move.target):
        cut_short = journal.state[move.name] == BEGUN and _there(move.source) and _is_ours(move, _read(move.source))
        if not cut_short and _hash(move.target) != move.content_hash:
            raise Refused(f"{move.target} was changed since it was made")
        _remove(move.target)
    journal.note(move.name, UNDONE)


def _there(uri: str) -> bool:
    fs, path = store(file_of(uri))
    return fs.lexists(path)


def _read(uri: str) -> bytes:
    return read_named(uri) if member_of(uri) else read_file(uri)


def _hash(uri: str) -> str:
    return hashlib.blake2b(_read(uri), digest_size=32).hexdigest()


def _remove(uri: str) -> None:
    fs, path = store(uri)
    if is_local(fs):
        os.unlink(path)
    else:
        fs.rm_file(path)


def _create(target: str, source: str, data: bytes) -> None:
    """Make a file that does not exist: on one local disk as another name of the same file, elsewhere from its bytes.

    Raises:
        FileExistsError: it exists.
    """
    fs, path = store(target)
    fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    if is_local(fs):
        source_fs, source_path = store(source)
        if is_local(source_fs) and not os.path.islink(source_path):
            try:
                os.link(source_path, path)
                return
            except FileExistsError:
                raise
            except OSError:  # another disk, or one without links
                pass
    fs.pipe_file(path, data, mode="create")


def _copy(move: Move, data: bytes) -> None:
    fs, path = store(move.target)
    if not fs.exists(path):
        fs.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        fs.pipe_file(path, data, mode="create")
        if member_of(move.source):
            return
        source_fs, source = store(move.source)
        if is_local(source_fs) and is_local(fs):
            shutil.copystat(source, path)


def _relocate(move: Move, data: bytes) -> None:
    if not _there(move.target):
        _create(move.target, move.source, data)
    _remove(move.source)


def _link(move: Move, _: bytes) -> None:
    (source_fs, source), (fs, target) = store(move.source), store(move.target)
    if not (is_local(source_fs) and is_local(fs)):
        raise Refused(f"{move.way} needs files of this machine; use --action copy")
    fs.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
    if not os.path.lexists(target):
        (os.link if move.way == "hardlink" else os.symlink)(os.path.realpath(source), target)


def _delete(move: Move, _: bytes) -> None:
    _remove(move.source)


_WAYS = {
    "copy": _copy, "hardlink": _link, "symlink": _link, "move": _relocate, "park": _relocate, "delete": _delete
}  # fmt: skip
assert set(_WAYS) >= {*MAKES, *REMOVES} - {"quarantine"}
