"""The index of a tar archive, damaged or not: every member that can be told, and every place where it broke.

Python's own reader stops at the first bad header and at the end of the first of two joined archives, says nothing, and
can be led into loops and gigabytes by a header. Only its parser of a single header is used (`tar_headers`). After a
bad header the next good one is searched for, at any distance from the blocks of 512 bytes that were lost.
"""

import tarfile
from collections.abc import Callable
from typing import BinaryIO

from lookalike.transforms.io.archives.entries import LONGEST_NAME, Entry, damage, place_of, too_long, unusable
from lookalike.transforms.io.archives.tar_headers import (
    BLOCK,
    PIECE,
    BadHeaderError,
    Header,
    Headers,
    next_header,
    read_at,
)

MOST_ZEROS = 1 << 26
"""Empty bytes after which nothing more is expected."""
MOST_DAMAGES = 100
"""Bad places of one archive that are told of and gone past."""
MOST_CONTENT = 1 << 20
"""Bytes of a member that comes with its content."""
MOST_LINKS = 40
"""Links one behind the other."""
RESCANNED = 1 << 26
"""A member of no more bytes than these is searched as well, when what should follow it is no header."""

END_MARK, RECORD = 2 * BLOCK, tarfile.RECORDSIZE
"""Zeros that end an archive, and what it is then filled up to."""

COMPRESSED = {
    b"\x1f\x8b": "gunzip",
    b"BZh": "bunzip2",
    b"\xfd7zXZ": "unxz",
    b"(\xb5/\xfd": "unzstd",
    b"\x04\x22\x4d\x18": "unlz4",
}
DEVICES = {tarfile.CHRTYPE: "a device", tarfile.BLKTYPE: "a device", tarfile.FIFOTYPE: "a named pipe"}
IGNORED = (tarfile.DIRTYPE, b"V", b"D", b"N")


def list_tar(file: BinaryIO, is_wanted: Callable[[str], bool] = lambda _: False) -> list[Entry]:
    """A seekable file -> its members, folders aside, in its order; links have the bytes of what they refer to.

    is_wanted: by their names, which members come with their content, if that is no more than `MOST_CONTENT`. It is read
    where the header is, so that a remote archive is gone through once.
    """
    return _Index(file, is_wanted).read()


class _Index:
    def __init__(self, file: BinaryIO, is_wanted: Callable[[str], bool]) -> None:
        self.file, self.end, self.is_wanted = file, file.seek(0, 2), is_wanted
        self.entries: list[Entry] = []
        self.places: dict[str, Entry] = {}
        self.links: dict[int, str] = {}
        self.headers = Headers(file)
        self.damages = 0
        # where it is read, where the archive begins that is read there, and up to where headers were searched for
        self.offset, self.begin, self.searched = 0, 0, 0
        self.ended = False

    def read(self) -> list[Entry]:
        if compressed := _compression(read_at(self.file, 0, 8)):
            self._damaged(f"a compressed tar can't be read in parts: unpack it with {compressed}")
            return self.entries
        while self.offset < self.end and self.damages < MOST_DAMAGES:
            block = read_at(self.file, self.offset, BLOCK)
            if not any(block) and len(block) == BLOCK:
                self._pass_zeros()
            else:
                self._pass_member()
        if self.offset < self.end:
            self._damaged(f"more than {MOST_DAMAGES} damaged places; what lies behind byte {self.offset:,} is not read")
        elif not self.end:
            self._damaged("empty; no archive")
        elif not self.ended:
            self._damaged(f"no end mark: was it cut off at byte {self.end:,}? Compare it with its source")
        return self._resolved()

    def _pass_zeros(self) -> None:
        self.ended, after = True, _past_zeros(self.file, self.offset, self.end)
        if after is None or not self._is_end(self.begin, self.offset, after):
            self._damaged(_hole(self.offset, after))
        self.offset = self.searched = self.begin = self.end if after is None else after

    def _pass_member(self) -> None:
        try:
            header = self.headers.at(self.offset)
        except (BadHeaderError, tarfile.HeaderError, ValueError) as error:
            found = next_header(self.file, self.searched or self.offset + 1, self.end)
            # at the end it may be something that is no archive, behind one
            if found is not None or not self.ended:
                self._damaged(f"damaged at byte {self.offset:,} ({error}); {_resumed(found)}")
            self._resume(found)
            return
        self.ended = False
        self._add(header)
        if header.data + header.size > self.end and header.after > header.data:
            found = next_header(self.file, header.data, self.end)
            self._damaged(f"cut off at byte {self.end:,}, inside of {header.name!r}; {_resumed(found)}")
            self._resume(found)
            return
        self.offset = header.after
        self.searched = header.data if header.size <= RESCANNED else header.after + 1

    def _resume(self, found: int | None) -> None:
        """Go on at a header behind damage. Where there is none, all was said."""
        if found is None:
            self.offset, self.ended = self.end, True
        else:
            self.offset, self.searched = found, found + 1

    def _is_end(self, begin: int, offset: int, after: int) -> bool:
        """Are the zeros from `offset` to `after` the end of the archive that begins at `begin`, and no hole?"""
        if after >= self.end:
            return after - offset <= RECORD + END_MARK
        return offset > begin and (after - offset == END_MARK or (after - begin) % RECORD == 0)

    def _damaged(self, message: str) -> None:
        self.damages += 1
        self.entries.append(damage(message))

    def _add(self, header: Header) -> None:
        name, kind = header.name, header.type
        if not name:
            self._damaged(f"a member without a name at byte {header.data:,}")
        elif len(name) > LONGEST_NAME:
            self.entries.append(too_long(name))
        elif header.sparse:
            self.entries.append(unusable(name, "a sparse file; pack it again without --sparse"))
        elif kind in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE):
            if header.data + header.size > self.end:
                self.entries.append(unusable(name, "the archive is cut off inside of this member"))
                return
            wanted = header.size <= MOST_CONTENT and self.is_wanted(name)
            content = read_at(self.file, header.data, header.size) if wanted else b""
            entry = Entry(name, header.size, f"{header.data}+{header.size}", content=content)
            self.entries.append(entry)
            self.places[place_of(name)] = entry
        elif kind in (tarfile.LNKTYPE, tarfile.SYMTYPE) and len(header.link) > LONGEST_NAME:
            self.entries.append(unusable(name, "a link to a name that is too long"))
        elif kind in (tarfile.LNKTYPE, tarfile.SYMTYPE):
            target = place_of(header.link, name if kind == tarfile.SYMTYPE else "")
            # a hard link is to what had that name by then
            self._link(name, target, self.places.get(target) if kind == tarfile.LNKTYPE else None)
        elif kind in DEVICES:
            self.entries.append(unusable(name, f"{DEVICES[kind]}, not a file", "not_a_file"))
        elif kind not in IGNORED:
            self.entries.append(unusable(name, f"a member of type {kind!r}, which is no file"))

    def _link(self, name: str, target: str, known: Entry | None) -> None:
        if known is None:
            self.links[len(self.entries)] = target
            self.entries.append(unusable(name, f"a link to {target[1:]!r}, which the archive does not hold"))
        else:
            self.entries.append(known._replace(name=name))
            self.places[place_of(name)] = self.entries[-1]

    def _resolved(self) -> list[Entry]:
        by_place = {place_of(self.entries[index].name): target for index, target in self.links.items()}
        for index, first in self.links.items():
            target, steps = first, 0
            while target not in self.places and target in by_place and steps < MOST_LINKS:
                target, steps = by_place[target], steps + 1
            if target in self.places:
                self.entries[index] = self.places[target]._replace(name=self.entries[index].name)
        return self.entries


def _compression(head: bytes) -> str | None:
    return next((program for magic, program in COMPRESSED.items() if head.startswith(magic)), None)


def _resumed(found: int | None) -> str:
    return "what followed is not read" if found is None else f"reading went on at byte {found:,}"


def _past_zeros(file: BinaryIO, offset: int, end: int) -> int | None:
    """The next block with something in it, or `end`; None if it is too far to look."""
    for at in range(offset, min(end, offset + MOST_ZEROS), PIECE):
        piece = read_at(file, at, PIECE)
        empty = len(piece) - len(piece.lstrip(b"\0"))
        if empty < len(piece):
            return at + empty // BLOCK * BLOCK
    return end if end <= offset + MOST_ZEROS else None


def _hole(offset: int, after: int | None) -> str:
    if after is None:
        return f"more than {MOST_ZEROS:,} zeros from byte {offset:,} on; what lies behind them is not read"
    return f"{after - offset:,} zeros from byte {offset:,} on, more or fewer than an end has; is it whole?"
