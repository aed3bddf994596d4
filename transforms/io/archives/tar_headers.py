"""Headers of a tar archive, each with those that extend it, and the next good one behind a bad one."""

import tarfile
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

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
MAGIC, MAGIC_AT = b"ustar", 257
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


class BadHeaderError(Exception):
    """No header of a member; the message says what is there instead."""


class Header(NamedTuple):
    """data: offset of the member's bytes; after: of the next header."""

    type: bytes
    name: str
    link: str
    size: int
    sparse: bool
    data: int
    after: int


class Headers:
    """Those of an archive that is read from its beginning: what is said for all members holds from there on."""

    def __init__(self, file: BinaryIO) -> None:
        """None is read yet."""
        self.file = file
        self.common: dict[str, str] = {}

    def at(self, offset: int) -> Header:
        """The header at an offset with those that extend it.

        Raises:
            BadHeaderError, tarfile.HeaderError, ValueError: there is none.
        """
        fields: dict[str, str] = {}
        for _ in range(MOST_EXTENDED):
            block = read_at(self.file, offset, BLOCK)
            if len(block) < BLOCK:
                raise BadHeaderError("cut off inside of a header")
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            data = offset + BLOCK
            if info.type not in EXTENDED:
                return self._member(info, block, data, fields)
            body = read_at(self.file, data, info.size) if 0 <= info.size <= MOST_NAME else b""
            if len(body) != info.size:
                raise BadHeaderError("a name that is cut off or far too long")
            if info.type == tarfile.XGLTYPE:
                self.common.update(_pax(body))
            elif info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                fields.update(_pax(body))
            else:
                key = "path" if info.type == tarfile.GNUTYPE_LONGNAME else "linkpath"
                fields.setdefault(key, _text(body.partition(b"\0")[0]))
            offset = data + _padded(info.size)
        raise BadHeaderError("one extended header after another")

    def _member(self, info: tarfile.TarInfo, block: bytes, data: int, fields: dict[str, str]) -> Header:
        fields = {**self.common, **fields}
        size = int(fields.get("size", info.size))
        if size < 0:
            raise BadHeaderError("a size below zero")
        kind = info.type
        if kind == tarfile.GNUTYPE_SPARSE:
            data = self._past_sparse_map(block, data)
        has_data = kind in tarfile.REGULAR_TYPES or kind not in tarfile.SUPPORTED_TYPES
        name = fields.get(SPARSE_NAME) or fields.get("path") or info.name
        return Header(
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
            block, at = read_at(self.file, data, BLOCK), SPARSE_MORE[1]
            if len(block) < BLOCK:
                break
            data += BLOCK
        raise BadHeaderError("a sparse file's map that does not end")


def read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """Bytes of a file from an offset on; fewer where it ends before that."""
    file.seek(offset)
    return file.read(size)


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _pax(body: bytes) -> Iterator[tuple[str, str]]:
    """Of the records `length key=value` of an extended header (POSIX.1-2001, pax Interchange Format) those of use."""
    at, end = 0, len(body.rstrip(b"\0"))
    while at < end:
        space = body.find(b" ", at, at + 20)
        length = body[at:space] if space > 0 else b""
        after = at + int(length) if length.isdigit() else 0
        if not space < after <= end or body[after - 1 : after] != b"\n":
            raise BadHeaderError("an extended header that can't be parsed")
        key, _, value = body[space + 1 : after - 1].partition(b"=")
        if _text(key) == SPARSE_NAME or _text(key) in USED:
            yield _text(key), _text(value)
        elif _text(key).startswith(SPARSE):
            yield SPARSE, ""  # one for all: every member has a copy of what an archive says of all
        at = after


def next_header(file: BinaryIO, start: int, end: int) -> int | None:
    """The offset of the next header from `start` on; there may be any number of bytes before it."""
    tried = 0
    for base in range(start, min(end, start + SEARCHED), PIECE):
        piece = read_at(file, base, PIECE + BLOCK)
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
