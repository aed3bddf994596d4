"""A file of a store, read by ranges of bytes, each asked for patiently by itself: no place in the file is lost."""

import io
from typing import Any, BinaryIO, cast

from transforms.regular import open_regular
from transforms.stores import is_local, read_range, store

AT_ONCE = 1 << 22
"""Bytes of one request to a remote store."""


def open_ranges(uri: str) -> BinaryIO:
    """A seekable file, wherever it lies. Raises as `stores.store` and `regular.open_regular`."""
    fs, path = store(uri)
    if is_local(fs):
        return open_regular(path)
    size = fs.info(path).get("size")
    if size is None:
        return cast(BinaryIO, fs.open(path, "rb"))
    return cast(BinaryIO, io.BufferedReader(_Ranges(uri, int(size)), AT_ONCE))


class _Ranges(io.RawIOBase):
    def __init__(self, uri: str, size: int) -> None:
        self.uri, self.size, self.at = uri, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        self.at = max(0, start + offset)
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        end = min(self.at + len(buffer), self.size)
        if self.at >= end:
            return 0
        data = read_range(self.uri, self.at, end - self.at)
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)
