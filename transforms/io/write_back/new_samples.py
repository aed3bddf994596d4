"""What becomes a sample of a new shard, or a row of a new table."""

import posixpath
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lookalike.transforms.functional.images.formats.opened import SUFFIXES
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import Outcome
from lookalike.transforms.io.write_back.reading import CONNECTIONS, check_gone, read, unread
from lookalike.transforms.io.write_back.targets import spelled
from lookalike.transforms.storage.prefetch import prefetch

KNOWN = frozenset(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)


class Sample(NamedTuple):
    """path: where the image lay, below the folder that all had in common. suffix: with its dot, or ''."""

    fate: Fate
    path: str
    suffix: str
    data: bytes


def samples(fates: Iterable[Fate], mark: bool, common: str) -> tuple[Outcome, Iterator[Sample]]:
    """Images without those that are copies, unless `mark`; those that the audit could not read are no samples. They are
    read one after another, and after them what is left out is looked at.

    Raises:
        ChangedError: an image is not what was audited.
        OSError: one can't be read.
    """
    some = list(fates)
    chosen = [fate for fate in some if fate.content_hash and (mark or not fate.goes)]
    gone = [fate for fate in some if not mark and fate.goes]
    left = [(fate.uri, "the audit could not read it") for fate in some if not fate.content_hash]
    return Outcome(len(chosen), len(gone), left), _samples(chosen, gone, common)


def _samples(chosen: list[Fate], gone: list[Fate], common: str) -> Iterator[Sample]:
    for fate, data in prefetch(read, unread(chosen), CONNECTIONS):
        yield Sample(fate, spelled(fate.uri).removeprefix(common), suffix_of(fate), data)
    check_gone(gone)


def suffix_of(fate: Fate) -> str:
    """The suffix that an image's name has, if one of its kind is known; else one of its format."""
    member = member_of(fate.uri)
    name = member.name if member else fate.uri
    own = posixpath.splitext(name)[1].lower()
    return own if own in KNOWN else next(iter(SUFFIXES.get(fate.format, ())), "")
