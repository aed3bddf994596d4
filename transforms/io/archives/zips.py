"""The directory of a zip archive: every member, and why those that can't be had can't (PKWARE's application note).

Python's own reader refuses an archive for one odd name or version of one member; here a member fails alone.
"""

import stat
import struct
from typing import BinaryIO, NamedTuple

from lookalike.transforms.io.archives.entries import ContainerError, Entry, damage, place_of, unusable
from lookalike.transforms.io.archives.zip_members import DEFLATED, LOCAL, STORED, data_start, unpacked

CENTRAL = struct.Struct("<4s6H3I5H2I")
"""A member in the directory (4.3.12)."""
END = struct.Struct("<4s4H2IH")
"""Behind the directory (4.3.16)."""
LOCATOR, END64 = struct.Struct("<4sIQI"), struct.Struct("<4sQ2H2I4Q")
"""The same of large archives, and what says where that is (4.3.15, 4.3.14)."""
MOST_COMMENT, MOST_DIRECTORY = (1 << 16) - 1, 1 << 30
MOST_LINK, MOST_LINKS = 4096, 40
"""Bytes of what a link says, and links one behind the other."""
ENCRYPTED, UTF8 = 1, 1 << 11
UNIX = 3
FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF


class _Directory(NamedTuple):
    """start, size: where it lies. members: how many it claims to have. before: bytes before the archive's own."""

    start: int
    size: int
    members: int
    large: bool
    before: int


class _Record(NamedTuple):
    """A member as the directory has it. start: offset of its header."""

    name: str
    start: int
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    disk: int
    is_link: bool

    @property
    def end(self) -> int:
        """Where the member ends, or further."""
        return self.start + LOCAL.size + self.packed


def list_zip(file: BinaryIO) -> list[Entry]:
    """A seekable file -> its members, folders aside, in its order; links have the bytes of what they refer to.

    Raises:
        ContainerError: it has no directory.
    """
    found = _directory(file)
    file.seek(found.start)
    data = file.read(found.size)
    records: list[_Record] = []
    entries: list[Entry] = []
    at = count = 0
    while at < len(data):
        fixed = data[at : at + CENTRAL.size]
        if len(fixed) < CENTRAL.size or fixed[:4] != b"PK\1\2":
            entries.append(damage(f"the directory is damaged at byte {found.start + at:,}; what followed is not read"))
            break
        record, at = _record(data, at, found.before)
        if not record.name:
            entries.append(damage(f"a member without a name at byte {record.start:,}"))
        elif not record.name.endswith("/"):
            records.append(record)
        count += 1
    else:
        if found.members != count and (found.large or found.members != count & FULL16):
            entries.append(damage(f"the archive tells of {found.members:,} members, its directory has {count:,}"))
    overlapping = _overlapping(records, found.start)
    listed = [_entry(record, number in overlapping) for number, record in enumerate(records)]
    _follow_links(file, records, listed)
    return [*listed, *entries]


def _directory(file: BinaryIO) -> _Directory:
    length = file.seek(0, 2)
    tail_at = max(0, length - END.size - MOST_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    at = _end_record(tail)
    if at < 0:
        raise ContainerError("no zip archive, or one whose end is cut off: fetch it again")
    _, _, _, _, members, size, start, _ = END.unpack_from(tail, at)
    end, large = tail_at + at, False
    if at >= LOCATOR.size and tail[at - LOCATOR.size :][:4] == b"PK\6\7":
        _, _, where, _ = LOCATOR.unpack_from(tail, at - LOCATOR.size)
        for place in (where, end - LOCATOR.size - END64.size):  # the latter where something lies before the archive
            if 0 <= place <= length - END64.size:
                file.seek(place)
                record = file.read(END64.size)
                if record[:4] == b"PK\6\6":
                    *_, members, size, start = END64.unpack(record)
                    end, large = place, True
                    break
    before = end - size - start
    if before < 0 or size > MOST_DIRECTORY:
        raise ContainerError("the directory of the archive is damaged, or its start is cut off: fetch it again")
    return _Directory(start + before, size, members, large, before)


def _end_record(tail: bytes) -> int:
    """Where the record of the end is: the last one whose comment ends with the file, else the last one; -1: none."""
    found = []
    at = tail.rfind(b"PK\5\6")
    while at >= 0:
        if len(tail) - at >= END.size:
            if at + END.size + END.unpack_from(tail, at)[-1] == len(tail):
                return at
            found.append(at)
        at = tail.rfind(b"PK\5\6", 0, at)
    return found[0] if found else -1


def _record(data: bytes, at: int, before: int) -> tuple[_Record, int]:
    """A member at an offset of the directory, and where the next one is."""
    fixed = CENTRAL.unpack_from(data, at)
    _, made, _, flags, method, _, _, crc, packed, size, name_size, extra_size, comment, disk, _, mode, start = fixed
    name_at = at + CENTRAL.size
    extra_at = name_at + name_size
    name = data[name_at:extra_at].partition(b"\0")[0]
    text = name.decode("utf-8", "surrogateescape") if flags & UTF8 else name.decode("cp437")
    size, packed, start = _large(data[extra_at : extra_at + extra_size], size, packed, start)
    is_link = made >> 8 == UNIX and stat.S_ISLNK(mode >> 16)
    record = _Record(text, start + before, flags, method, crc, packed, size, disk, is_link)
    return record, extra_at + extra_size + comment


def _large(extra: bytes, *values: int) -> list[int]:
    """Sizes and offset, with those that need 64 bits out of the extra field (4.5.3)."""
    found, at = list(values), 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            for index, value in enumerate(found):
                if value == FULL32 and len(field) >= 8:
                    found[index], field = struct.unpack_from("<Q", field)[0], field[8:]
            break
        at += 4 + length
    return found


def _overlapping(records: list[_Record], directory: int) -> set[int]:
    """Numbers of members that lie over one before them or over the directory, as bombs of terabytes have them."""
    found: set[int] = set()
    end = 0
    for number in sorted(range(len(records)), key=lambda number: (records[number].start, records[number].end)):
        if records[number].start < end or records[number].end > directory:
            found.add(number)
        end = max(end, records[number].end)
    return found


def _entry(record: _Record, overlaps: bool) -> Entry:
    if record.flags & ENCRYPTED:
        return unusable(record.name, "encrypted; pack it again without a password")
    if record.method not in (STORED, DEFLATED):
        return unusable(record.name, "compressed in a way that only few programs know; pack it again with deflate")
    if record.disk not in (0, FULL16):
        return unusable(record.name, "on another volume of the archive; join them")
    if overlaps:
        return unusable(record.name, "lies over another member of the archive, or over its directory; pack it again")
    return Entry(record.name, record.size, f"{record.start}+{record.packed}+{record.method}+{record.crc}")


def _follow_links(file: BinaryIO, records: list[_Record], listed: list[Entry]) -> None:
    """Put in the place of links, in `listed`, what they refer to."""
    places = {place_of(record.name): number for number, record in enumerate(records)}
    for number, record in enumerate(records):
        target = number
        seen: set[int] = set()
        while records[target].is_link and not listed[target].error and target not in seen and len(seen) < MOST_LINKS:
            seen.add(target)
            text = _link_text(file, records[target])
            target = places.get(place_of(text, records[target].name), -1) if text else -1
            if target < 0:
                break
        if not record.is_link or listed[number].error:
            continue
        if target < 0 or records[target].is_link:
            listed[number] = unusable(record.name, "a link to nothing that the archive holds")
        else:
            listed[number] = listed[target]._replace(name=record.name)


def _link_text(file: BinaryIO, record: _Record) -> str:
    """What a link says, or ''."""
    if max(record.size, record.packed) > MOST_LINK:
        return ""
    try:
        file.seek(record.start)
        file.seek(data_start(file.read(LOCAL.size), record.start))
        data = unpacked(file.read(record.packed), record.method, record.size, record.crc)
    except ContainerError:
        return ""
    return data.decode("utf-8", "surrogateescape")
