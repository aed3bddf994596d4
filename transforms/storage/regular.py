"""Local files that are files: what is named like an image may be a pipe, a device or a folder."""

import os
import stat
from typing import BinaryIO

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotAFileError(OSError):
    """What has a file's name is something else, which is never opened; the message says what."""


def check_regular(mode: int) -> None:
    """Refuse, by the mode that `os.stat` tells, whatever is no regular file.

    Raises:
        NotAFileError: it is none.
    """
    if not stat.S_ISREG(mode):
        raise NotAFileError(f"{KINDS.get(stat.S_IFMT(mode), 'no regular file')}, not a file; it is not opened")


def open_regular(path: str) -> BinaryIO:
    """Open a local file to read; what has become something else since it was listed neither blocks nor is read.

    Raises:
        NotAFileError: it is no regular file.
        OSError: it can't be opened.
    """
    check_regular(os.stat(path).st_mode)
    # without waiting for a pipe's other end, should there be a pipe by now
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        check_regular(os.fstat(number).st_mode)
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise
