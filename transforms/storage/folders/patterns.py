"""Patterns of paths, as far as folders have to be entered for them."""

import os
import re

from fsspec.core import has_magic
from fsspec.utils import glob_translate


class Pattern:
    """A pattern of paths, with `*`, `?`, `[...]` inside of names and `**` for folders at any depth. A local folder that
    is there is no pattern, whatever its name.
    """

    def __init__(self, pattern: str, local: bool = True) -> None:
        """`pattern`: an absolute path, on this machine or not. Raises `ValueError` where it can't be one."""
        names = pattern.split("/")
        literal = 1
        while literal < len(names) - 1 and _is_folder("/".join(names[: literal + 1]), local):
            literal += 1
        self.root = "/".join(names[:literal]) or "/"
        self._names = names[literal:]
        self._whole = re.compile(glob_translate("/".join(self._names)))
        self._each = [re.compile(glob_translate(name)) if name != "**" else None for name in self._names]

    def matches(self, path: str) -> bool:
        """Does a path below the root match the whole pattern?"""
        return self._whole.match(self._below(path)) is not None

    def enters(self, folder: str) -> bool:
        """Can there be matches in a folder below the root, by its own name?"""
        names = self._below(folder).split("/")
        for name, one in zip(names, self._each, strict=False):
            if one is None:
                return True
            if not one.match(name):
                return False
        return len(names) < len(self._names)

    def _below(self, path: str) -> str:
        return path[len(self.root.rstrip("/")) + 1 :]


def _is_folder(path: str, local: bool) -> bool:
    return os.path.isdir(path) if local else not has_magic(path)
