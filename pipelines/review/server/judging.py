"""What reviewers decide, straight into the file of verdicts: others may write there at the same time."""

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
"""Seconds in which another writer of the file should be done."""

Rows = list[dict[str, Any]]


class Decided(NamedTuple):
    """What holds of a pair after a change. pair: content hashes in hex, the lower first. verdict: or None.
    undoable: changes of this session that can be taken back. noted: pairs that the file has a verdict on.
    """

    pair: tuple[str, str]
    verdict: str | None
    undoable: int
    noted: int


class Judging:
    """The file of verdicts as this session knows and changes it. Threads may share it.

    path: of the file, which is made with the first verdict. author: whose verdicts these are; "": the user's.
    """

    def __init__(self, path: str, author: str, index: duckdb.DuckDBPyConnection, pictures: Pictures) -> None:
        """Reads the file, if there is one. Raises as `verdict_file.load`."""
        self.path, self._author = path, author
        self._index, self._pictures = index, pictures
        self._lock = threading.RLock()
        self._done: list[tuple[Rows, Rows]] = []
        self._latest: dict[Hashes, dict[str, Any]] = {}
        self._seen: str | None = None
        self.refresh()

    @property
    def noted(self) -> int:
        """Pairs that the file has a verdict on."""
        return len(self._latest)

    def refresh(self) -> None:
        """Have the index know what is in the file, if that has changed. Raises as `verdict_file.load`."""
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
        """Note a verdict on two images, or take the one that holds back (None). What holds already is not noted again.

        Raises:
            LookupError: the audit has no such image.
            VerdictError: the two have the same bytes, it is no verdict, or the file can't be used.
            LockedError: somebody else is writing to the file, and takes long.
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
                return self._change((a, b), [verdict_file.new_row(a.hex(), b.hex(), verdict, self._author)], [])
            return self._change((a, b), [], [self._latest[a, b]])

    def undo(self) -> Decided | None:
        """Take the last change of this session back; None where there is none. Raises as `judge`."""
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
        """Something that differs where the file does."""
        fs, path = store(absolute(self.path))
        return str(fs.info(path)) if fs.exists(path) else ""
