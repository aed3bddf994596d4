"""Writes what reviewers decide into the file of verdicts, into which others may write at the same time."""

import threading
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import tenacity

from lookalike.pipelines.review import verdict_file
from lookalike.pipelines.review.server.index import VERDICTS, replace_verdicts
from lookalike.pipelines.review.server.pictures import Pictures
from lookalike.pipelines.run.lock import LockedError
from lookalike.transforms.clustering.verdicts import KINDS, Hashes
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.storage.stores import store

PATIENCE = 5.0
"""Seconds to wait for another writer of the file."""

Rows = list[dict[str, Any]]


class Decided(NamedTuple):
    """What holds after a change.

    Attributes:
        pair: content hashes of the two images in hex, the lower one first.
        verdict: about this pair; None if there is none.
        undoable: number of changes of this session that can be undone.
        noted: number of pairs that the file has a verdict about.
    """

    pair: tuple[str, str]
    verdict: str | None
    undoable: int
    noted: int


class Judging:
    """The file of verdicts as one session sees and changes it. Threads may share it."""

    def __init__(self, path: str, author: str, index: duckdb.DuckDBPyConnection, pictures: Pictures) -> None:
        """Read the file, if it exists.

        Args:
            path: the file, which is made with the first verdict.
            author: who decides; '' means the name of the user.
            index: is told all verdicts.
            pictures: the pictures of the audit.

        Raises:
            VerdictError: the file can't be used.
        """
        self.path, self._author = path, author
        self._index, self._pictures = index, pictures
        self._lock = threading.RLock()
        self._done: list[tuple[Rows, Rows]] = []
        self._latest: dict[Hashes, dict[str, Any]] = {}
        self._seen: str | None = None
        self.refresh()

    @property
    def noted(self) -> int:
        """Number of pairs that the file has a verdict about."""
        return len(self._latest)

    def refresh(self) -> None:
        """Tell the index what is in the file, if that has changed. Errors are those of the constructor."""
        with self._lock:
            seen = self._state()
            if seen == self._seen:
                return
            self._latest = verdict_file.latest_of(verdict_file.rows_so_far(self.path), self.path)
            columns = [
                [a for a, _ in self._latest],
                [b for _, b in self._latest],
                [row["verdict"] for row in self._latest.values()],
            ]
            replace_verdicts(self._index, pa.table(columns, schema=VERDICTS))
            self._seen = seen

    def judge(self, uris: tuple[str, str], verdict: str | None) -> Decided:
        """Record a verdict about two images; None takes the one that holds back.

        A verdict that holds already is not recorded again.

        Raises:
            LookupError: the audit has no such image.
            VerdictError: the two files are equal, it is no verdict, or the file of verdicts can't be used.
            LockedError: another process has been writing to the file for longer than `PATIENCE`.
        """
        if verdict not in (None, *KINDS):
            raise verdict_file.VerdictError(f"a verdict is {' or '.join(map(repr, KINDS))}, not {verdict!r}")
        a, b = sorted(self._pictures.content(uri) for uri in uris)
        with self._lock:
            self.refresh()
            holds = self._latest.get((a, b))
            if verdict == (holds["verdict"] if holds else None):
                return self._decided((a, b))
            if verdict is not None:
                row = verdict_file.new_row(a.hex(), b.hex(), verdict, self._author, held=holds)
                return self._change((a, b), [row], [])
            return self._change((a, b), [], [self._latest[a, b]])

    def undo(self) -> Decided | None:
        """Undo the last change of this session; None if there is none. Errors are those of `judge`."""
        with self._lock:
            if not self._done:
                return None
            added, removed = self._done[-1]
            row = (added or removed)[0]
            a, b = sorted(bytes.fromhex(row[name]) for name in verdict_file.COLUMNS[:2])
            decided = self._change((a, b), removed, added)
            del self._done[-2:]  # it, and that it was taken back
            return decided._replace(undoable=len(self._done))

    def _change(self, pair: Hashes, added: Rows, removed: Rows) -> Decided:
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(LockedError),
            stop=tenacity.stop_after_delay(PATIENCE),
            wait=tenacity.wait_fixed(0.05),
            reraise=True,
        )
        again(verdict_file.change, self.path, added, removed)
        self._done.append((added, removed))
        self.refresh()
        return self._decided(pair)

    def _decided(self, pair: Hashes) -> Decided:
        holds = self._latest.get(pair)
        a, b = pair
        return Decided((a.hex(), b.hex()), holds["verdict"] if holds else None, len(self._done), self.noted)

    def _state(self) -> str:
        """Describe the state of the file; the text is another one if the file has changed."""
        fs, path = store(absolute(self.path))
        return str(fs.info(path)) if fs.exists(path) else ""
