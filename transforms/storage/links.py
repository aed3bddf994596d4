"""The names of one file: what tells that two of the images listed are the same file on the disk.

Only local files have several names. What is noted of a file is text, '' for the usual one that has a single name:

    [@][INODE:NAMES][/REAL/PATH]

'@' where the name is a symbolic link; the inode and how many names it has where these are hard links; and the path
without symbolic links where that is not how the file was listed.
"""

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from lookalike.transforms.core.messages import as_text

_NOTE = re.compile(r"(@?)(?:(\d+):(\d+))?(/.*)?", re.DOTALL)


class Name(NamedTuple):
    """One name of a file. symbolic: a symbolic link. inode: of a file with hard links, or ''. names: how many it has,
    wherever they are. path: where it lies, without symbolic links.
    """

    symbolic: bool
    inode: str
    names: int
    path: str


def note(info: dict[str, Any]) -> str:
    """What fsspec's local file system tells of a file -> the note about its names."""
    path = info["name"]
    inode, names = info.get("ino"), info.get("nlink", 1)
    symbolic = bool(info.get("islink"))
    if symbolic:
        try:
            status = os.stat(path)
        except OSError:  # it leads nowhere, and is a failure as soon as it is read
            names = 1
        else:
            inode, names = status.st_ino, status.st_nlink
    real = os.path.realpath(path)
    hard = f"{inode}:{names}" if names > 1 else ""
    elsewhere = as_text(real) if real != path else ""
    return f"{'@' if symbolic else ''}{hard}{elsewhere}"


def is_symbolic(noted: str) -> bool:
    """Is an image listed by a symbolic link?"""
    return noted.startswith("@")


def name_of(uri: str, noted: str) -> Name:
    """An image's URI and the note about its names -> its Name."""
    found = _NOTE.fullmatch(noted)
    symbolic, inode, names, path = found.groups() if found else ("", None, None, None)
    return Name(bool(symbolic), inode or "", int(names or 1), path or uri)


def places_of(tables: Iterable[pa.Table]) -> Iterator[tuple[str, str]]:
    """Tables with `uri` and `file` -> of each image where it lies as it is spelled, and without symbolic links."""
    for table in tables:
        for uri, noted in zip(table["uri"].to_pylist(), table["file"].to_pylist(), strict=True):
            yield uri, name_of(uri, noted).path
