"""What the index of an archive tells of one member, or of a place where the archive is damaged."""

import posixpath
from typing import NamedTuple

LONGEST_NAME = 4096
"""Characters of a name that a file may have; one long name can stand for any number of members or rows."""


class ContainerError(OSError):
    """A container or a member of one can't be had; the message says why."""


class Entry(NamedTuple):
    """One member. at: where its bytes lie, as `containers.read_member` takes it. error, message: why it can't be had,
    or ''. Without a name: what is wrong with the archive itself. content: all bytes of a member that was asked for.
    """

    name: str
    size: int
    at: str
    error: str = ""
    message: str = ""
    content: bytes = b""


def damage(message: str) -> Entry:
    """An archive that could not be read in full."""
    return Entry("", -1, "", "bad_container", message)


def unusable(name: str, message: str, error: str = "bad_member") -> Entry:
    """A member that is there and can't be had."""
    return Entry(name, -1, "", error, message)


def shortened(name: str) -> str:
    """A name too long to be one, by its start and its end."""
    return f"{name[:100]}...{name[-20:]}"


def too_long(name: str) -> Entry:
    """A member whose name is longer than `LONGEST_NAME`."""
    return unusable(shortened(name), f"the member's name has {len(name):,} characters; rename it", "bad_name")


def place_of(name: str, link: str = "") -> str:
    """A member's name as a path below the archive, in its one spelling. link: the name of the symbolic link in which
    `name` stands.
    """
    folder = "" if name.startswith("/") else posixpath.dirname(link)
    return posixpath.normpath("/" + f"{folder}/{name}".lstrip("/"))
