"""Rows of a manifest in, each with what listings tell of it out: files of one folder are looked up by listing it, where
that costs less than to ask for each.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator

from lookalike.transforms.core.records import Source
from lookalike.transforms.ingest.manifests.rows import Row
from lookalike.transforms.storage.folders.pages import PAGED, is_paged, pages
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.stores import store

WORTH = 50
"""Files that a page has to tell of. It costs about as much time of a processor as asking for 50, and at Amazon's prices
as much money as asking for 13.
"""
ROWS, LETTERS = 10_000, 2_000_000
"""Rows that are looked up together, and letters of their names: no more, whatever the manifest."""
AT_ONCE = 2
"""Lists of so many rows that are looked up at once."""


def look_up(rows: Iterator[Row], target: Callable[[Row], str]) -> Iterator[tuple[Row, dict[str, Source]]]:
    """Rows in order, each with files by their URIs. target: the URI that a row names, or '' if it is none.

    Nothing is said of rows that are not among the files: they may be there or not.
    """

    def told(group: list[Row]) -> tuple[list[Row], dict[str, Source]]:
        return group, listed_together(map(target, group))

    for group, files in prefetch(told, _groups(rows), AT_ONCE):
        yield from ((row, files) for row in group)


def _groups(rows: Iterator[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    letters = 0
    for row in rows:
        group.append(row)
        letters += len(row.name)
        if len(group) == ROWS or letters > LETTERS:
            yield group
            group, letters = [], 0
    if group:
        yield group


def listed_together(uris: Iterable[str]) -> dict[str, Source]:
    """Those of the files of which listings tell cheaply, by URI. Of all others, whether they are there or not, nothing
    is known: of those on stores without pages, of few in a folder or far apart, and of folders that can't be listed.
    """
    told: dict[str, Source] = {}
    plain = {uri for uri in uris if uri.partition("://")[0] in PAGED and "::" not in uri}
    for folder, group in itertools.groupby(sorted(plain, key=_parted), key=lambda uri: _parted(uri)[0]):
        names = [_parted(uri)[1] for uri in group]
        if len(names) >= WORTH and folder.count("/") >= 2:
            told.update((source.uri, source) for source in _in_folder(folder, names))
    return told


def _in_folder(folder: str, names: list[str]) -> list[Source]:
    """Names in order -> those that pages tell of, for as long as these are worth it."""
    found: list[Source] = []
    asked = 0
    try:
        fs, path = store(folder)
        while is_paged(fs) and len(names) >= WORTH and asked * WORTH <= len(found):
            there = {source.uri.rpartition("/")[2]: source for source in next(pages(fs, path, names[0])).files}
            asked += 1
            found += (there[name] for name in names if name in there)
            # the first is asked for by itself, and so is whatever was not there
            last = max(there, default=names[-1])
            names = [name for name in names[1:] if name > last]
    except (OSError, ValueError):
        pass  # asking for each one tells what is wrong
    return found


def _parted(uri: str) -> tuple[str, str]:
    folder, _, name = uri.rpartition("/")
    return folder, name
