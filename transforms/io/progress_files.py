"""How far a run is: workers count what they finish into small files that the launcher reads.

Beam's local runner tells of counters when a bundle is finished, which is when the stage is. A tick is one byte
appended to a file of the worker's own below a local folder; a bundle that is retried is counted twice, which only a
progress bar sees.
"""

import os
import uuid
from pathlib import Path

BLOCK = 16


class ProgressFile:
    """Counts of one worker. folder: where, or '' for nowhere."""

    def __init__(self, folder: str, name: str) -> None:
        """`name`: of what is counted."""
        self.path = Path(folder, f"{name}.{os.getpid()}.{uuid.uuid4().hex}") if folder else None
        self.waiting = 0

    def add(self, count: int = 1) -> None:
        """Something more is finished; written in blocks."""
        self.waiting += count
        if self.waiting >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write what waits. The folder may be gone, with its run: progress is no reason to fail."""
        if self.path is not None and self.waiting and self.path.parent.is_dir():
            with self.path.open("ab") as file:
                file.write(b"." * self.waiting)
        self.waiting = 0


def count_progress(folder: str, name: str) -> int:
    """What all workers have counted so far."""
    total = 0
    for path in Path(folder).glob(f"{name}.*"):
        total += path.stat().st_size
    return total
