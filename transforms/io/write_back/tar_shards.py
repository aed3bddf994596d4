"""A WebDataset shard in, the same shard without its copies out: all members of a sample stay or go together."""

import hashlib
import posixpath
import tarfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from lookalike.transforms.io.archives.entries import Entry
from lookalike.transforms.io.archives.tar_headers import BLOCK
from lookalike.transforms.io.archives.tars import END_MARK, RECORD, list_tar
from lookalike.transforms.io.parquet_sink import ChangedError
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import DUPLICATE_OF, Outcome, check_content
from lookalike.transforms.storage.drafts import Draft
from lookalike.transforms.storage.ranges import open_ranges

PIECE = 1 << 22
MARK = f"{DUPLICATE_OF}.txt"
"""Extension of the member that says of which image a sample's is a copy; empty where it is none."""


class Sample(NamedTuple):
    """Members of one key. goes: all of its images are copies. duplicate_of: of the first of them, if it goes."""

    images: int
    goes: bool
    duplicate_of: str


def key_of_sample(name: str) -> str:
    """What members of one sample have in common: the path up to the first dot of the file's name. Names without one are
    samples of their own.
    """
    folder, base = posixpath.split(name)
    stem, dot, _ = base.partition(".")
    return posixpath.join(folder, stem) if stem and dot else name


def write_tar(container: str, fates: Iterable[Fate], mark: bool, draft: Draft) -> Outcome:
    """One shard without the samples whose images are all copies, in its order; or, with `mark`, all of it, each sample
    with a member that names the image that it is a copy of.

    Raises:
        ChangedError: an image is not what was audited.
        OSError: the shard can't be read.
    """
    by_name = {fate.uri.partition("://")[2].partition("::")[0]: fate for fate in fates}
    with open_ranges(container) as file:
        entries = list_tar(file)
        usable = [entry for entry in entries if entry.name and not entry.error]
        missing = {name for name, fate in by_name.items() if fate.content_hash} - {entry.name for entry in usable}
        if missing:
            raise ChangedError(f"{container} no longer holds {min(missing)}; run `lookalike audit` again")
        samples = dict(_samples(usable, by_name))
        last = {key_of_sample(entry.name): number for number, entry in enumerate(usable)}
        latest = {entry.name: number for number, entry in enumerate(usable)}
        for number, entry in enumerate(usable):
            key = key_of_sample(entry.name)
            sample = samples[key]
            drops = sample.goes and not mark
            fate = by_name.get(entry.name) if latest[entry.name] == number else None
            if not drops or fate:
                _copy(file, entry, fate, None if drops else draft)
            if mark and sample.images and last[key] == number:
                name = f"{key}.{MARK}"
                if name in latest:
                    raise ChangedError(f"{container} already holds {name}; rename it, or write without --images all")
                add_member(draft, tarfile.TarInfo(name), sample.duplicate_of.encode())
    end(draft)
    gone = [sample for sample in samples.values() if sample.goes and not mark]
    dropped = sum(sample.images for sample in gone)
    left = [(entry.name or container, entry.message) for entry in entries if entry.error or not entry.name]
    return Outcome(len(by_name) - dropped, dropped, left)


def _samples(entries: list[Entry], fates: dict[str, Fate]) -> Iterator[tuple[str, Sample]]:
    members: dict[str, list[str]] = {}
    for name in dict.fromkeys(entry.name for entry in entries):
        members.setdefault(key_of_sample(name), []).append(name)
    for key, names in members.items():
        images = [fates[name] for name in names if name in fates]
        goes = bool(images) and all(fate.goes for fate in images)
        yield key, Sample(len(images), goes, images[0].duplicate_of if goes else "")


def _copy(file: BinaryIO, entry: Entry, fate: Fate | None, draft: Draft | None) -> None:
    """One member, with the mode, the times and the owner that it had; without a draft it is looked at only."""
    start, size = (int(number) for number in entry.at.split("+"))
    info = _info(file, entry, start, size)
    if draft:
        draft.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    digest = hashlib.blake2b(digest_size=32)
    file.seek(start)
    left = size
    while left:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise ChangedError(f"{entry.name} is cut off; was its archive changed? Run `lookalike audit` again")
        digest.update(piece)
        left -= len(piece)
        if draft:
            draft.write(piece)
    if draft:
        draft.write(bytes(-size % BLOCK))
    if fate:
        check_content(fate, digest.digest())


def _info(file: BinaryIO, entry: Entry, start: int, size: int) -> tarfile.TarInfo:
    """The header of a member: the block before its bytes, with its whole name; a link has what it refers to."""
    file.seek(start - BLOCK)
    try:
        info = tarfile.TarInfo.frombuf(file.read(BLOCK), "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        info = tarfile.TarInfo()
    info.name, info.size, info.type, info.linkname = entry.name, size, tarfile.REGTYPE, ""
    info.pax_headers = {}
    return info


def end(draft: Draft) -> None:
    """Write what ends an archive."""
    draft.write(bytes(END_MARK))
    draft.write(bytes(-draft.bytes % RECORD))


def add_member(draft: Draft, info: tarfile.TarInfo, data: bytes) -> None:
    """Write one member, called and dated as `info` is."""
    info.size = len(data)
    draft.write(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))
    draft.write(data + bytes(-len(data) % BLOCK))
