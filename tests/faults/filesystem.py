"""`faulty://`: a file system of fsspec over a local folder, whose calls fail as a schedule says.

What a call does depends on the schedule's seed, the operation, the path and how often it was asked for: not on threads,
and not on the order of the calls. Workers in processes of their own take the schedule from the environment.
"""

import collections
import dataclasses
import errno
import hashlib
import io
import json
import os
import re
import shutil
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

SCHEDULE, LOG = "LOOKALIKE_FAULTS", "LOOKALIKE_FAULTS_LOG"
"""Names in the environment: of a schedule as JSON, and of a file for one line a fault."""

OFTEN = 3
PASSING = OFTEN * ("EIO", "ESTALE", "ETIMEDOUT", "reset", "503", "429", "azure 500", "no endpoint", "disconnected")
STAYING = ("EACCES", "403", "EROFS")
REFUSED = ("ENOSPC", "EDQUOT", "507")
EVENTUAL = ("absent",)
KINDS = {
    "read": (*PASSING, *STAYING, *EVENTUAL, "short", "long", "empty", "slow"),
    "info": (*PASSING, *STAYING, *EVENTUAL, "wrong size"),
    "ls": (*PASSING, *STAYING, *EVENTUAL, "misses", "repeats", "ghost", "wrong size", "slow"),
    "write": (
        *PASSING,
        *STAYING,
        *REFUSED,
        "done, then EIO",
        "done, then reset",
        "cut, then EIO",
        "cut, then ENOSPC",
        "cut",
    ),
    "mv": (*PASSING, *STAYING, *REFUSED, "done, then EIO", "half, then EIO", "cut, then ENOSPC"),
    "rm": (*PASSING, *STAYING, "done, then EIO", "half, then reset"),
    "makedirs": (*PASSING, *STAYING, *REFUSED),
}
"""What may go wrong, by operation."""


@dataclasses.dataclass(frozen=True)
class Schedule:
    """Which calls fail, and how. share: of calls that fail, each drawn by itself. stubborn: of (operation, path) whose
    calls fail all the time. full_after: writes from which on there is no room, or -1. below: a folder whose own path
    does not matter.
    """

    seed: int
    share: float = 0.05
    stubborn: float = 0.0
    full_after: int = -1
    below: str = ""

    def kind(self, operation: str, path: str, time: int) -> str:
        """What goes wrong when `operation` is asked for `path` for the `time`-th time, or ''."""
        for share, *what in ((self.stubborn, operation, path), (self.share, operation, path, time)):
            digest = hashlib.blake2b(repr((self.seed, share, what)).encode(), digest_size=16).digest()
            chance, choice = struct.unpack("<QQ", digest)
            if chance / 2**64 < share:
                return KINDS[operation][choice % len(KINDS[operation])]
        return ""


@dataclasses.dataclass
class Faults:
    """The schedule that is in force, and what it did so far in this process."""

    schedule: Schedule | None = None
    counts: Counter[tuple[str, str]] = dataclasses.field(default_factory=Counter)
    times: Counter[tuple[str, str]] = dataclasses.field(default_factory=Counter)
    writes: int = 0
    lock: Any = dataclasses.field(default_factory=threading.Lock)

    def begin(self, schedule: Schedule | None) -> None:
        """Another schedule, or none."""
        self.schedule, self.times, self.writes, self.counts = schedule, Counter(), 0, Counter()

    def draw(self, operation: str, path: str) -> str:
        """The fault of the next call, or ''."""
        if self.schedule is None:
            return ""
        path = re.sub(r"[0-9a-f]{32}", "*", path.removeprefix(self.schedule.below))  # drafts have names of their own
        with self.lock:
            self.times[operation, path] += 1
            self.writes += operation == "write"
            kind = self.schedule.kind(operation, path, self.times[operation, path])
            if 0 <= self.schedule.full_after < self.writes and operation in ("write", "makedirs"):
                kind = "cut, then ENOSPC" if operation == "write" else "ENOSPC"
            if kind:
                self.counts[operation, kind] += 1
                if os.environ.get(LOG):
                    with open(os.environ[LOG], "a") as file:
                        file.write(json.dumps([operation, kind, path]) + "\n")
        return kind


FAULTS = Faults()


def raised(kind: str, path: str) -> None:
    """Raise what the name of a kind says, if it is the name of an error."""
    if kind.startswith("E"):
        raise OSError(getattr(errno, kind), os.strerror(getattr(errno, kind)), path)
    if kind in ("503", "429", "403"):
        from gcsfs.retry import HttpError  # clients take long to import, and workers start often

        raise HttpError({"code": int(kind), "message": f"status {kind}"})
    if kind in ("507", "azure 500"):
        from azure.core.exceptions import HttpResponseError

        error = HttpResponseError("Insufficient Storage" if kind == "507" else "server error")
        error.status_code = int(kind[-3:])
        raise error
    if kind == "reset":
        raise ConnectionResetError("Connection reset by peer")
    if kind == "no endpoint":
        from botocore.exceptions import EndpointConnectionError

        raise EndpointConnectionError(endpoint_url="https://store")
    if kind == "disconnected":
        from aiohttp import ServerDisconnectedError

        raise ServerDisconnectedError
    if kind == "absent":
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    if kind == "slow":
        time.sleep(0.002)


class FaultyFileSystem(fsspec.AbstractFileSystem):
    """See the module. A file is written and renamed as on a disk: in pieces, and over what is there."""

    protocol = "faulty"
    root_marker = "/"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.disk = LocalFileSystem()

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("faulty://").strip("/")

    def _info(self, path: str) -> dict[str, Any]:
        found = self.disk.info(path)
        return {"name": path, "size": found["size"], "type": found["type"], "mtime": found["mtime"]}

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        kind = FAULTS.draw("info", path)
        raised(kind, path)
        found = self._info(path)
        if kind == "wrong size" and found["type"] == "file":
            found["size"] += 1
        return found

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        path = self._strip_protocol(path)
        kind = FAULTS.draw("ls", path)
        raised(kind, path)
        if not os.path.isdir(path):
            found = [self._info(path)]
        else:
            found = [self._info(f"{path.rstrip('/')}/{name}") for name in sorted(os.listdir(path))]
        if kind == "misses":
            found = found[1:]
        elif kind == "repeats":
            found += found[:1]
        elif kind == "wrong size":
            found = [entry | {"size": entry["size"] + 1} for entry in found]
        elif kind == "ghost":
            found.append({"name": f"{path}/ghost.jpg", "size": 5, "type": "file", "mtime": 1.0})
        return found if detail else [entry["name"] for entry in found]

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        path = self._strip_protocol(path)
        kind = FAULTS.draw("read", path)
        raised(kind, path)
        with open(path, "rb") as file:
            data = file.read()[start:end]
        return {"short": data[: len(data) // 2], "long": data + b"\0more", "empty": b""}.get(kind, data)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Any:
        if mode == "rb":
            return io.BytesIO(self.cat_file(path))
        assert mode in ("wb", "xb")
        return _Written(self, path, mode)

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **_: Any) -> None:
        path = self._strip_protocol(path)
        if mode == "create" and os.path.exists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        kind = FAULTS.draw("write", path)
        first, _, then = kind.partition(", then ")
        if first not in ("cut", "done"):
            raised(kind, path)
        with open(path, "wb") as file:
            file.write(value[: len(value) // 2] if first == "cut" else value)
        raised(then, path)

    def mv(self, path1: str, path2: str, **_: Any) -> None:
        path1, path2 = self._strip_protocol(path1), self._strip_protocol(path2)
        kind = FAULTS.draw("mv", path2)
        first, _, then = kind.partition(", then ")
        if not then:
            raised(kind, path1)
        if first == "half":
            shutil.copyfile(path1, path2)
        elif first == "cut":
            data = Path(path1).read_bytes()
            Path(path2).write_bytes(data[: len(data) // 2])
        else:
            os.replace(path1, path2)
        raised(then, path1)

    def cp_file(self, path1: str, path2: str, **_: Any) -> None:
        self.pipe_file(path2, self.cat_file(path1))

    def rm_file(self, path: str) -> None:
        self._removed(path, os.remove)

    _rm = rm_file

    def rm(self, path: str, recursive: bool = False, maxdepth: int | None = None) -> None:
        path = self._strip_protocol(path)
        if not os.path.isdir(path):
            self.rm_file(path)
            return
        if not recursive:
            raise IsADirectoryError(path)
        for entry in self.ls(path):  # as it lies there, or seems to
            self.rm(entry["name"], recursive=True)
        self.rmdir(path)

    def rmdir(self, path: str) -> None:
        self._removed(path, os.rmdir)

    def _removed(self, path: str, remove: Callable[[str], None]) -> None:
        path = self._strip_protocol(path)
        kind = FAULTS.draw("rm", path)
        first, _, then = kind.partition(", then ")
        if not then:
            raised(kind, path)
        if first != "half":
            remove(path)
        raised(then, path)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        path = self._strip_protocol(path)
        raised(FAULTS.draw("makedirs", path), path)
        os.makedirs(path, exist_ok=exist_ok)

    def mkdir(self, path: str, create_parents: bool = True, **_: Any) -> None:
        self.makedirs(path)


class _Written(io.BytesIO):
    """What is written to it is in the file when it is closed."""

    def __init__(self, fs: FaultyFileSystem, path: str, mode: str) -> None:
        super().__init__()
        self.fs, self.path, self.mode = fs, path, mode

    def close(self) -> None:
        if not self.closed:
            data = self.getvalue()
            super().close()
            self.fs.pipe_file(self.path, data, mode="create" if self.mode == "xb" else "overwrite")


def register() -> None:
    """Make `faulty://` known to fsspec in this process, and take the schedule from the environment."""
    fsspec.register_implementation("faulty", FaultyFileSystem, clobber=True)
    if os.environ.get(SCHEDULE):
        FAULTS.begin(Schedule(**json.loads(os.environ[SCHEDULE])))


def told(counts: Counter[tuple[str, str]]) -> str:
    """Counts as a table, by kind."""
    kinds: dict[str, Counter[str]] = collections.defaultdict(Counter)
    for (operation, kind), count in counts.items():
        kinds[kind][operation] += count
    lines = [
        f"{kind:18} {sum(by.values()):7,}  {', '.join(f'{o} {n:,}' for o, n in sorted(by.items()))}"
        for kind, by in sorted(kinds.items())
    ]
    return "\n".join(lines)
