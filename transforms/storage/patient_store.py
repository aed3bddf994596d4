"""A file system of fsspec that does not give up at once, and never takes a store that does not answer for one that
says no.
"""

import contextlib
import errno
import functools
import os
from collections.abc import Callable
from typing import Any

import fsspec

from lookalike.transforms.storage.retries import TRIES, StoreError, named, with_retries

LOCAL_TRIES = 3
"""Of this machine's file system: a network drive may answer a second later, a bad sector never."""
ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


class PatientStore:
    """A file system whose every call is made with retries (`with_retries`); otherwise it is the one of fsspec."""

    def __init__(self, fs: fsspec.AbstractFileSystem, scheme: str) -> None:
        """`scheme`: as the store was called; some have several."""
        self.fs, self.scheme, self.tries = fs, scheme, LOCAL_TRIES if is_local(fs) else TRIES

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.fs, name)
        return functools.partial(self._call, value) if callable(value) else value

    def _call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        with self._naming(arguments[0] if arguments else ""):
            return with_retries(method, *arguments, tries=self.tries, **options)

    def _naming(self, path: Any) -> contextlib.AbstractContextManager[None]:
        if not isinstance(path, str) or not path:
            return contextlib.nullcontext()
        return named(path if is_local(self.fs) else self.unstrip_protocol(path))

    def unstrip_protocol(self, path: str) -> str:
        """The URI of a path, with the scheme by which the store was called."""
        return path if "://" in path else f"{self.scheme}://{path}"

    # fsspec's own say no where a store did not answer
    def exists(self, path: str) -> bool:
        """Is there a file or folder?"""
        return self._type(path) != ""

    def isdir(self, path: str) -> bool:
        """Is there a folder?"""
        return self._type(path) == "directory"

    def isfile(self, path: str) -> bool:
        """Is there a file?"""
        return self._type(path) == "file"

    # a try that fails may have done its work all the same, which the next one finds

    def rm(self, path: str, recursive: bool = False) -> None:
        """Remove a file, or a folder with all that is in it."""
        self._until_gone(functools.partial(self.fs.rm, path, recursive=recursive), path)

    def rm_file(self, path: str) -> None:
        """Remove a file."""
        self._until_gone(functools.partial(self.fs.rm_file, path), path)

    def mv(self, path: str, to: str) -> None:
        """Move a file; on this machine, over what is there, and never by a copy, of which half may be left."""
        move = functools.partial(os.replace if is_local(self.fs) else self.fs.mv, path, to)
        self._once(path, move, FileNotFoundError, lambda: bool(self.fs.info(to)))

    def pipe_file(self, path: str, data: bytes, mode: str = "overwrite") -> None:
        """Write a file; mode: 'create' raises FileExistsError where there is one."""
        write = functools.partial(self.fs.pipe_file, path, data, mode=mode)
        self._once(path, write, FileExistsError, lambda: self.fs.cat_file(path) == data)

    def _until_gone(self, remove: functools.partial[None], path: str) -> None:
        def remove_all() -> None:
            try:
                remove()
            except FileNotFoundError as error:
                if self._type(path):  # something in it went, and the rest is still there
                    raise StoreError(f"{path} changes while it is removed") from error
                raise

        self._once(path, remove_all, FileNotFoundError, lambda: True)

    def _once(self, path: str, call: Callable[[], None], refusal: type[OSError], done: Callable[[], bool]) -> None:
        """Call patiently; a later try that is refused, as the first would not have been, may show that it is done."""
        tried = False

        def attempt() -> None:
            nonlocal tried
            again, tried = tried, True
            try:
                call()
            except refusal:
                if not (again and done()):
                    raise

        with self._naming(path):
            with_retries(attempt, tries=self.tries)

    def _type(self, path: str) -> str:
        with self._naming(path):
            try:
                return str(with_retries(self.fs.info, path, tries=self.tries)["type"])
            except OSError as error:
                if isinstance(error, (FileNotFoundError, NotADirectoryError)) or error.errno in ABSENT:
                    return ""
                raise


def is_local(fs: Any) -> bool:
    """Is this the file system of this machine?"""
    return "file" in ((fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol)
