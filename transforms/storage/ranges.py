"""A file of a store, read by ranges of bytes, each asked for patiently by itself: no place in the file is lost."""

import io
from typing import Any, BinaryIO, cast

from lookalike.transforms.storage.reading import on_this_machine, read_range
from lookalike.transforms.storage.regular import open_regular
from lookalike.transforms.storage.stores import is_local, store

AT_ONCE = 1 << 22
"""Bytes of one request to a remote store."""


def open_ranges(uri: str) -> BinaryIO:
    """A seekable file, wherever it lies. Raises as `stores.read_file`."""
    fs, path = store(uri)
    if is_local(fs):
        with on_this_machine(uri):
            return open_regular(path)
    size = fs.info(path).get("size")
    if size is None:
        return cast(BinaryIO, fs.open(path, "rb"))
    return cast(BinaryIO, io.BufferedReader(_Ranges(uri, int(size)), AT_ONCE))


class _Seekable(io.RawIOBase):
    """What is common to files of a known size that are read by ranges."""

    def __init__(self, size: int) -> None:
        self.size, self.at = size, 0

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
        data = self.range(self.at, end)
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)

    def range(self, start: int, end: int) -> bytes:
        """Bytes from `start` to `end`, or some of the first of them."""
        raise NotImplementedError


class _Ranges(_Seekable):
    def __init__(self, uri: str, size: int) -> None:
        super().__init__(size)
        self.uri = uri

    def range(self, start: int, end: int) -> bytes:
        return read_range(self.uri, start, end - start)


class Replaced(_Seekable):
    """A file of which a range of bytes holds others, and zeros behind them."""

    def __init__(self, file: BinaryIO, start: int, end: int, data: bytes) -> None:
        """`data` stands in the place of the bytes from `start` to `end`."""
        super().__init__(file.seek(0, io.SEEK_END))
        self.file, self.start, self.end, self.data = file, start, end, data

    def range(self, start: int, end: int) -> bytes:
        """Bytes from `start` on, up to `end` or to where the replaced ones begin or end."""
        if self.start <= start < self.end:
            size = min(end, self.end) - start
            return self.data[start - self.start :][:size].ljust(size, b"\0")
        self.file.seek(start)
        return self.file.read(min(end, self.start if start < self.start else end) - start)
