"""What a person sees while a run goes on, on stderr: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from lookalike.transforms.io.progress_files import count_progress

INTERVAL = 30.0
"""Seconds between two lines where stderr is no terminal."""


class Progress:
    """A stop-watch that speaks. seconds: wall time of each finished stage, by name."""

    def __init__(self, folder: str, log: str = "text") -> None:
        """`folder`: of the workers' progress files, or ''. log: 'text', 'json' for one object a line, or 'none'."""
        self.seconds: dict[str, float] = {}
        self.folder, self.log = folder, log
        self._name = ""
        self._ends = [time.monotonic()]  # of the stages; parts have it in common, since they follow one another

    def part(self, name: str) -> "Progress":
        """The same for a part of a run: its workers' files lie apart, its times are noted under its name."""
        part = Progress(f"{self.folder}/{name}" if self.folder else "", self.log)
        part.seconds, part._ends, part._name = self.seconds, self._ends, f"{name} "
        return part

    def done(self, stage: str, count: int, things: str) -> None:
        """A stage is finished: note its time, and say so."""
        now = time.monotonic()
        took = now - self._ends[-1]
        self._ends.append(now)
        stage = f"{self._name}{stage}"
        self.seconds[stage] = round(took, 3)
        rate = f", {count / took:,.0f}/s" if took > 0.05 and count >= took else ""
        said = f"{stage} {count:,} {things if count != 1 else things.removesuffix('s')} in {took:,.1f} s{rate}"
        self.say(said, stage=stage, count=count, things=things, seconds=round(took, 3))

    def say(self, text: str, **fields: Any) -> None:
        """Tell something that the user should know. fields: the same for machines."""
        if self.log == "none":
            return
        if self.log == "json":
            now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            text = json.dumps({"time": now, "message": text, **fields})
        else:
            text = f"lookalike: {text}"
        print(text, file=sys.stderr, flush=True)

    @contextlib.contextmanager
    def watch(self, name: str, total: int | None, things: str) -> Iterator[None]:
        """While the body runs, tell how many of `total` things the files of this name count; None: no end known."""
        if not self.folder or self.log == "none":
            yield
            return
        ended = threading.Event()
        show = self._draw if sys.stderr.isatty() and self.log == "text" else self._tell
        thread = threading.Thread(target=show, args=(name, total, things, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _draw(self, name: str, total: int | None, things: str, ended: threading.Event) -> None:
        speed = TextColumn("{task.speed:,.0f} " + things + "/s" if total else "")
        columns = (TextColumn(things), BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn())
        with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(name, total=total)
            while not ended.wait(0.5):
                bar.update(task, completed=count_progress(self.folder, name))

    def _tell(self, name: str, total: int | None, things: str, ended: threading.Event) -> None:
        started = time.monotonic()
        while not ended.wait(INTERVAL):
            count, took = count_progress(self.folder, name), time.monotonic() - started
            if total and count:
                left = (total - count) * took / count
                said = f"{count:,} of {total:,} {things}, {count / took:,.0f}/s, about {left:,.0f} s left"
            else:
                said = f"{count:,} {things} after {took:,.0f} s"
            self.say(said, things=things, count=count, total=total, seconds=round(took, 1))
