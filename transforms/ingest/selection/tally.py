"""What listing leaves out, and what it takes for its first bytes, counted: nothing disappears without a word."""

import posixpath
import threading

from lookalike.transforms.core.messages import as_text

MOST_KINDS = 1000
MOST_LETTERS = 16
SHOWN = 6
"""Kinds in one line."""
HIDDEN = "hidden"
"""Files and folders whose name begins with a dot, and the shadows that macOS packs beside files."""
FOLDER, EMPTY = "folder", "empty row"
OTHER = "other"
"""Files of suffixes beyond the first thousand, and of what is too long for one or no text for a terminal."""


class Tally:
    """Counts of files by suffix; '' is that of files without one."""

    def __init__(self) -> None:
        """Nothing was counted yet."""
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, path: str) -> None:
        """Count a file."""
        name = posixpath.basename(path)
        hidden = name.startswith(".") or "/." in path or path.startswith("__MACOSX/")
        suffix = HIDDEN if hidden else posixpath.splitext(name)[1].lower()
        suffix = as_text(suffix)
        self._count(suffix if len(suffix) <= MOST_LETTERS and suffix.isprintable() else OTHER)

    def add_folder(self) -> None:
        """Count a folder that a pattern matched, and that is therefore not looked into."""
        self._count(FOLDER)

    def add_row(self) -> None:
        """Count a row of a manifest that names nothing."""
        self._count(EMPTY)

    def _count(self, kind: str) -> None:
        with self._lock:
            if kind not in self._counts and len(self._counts) >= MOST_KINDS:
                kind = OTHER
            self._counts[kind] = self._counts.get(kind, 0) + 1

    def counts(self) -> dict[str, int]:
        """Files by suffix, most first."""
        return dict(sorted(self._counts.items(), key=lambda item: (-item[1], item[0])))


LEFT_OUT, SNIFFED = "left out", "listed by their first bytes"
"""What is done with files, as `told` says it."""


def told(counts: dict[str, int], done: str) -> str:
    """Counts by kind, most first, and what was done with them -> one line."""
    number = sum(counts.values())
    return f"{number:,} {'file was' if number == 1 else 'files were'} {done}: {kinds_of(counts)}"


def kinds_of(counts: dict[str, int]) -> str:
    """Counts by kind, most first -> the first of them in words, and how many the others are."""
    kinds = [f"{number:,} {kind or 'without a suffix'}" for kind, number in counts.items()]
    if len(kinds) > SHOWN:
        kinds[SHOWN:] = [f"{sum(list(counts.values())[SHOWN:]):,} of other kinds"]
    return ", ".join(kinds)
