"""Images in, the same bytes as files of a new folder out, where they lay below the one that all had in common."""

from collections.abc import Iterable, Iterator, Sequence

from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.core.messages import one_line
from lookalike.transforms.core.records import Source
from lookalike.transforms.ingest.archives.containers import UNLIMITED, member_of, read_named, read_rows
from lookalike.transforms.ingest.archives.entries import ContainerError
from lookalike.transforms.io.parquet_sink import ChangedError
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import Outcome, check_content
from lookalike.transforms.io.write_back.targets import target_of
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.regular import NotAFileError
from lookalike.transforms.storage.sources import source_of
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import keep, write_bytes

CONNECTIONS = 8
"""Files that are copied at once."""
UNREAD = (FileNotFoundError, IsADirectoryError, NotAFileError, ContainerError, PermissionError)
"""Why the audit could not read an image either; anything else may pass."""


def write_images(fates: Iterable[Fate], mark: bool, root: str, common: str) -> Outcome:
    """Images to files below `root`, without those that are copies unless `mark`. common: folder of all of them.

    Raises:
        ChangedError: one is not what was audited, or two would be one file.
        OSError: one can't be read.
    """
    chosen = [fate for fate in fates if mark or not fate.goes]
    gone = [fate for fate in fates if not mark and fate.goes]
    targets = {fate.uri: target_of(fate.uri, common, fate.format) for fate in chosen}
    taken: dict[str, str] = {}
    for uri, target in targets.items():
        other = taken.setdefault(target.casefold(), uri)  # on some file systems the case says nothing
        if other != uri:
            raise ChangedError(f"{other} and {uri} would both become {target}; rename one, and audit again")

    def write(item: tuple[Fate, bytes | Exception | None]) -> tuple[str, str] | None:
        fate, data = item
        try:
            data = data or _read(fate)
            if isinstance(data, Exception):
                raise data
        except UNREAD as error:
            if fate.content_hash:
                raise
            return fate.uri, one_line(error)
        check_content(fate, content_hash(data))
        write_bytes(f"{root}/{targets[fate.uri]}", data)
        return None

    left = [found for found in prefetch(write, _rows(chosen), CONNECTIONS) if found]
    for _ in prefetch(_check_gone, [fate for fate in gone if not member_of(fate.uri)], CONNECTIONS):
        pass
    keep(f"{root}/{target}" for uri, target in targets.items() if uri not in dict(left))
    return Outcome(len(chosen) - len(left), len(gone), left)


def _rows(fates: Sequence[Fate]) -> Iterator[tuple[Fate, bytes | Exception | None]]:
    """Every image: rows of a table with their bytes, since they are read by the row group, others without."""
    rows = {fate.uri: fate for fate in fates if (member := member_of(fate.uri)) and member.kind == "parquet"}
    for source, data in read_rows([Source(uri, -1, "", "") for uri in rows], UNLIMITED):
        yield rows[source.uri], data
    yield from ((fate, None) for fate in fates if fate.uri not in rows)


def _read(fate: Fate) -> bytes:
    return read_named(fate.uri) if member_of(fate.uri) else read_file(fate.uri, fate.bytes)


def _check_gone(fate: Fate) -> None:
    """See that a file that is left out is what was audited, as far as its store tells; else by its bytes."""
    fs, path = store(fate.uri)
    found = source_of(fs, fs.info(path))
    if (found.bytes, found.modified, found.etag) != (fate.bytes, fate.modified, fate.etag):
        check_content(fate, content_hash(read_file(fate.uri)))
