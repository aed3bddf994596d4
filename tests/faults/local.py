"""The same faults of this machine's own file system, below one folder."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem

from lookalike.transforms.storage import stores
from tests.faults.filesystem import FAULTS, raised

METHODS = {
    "info": "info",
    "ls": "ls",
    "makedirs": "makedirs",
    "rm_file": "rm",
    "rm": "rm",
    "rmdir": "rm",
    "_open": "write",
    "created": "info",
}


def fail_below(root: Path, patch: pytest.MonkeyPatch) -> None:
    """Have calls for paths below `root` fail as `FAULTS` says. Calls inside of a call do not fail by themselves."""
    inside: list[str] = []

    def faulty(operation: str, path: str, call: Callable[[], Any]) -> Any:
        if inside or not str(path).startswith(str(root)):
            return call()
        kind = FAULTS.draw(operation, str(path))
        first, _, then = kind.partition(", then ")
        if not then and first != "cut":
            raised(kind, str(path))
        inside.append(operation)
        try:
            result = None if first == "half" else call()
        finally:
            inside.pop()
        if operation == "write":
            return _Cut(result, first, then, str(path))
        raised(then, str(path))
        return _changed(operation, kind, result)

    for name, operation in METHODS.items():
        real = getattr(LocalFileSystem, name)

        def method(self: Any, path: Any, *rest: Any, _real=real, _operation=operation, **named: Any) -> Any:
            return faulty(_operation, path, lambda: _real(self, path, *rest, **named))

        patch.setattr(LocalFileSystem, name, method)
    open_regular, replace = stores.open_regular, os.replace
    patch.setattr(stores, "open_regular", lambda path: faulty("read", path, lambda: open_regular(path)))
    patch.setattr(os, "replace", lambda path, to: faulty("mv", to, lambda: replace(path, to)))


def _changed(operation: str, kind: str, result: Any) -> Any:
    if operation == "info" and kind == "wrong size" and result["type"] == "file":
        return result | {"size": result["size"] + 1}
    if operation == "ls":
        return {"misses": result[1:], "repeats": result + result[:1]}.get(kind, result)
    if operation == "read" and kind in ("short", "long", "empty"):
        with result:
            data = result.read()
        return io.BytesIO({"short": data[: len(data) // 2], "long": data + b"\0more", "empty": b""}[kind])
    return result


class _Cut:
    """A file that takes half of what is written to it, or says afterwards that it failed."""

    def __init__(self, file: Any, first: str, then: str, path: str) -> None:
        self.file, self.first, self.then, self.path = file, first, then, path

    def write(self, data: bytes) -> int:
        self.file.write(data[: len(data) // 2] if self.first == "cut" else data)
        if self.first == "cut":
            raised(self.then, self.path)
        return len(data)

    def __enter__(self) -> "_Cut":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        if self.first == "done":
            raised(self.then, self.path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
