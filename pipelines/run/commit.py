"""A finished result is replaced as a whole: killed at any moment, the old one stands or the new one.

What is new is made below the work folder of the output. When all of it is there, one file that says what goes where is
written: from then on the new result counts, and whoever opens the output next finishes it. Until then the old one
lies there untouched.
"""

import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any

from lookalike.pipelines.run.lock import is_lock, locked
from lookalike.transforms.io.generate import PART_NAME
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.stores import remove_tree, store
from lookalike.transforms.storage.writing import keep, move_file, write_bytes

NAME = "commit.json"
STARTED = "started"
"""File of a work folder that says which command it is of."""
_STAGING = re.compile(r"\w+")
_PART = rf"\w+/{PART_NAME}"
_MOVED, _REMOVED = re.compile(rf"{_PART}|\w[\w-]*\.\w+"), re.compile(rf"{_PART}|report\.html|drop\.csv")
"""What a run writes, below its output. A record may come from elsewhere, with the folder that it lies in."""
CONNECTIONS = 8
"""Files that are moved at once: a move on an object store is a copy."""


def replace(output: str, staging: str, moves: Sequence[str], removes: Sequence[str]) -> None:
    """Put the files `moves`, which lie in the folder `staging` of the work folder, in their places in the output, the
    last one last; then remove the files `removes` of the old result, and the work folder's content.
    """
    replacement = {"staging": staging, "moves": list(moves), "removes": list(removes)}
    write_bytes(f"{output}/{RUN}/{NAME}", json.dumps(replacement, indent=1).encode(), durable=True)
    roll_forward(output)


def roll_forward(output: str) -> None:
    """End a replacement that was begun, if there is one; the lock is held.

    Raises:
        OutputError: what should be moved is gone.
    """
    replacement = _read(output)
    if replacement is None:
        return
    staging = f"{output}/{RUN}/{replacement['staging']}"
    fs, inner = store(staging)

    def move(path: str) -> None:
        try:
            move_file(f"{staging}/{path}", f"{output}/{path}")
        except FileNotFoundError:
            if fs.exists(f"{inner}/{path}"):  # else it was moved by the try before
                raise

    for _ in prefetch(move, replacement["moves"][:-1], CONNECTIONS):
        pass
    move(replacement["moves"][-1])
    keep(f"{output}/{path}" for path in replacement["moves"])
    fs, path = store(output)
    for name in replacement["removes"]:
        with contextlib.suppress(FileNotFoundError):
            fs.rm_file(f"{path}/{name}")
    drop_work(output)


def settle(output: str) -> None:
    """The same for a reader, who holds no lock yet.

    Raises:
        OutputError: somebody else is writing there, or it can't be written.
    """
    if _read(output) is not None:
        with locked(f"{output}/{RUN}", "(a replacement that was cut short)"):
            roll_forward(output)


def _read(output: str) -> dict[str, Any] | None:
    file = f"{output}/{RUN}/{NAME}"
    try:
        replacement = json.loads(read_file(file))
        names = [(_STAGING, replacement["staging"])]
        names += [(kind, name) for kind, of in ((_MOVED, "moves"), (_REMOVED, "removes")) for name in replacement[of]]
        strange = [name for kind, name in names if not kind.fullmatch(name)]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, RecursionError) as error:
        raise OutputError(f"{file} can't be read: {error}") from error
    except (KeyError, TypeError) as error:
        raise OutputError(f"{file} is no record of a replacement; it was changed, and nothing is moved") from error
    if strange or not replacement["moves"]:
        raise OutputError(f"{file} names {(*strange, '')[0]!r}, which no run writes; it was changed, nothing is moved")
    return replacement


def drop_work(output: str) -> None:
    """Empty the work folder of an output but for its lock; last it is forgotten that a run or replacement was begun."""
    fs, path = store(f"{output}/{RUN}")
    try:
        found = [entry.rstrip("/").rsplit("/", 1)[-1] for entry in fs.ls(path, detail=False)]
    except FileNotFoundError:
        return
    names = [name for name in found if name and not is_lock(name)]
    for name in sorted(names, key=lambda name: (name == NAME, name == STARTED)):
        remove_tree(fs, f"{path}/{name}")
