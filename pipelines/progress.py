"""What a person sees while a run goes on, on stderr: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from transforms.ticks import count_ticks

INTERVAL = 30.0
"""Seconds between two lines where stderr is no terminal."""


class Progress:
    """A stop-watch that speaks. seconds: wall time of each finished stage, by name."""

    def __init__(self, folder: str) -> None:
        """`folder`: where workers leave their ticks; '' where they can't."""
        self.seconds: dict[str, float] = {}
        self.folder = folder
        self._last = time.monotonic()

    def done(self, stage: str, count: int, things: str) -> None:
        """A stage is finished: note its time, and say so."""
        now = time.monotonic()
        took, self._last = now - self._last, now
        self.seconds[stage] = round(took, 3)
        rate = f", {count / took:,.0f}/s" if took > 0.05 else ""
        _say(f"{stage} {count:,} {things} in {took:,.1f} s{rate}")

    def say(self, text: str) -> None:
        """Tell something that the user should know."""
        _say(text)

    @contextlib.contextmanager
    def watch(self, name: str, total: int | None, things: str) -> Iterator[None]:
        """While the body runs, tell how many of `total` things the ticks of this name count; None: no end known."""
        if not self.folder:
            yield
            return
        ended = threading.Event()
        show = _draw if sys.stderr.isatty() else _tell
        thread = threading.Thread(target=show, args=(self.folder, name, total, things, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _say(text: str) -> None:
    print(f"lookalike: {text}", file=sys.stderr, flush=True)


def _draw(folder: str, name: str, total: int | None, things: str, ended: threading.Event) -> None:
    speed = TextColumn("{task.speed:,.0f} " + things + "/s" if total else "")
    columns = (TextColumn(things), BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=total)
        while not ended.wait(0.5):
            bar.update(task, completed=count_ticks(folder, name))


def _tell(folder: str, name: str, total: int | None, things: str, ended: threading.Event) -> None:
    started = time.monotonic()
    while not ended.wait(INTERVAL):
        count, took = count_ticks(folder, name), time.monotonic() - started
        if total and count:
            left = (total - count) * took / count
            _say(f"{count:,} of {total:,} {things}, {count / took:,.0f}/s, about {left:,.0f} s left")
        else:
            _say(f"{count:,} {things} after {took:,.0f} s")
