"""What codecs write on the standard error stream: C libraries know no other way to say that a picture is damaged.

A decoder process has a file there, and says so by `listen`. Elsewhere nothing is heard: the stream is somebody else's.
"""

import os
import re

MOST = 300
"""Characters that are kept of what was heard."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_FOLDER = re.compile(r"(?<![\w.])/(?:[^\s/:'\"]+/)+")
_heard_in: list[int] = []


def listen(descriptor: int) -> None:
    """Hear what is written to this file, open for reading and appending, from now on."""
    _heard_in[:] = [descriptor]


def forget() -> None:
    """Hear nothing of what was written before."""
    for descriptor in _heard_in:
        if os.fstat(descriptor).st_size:
            os.ftruncate(descriptor, 0)


def heard() -> str:
    """What was written since `forget`, in one line; '' if nothing was."""
    return "".join(read(descriptor) for descriptor in _heard_in)


def read(descriptor: int) -> str:
    """The lines of a file in one line that is the same in every process: no addresses, no folders, nothing twice."""
    return tidy(os.pread(descriptor, 16 * MOST, 0).decode("ascii", "replace"))


def tidy(text: str) -> str:
    """`read` of a text."""
    printable = "".join(c if c.isprintable() else "\n" for c in text.replace("\t", " "))
    lines = dict.fromkeys(line.strip() for line in same(printable).splitlines())
    return "; ".join(line for line in lines if line)[:MOST]


def same(text: str) -> str:
    """A text without what differs from process to process."""
    return _FOLDER.sub("", _ADDRESS.sub("0x", text))
