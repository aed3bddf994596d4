"""The index of a tar archive, damaged or not: every member that can be told, and every place where it broke.

Python's own reader stops at the first bad header and at the end of the first of two joined archives, says nothing, and
can be led into loops and gigabytes by a header. Here only its parser of a single header is used. After a bad header
the next good one is searched for, at any distance from the blocks of 512 bytes that were lost.
"""

import tarfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from lookalike.transforms.ingest.archives.entries import LONGEST_NAME, Entry, damage, place_of, too_long, unusable

BLOCK = 512
PIECE = 1 << 20
MOST_NAME = 1 << 20
"""Bytes of a member's extended header: names, times, attributes."""
MOST_EXTENDED = 16
"""Extended headers of one member, one after another."""
SEARCHED = 1 << 30
"""Bytes that are searched for the next good header."""
MOST_TRIED = 100_000
"""Places that are looked at in one search."""
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

MAGIC, MAGIC_AT = b"ustar", 257
COMPRESSED = {
    b"\x1f\x8b": "gunzip",
    b"BZh": "bunzip2",
    b"\xfd7zXZ": "unxz",
    b"(\xb5/\xfd": "unzstd",
    b"\x04\x22\x4d\x18": "unlz4",
}
DEVICES = {tarfile.CHRTYPE: "a device", tarfile.BLKTYPE: "a device", tarfile.FIFOTYPE: "a named pipe"}
EXTENDED = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.XGLTYPE,
)
SPARSE_MORE, SPARSE_MOST = (482, 504), 10_000
"""Where a header of GNU's sparse files, and those that follow it, say that there is one more; and how many at most."""
SPARSE, SPARSE_NAME = "GNU.sparse.", "GNU.sparse.name"
USED = ("path", "linkpath", "size")
"""Keys of extended headers, beside those of sparse files, that say where a member is."""
IGNORED = (tarfile.DIRTYPE, b"V", b"D", b"N")


class _BadHeaderError(Exception):
    """No header of a member; the message says what is there instead."""


class _Header(NamedTuple):
    """data: offset of the member's bytes; after: of the next header."""

    type: bytes
    name: str
    link: str
    size: int
    sparse: bool
    data: int
    after: int


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
        self.common: dict[str, str] = {}
        self.damages = 0

    def read(self) -> list[Entry]:
        offset, begin, searched, ended = 0, 0, 0, False
        if compressed := _compression(_at(self.file, 0, 8)):
            self._damaged(f"a compressed tar can't be read in parts: unpack it with {compressed}")
            return self.entries
        while offset < self.end and self.damages < MOST_DAMAGES:
            block = _at(self.file, offset, BLOCK)
            if not any(block) and len(block) == BLOCK:
                ended, after = True, _past_zeros(self.file, offset, self.end)
                if after is None or not self._is_end(begin, offset, after):
                    self._damaged(_hole(offset, after))
                if after is None or after >= self.end:
                    break
                offset = searched = begin = after
                continue
            try:
                header = self._header(offset)
            except (_BadHeaderError, tarfile.HeaderError, ValueError) as error:
                found = _next_header(self.file, searched or offset + 1, self.end)
                if ended and found is None:
                    break  # something that is no archive, behind the end of one
                self._damaged(f"damaged at byte {offset:,} ({error}); {_resumed(found)}")
                if found is None:
                    return self._resolved()
                offset, searched = found, found + 1
                continue
            ended = False
            self._add(header)
            if header.data + header.size > self.end and header.after > header.data:
                found = _next_header(self.file, header.data, self.end)
                self._damaged(f"cut off at byte {self.end:,}, inside of {header.name!r}; {_resumed(found)}")
                if found is None:
                    return self._resolved()
                offset, searched = found, found + 1
                continue
            offset = header.after
            searched = header.data if header.size <= RESCANNED else header.after + 1
        if self.damages >= MOST_DAMAGES:
            self._damaged(f"more than {MOST_DAMAGES} damaged places; what lies behind byte {offset:,} is not read")
        elif not self.end:
            self._damaged("empty; no archive")
        elif not ended:
            self._damaged(f"no end mark: was it cut off at byte {self.end:,}? Compare it with its source")
        return self._resolved()

    def _is_end(self, begin: int, offset: int, after: int) -> bool:
        """Are the zeros from `offset` to `after` the end of the archive that begins at `begin`, and no hole?"""
        if after >= self.end:
            return after - offset <= RECORD + END_MARK
        return offset > begin and (after - offset == END_MARK or (after - begin) % RECORD == 0)

    def _damaged(self, message: str) -> None:
        self.damages += 1
        self.entries.append(damage(message))

    def _header(self, offset: int) -> _Header:
        """The header at an offset with those that extend it.

        Raises:
            _BadHeaderError, tarfile.HeaderError, ValueError: there is none.
        """
        fields: dict[str, str] = {}
        for _ in range(MOST_EXTENDED):
            block = _at(self.file, offset, BLOCK)
            if len(block) < BLOCK:
                raise _BadHeaderError("cut off inside of a header")
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            data = offset + BLOCK
            if info.type not in EXTENDED:
                return self._member(info, block, data, fields)
            body = _at(self.file, data, info.size) if 0 <= info.size <= MOST_NAME else b""
            if len(body) != info.size:
                raise _BadHeaderError("a name that is cut off or far too long")
            if info.type == tarfile.XGLTYPE:
                self.common.update(_pax(body))
            elif info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                fields.update(_pax(body))
            else:
                key = "path" if info.type == tarfile.GNUTYPE_LONGNAME else "linkpath"
                fields.setdefault(key, _text(body.partition(b"\0")[0]))
            offset = data + _padded(info.size)
        raise _BadHeaderError("one extended header after another")

    def _member(self, info: tarfile.TarInfo, block: bytes, data: int, fields: dict[str, str]) -> _Header:
        fields = {**self.common, **fields}
        size = int(fields.get("size", info.size))
        if size < 0:
            raise _BadHeaderError("a size below zero")
        kind = info.type
        if kind == tarfile.GNUTYPE_SPARSE:
            data = self._past_sparse_map(block, data)
        has_data = kind in tarfile.REGULAR_TYPES or kind not in tarfile.SUPPORTED_TYPES
        name = fields.get(SPARSE_NAME) or fields.get("path") or info.name
        return _Header(
            kind,
            name,
            fields.get("linkpath") or info.linkname,
            size if has_data else 0,
            kind == tarfile.GNUTYPE_SPARSE or any(key.startswith(SPARSE) for key in fields),
            data,
            data + (_padded(size) if has_data else 0),
        )

    def _past_sparse_map(self, block: bytes, data: int) -> int:
        at = SPARSE_MORE[0]
        for _ in range(SPARSE_MOST):
            if not block[at]:
                return data
            block, at = _at(self.file, data, BLOCK), SPARSE_MORE[1]
            if len(block) < BLOCK:
                break
            data += BLOCK
        raise _BadHeaderError("a sparse file's map that does not end")

    def _add(self, header: _Header) -> None:
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
            content = _at(self.file, header.data, header.size) if wanted else b""
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


def _at(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _compression(head: bytes) -> str | None:
    return next((program for magic, program in COMPRESSED.items() if head.startswith(magic)), None)


def _resumed(found: int | None) -> str:
    return "what followed is not read" if found is None else f"reading went on at byte {found:,}"


def _pax(body: bytes) -> Iterator[tuple[str, str]]:
    """Of the records `length key=value` of an extended header (POSIX.1-2001, pax Interchange Format) those of use."""
    at, end = 0, len(body.rstrip(b"\0"))
    while at < end:
        space = body.find(b" ", at, at + 20)
        length = body[at:space] if space > 0 else b""
        after = at + int(length) if length.isdigit() else 0
        if not space < after <= end or body[after - 1 : after] != b"\n":
            raise _BadHeaderError("an extended header that can't be parsed")
        key, _, value = body[space + 1 : after - 1].partition(b"=")
        if _text(key) == SPARSE_NAME or _text(key) in USED:
            yield _text(key), _text(value)
        elif _text(key).startswith(SPARSE):
            yield SPARSE, ""  # one for all: every member has a copy of what an archive says of all
        at = after


def _past_zeros(file: BinaryIO, offset: int, end: int) -> int | None:
    """The next block with something in it, or `end`; None if it is too far to look."""
    for at in range(offset, min(end, offset + MOST_ZEROS), PIECE):
        piece = _at(file, at, PIECE)
        empty = len(piece) - len(piece.lstrip(b"\0"))
        if empty < len(piece):
            return at + empty // BLOCK * BLOCK
    return end if end <= offset + MOST_ZEROS else None


def _hole(offset: int, after: int | None) -> str:
    if after is None:
        return f"more than {MOST_ZEROS:,} zeros from byte {offset:,} on; what lies behind them is not read"
    return f"{after - offset:,} zeros from byte {offset:,} on, more or fewer than an end has; is it whole?"


def _next_header(file: BinaryIO, start: int, end: int) -> int | None:
    """The offset of the next header from `start` on; there may be any number of bytes before it."""
    tried = 0
    for base in range(start, min(end, start + SEARCHED), PIECE):
        piece = _at(file, base, PIECE + BLOCK)
        at = piece.find(MAGIC, MAGIC_AT)
        while at >= 0 and at - MAGIC_AT < PIECE:
            tried += 1
            if tried > MOST_TRIED:
                return None
            try:
                tarfile.TarInfo.frombuf(piece[at - MAGIC_AT : at - MAGIC_AT + BLOCK], "utf-8", "surrogateescape")
                return base + at - MAGIC_AT
            except (tarfile.HeaderError, ValueError):
                at = piece.find(MAGIC, at + 1)
    return None
