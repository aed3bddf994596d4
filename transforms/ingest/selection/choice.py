"""Which of what is listed is taken for an image, and what is said of the rest."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lookalike.transforms.core.messages import error_name, one_line
from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.functional.images.formats.signatures import LOOKED_AT, format_of
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.selection.suffixes import is_unknown
from lookalike.transforms.ingest.selection.tally import Tally
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.reading import on_this_machine, read_range

AT_ONCE = 16
"""Beginnings of files of a remote store that are read at once."""


class Unsure(NamedTuple):
    """Something whose name does not tell what it is. start: reads its first bytes, and raises OSError where it can't.
    record: what it is listed as if it is an image.
    """

    name: str
    start: Callable[[], bytes]
    record: Source | Failure


class Choice:
    """What is taken of the inputs.

    sniff: files whose suffix is not known, or that have none, are taken where they begin as an image does. left_out:
    counts what is not taken, and sniffed, what is taken for its first bytes. carried: columns that come along.
    """

    def __init__(self, sniff: bool = False, columns: Iterable[str] = (), needed: Iterable[str] | None = None) -> None:
        """Nothing was chosen yet. columns: names of those that come along. needed: as of `Carried`."""
        self.sniff, self.left_out, self.sniffed = sniff, Tally(), Tally()
        self.carried = Carried(columns, needed)

    def looks_into(self, name: str) -> bool:
        """Do the first bytes of a file decide that has no image's suffix?"""
        return self.sniff and is_unknown(name)

    def settled(self, records: Iterable[Source | Failure | Unsure], local: bool) -> Iterator[Source | Failure]:
        """The records that are sure, and what the others turn out to be, in their order. local: nothing is gained by
        reading several at once.
        """
        found = map(self._settle, records) if local or not self.sniff else prefetch(self._settle, records, AT_ONCE)
        return (record for record in found if record is not None)

    def _settle(self, record: Source | Failure | Unsure) -> Source | Failure | None:
        if not isinstance(record, Unsure):
            return record
        try:
            with on_this_machine(record.record.uri):
                taken = format_of(record.start()) is not None
        except OSError as error:
            return Failure(record.record.uri, "list", error_name(error), f"can't be looked into: {one_line(error)}")
        (self.sniffed if taken else self.left_out).add(record.name)
        return record.record if taken else None


def unsure(name: str, source: Source) -> Unsure:
    """A file that is no member of an archive."""

    def start() -> bytes:
        size = LOOKED_AT if source.bytes < 0 else min(source.bytes, LOOKED_AT)
        return read_range(source.uri, 0, size) if size else b""

    return Unsure(name, start, source)
