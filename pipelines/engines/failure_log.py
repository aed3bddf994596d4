"""What a run that fails leaves to read: one line on the terminal names the file that has the rest.

Everything that libraries log meanwhile goes to that file, from this process and from workers on this machine, and the
traceback. A run that does not fail leaves none.
"""

import contextlib
import logging
import os
import re
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from lookalike.pipelines.engines.scratch import folders_apart
from lookalike.pipelines.engines.worker import FAILURE_LOG
from lookalike.transforms.core.version import VERSION

RAISED = re.compile(
    r"(?:Caused by: )?(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Warning|Timeout|Refused)\b"
)
"""How the last line of a traceback begins, and of Java's the line of a cause."""
FRAME = re.compile(r"\s+at [\w.$/]+\(|\s+\.\.\. \d+ more$|]$")
"""What else is in a traceback of Java's that an engine passes on."""
OURS = re.compile(r"^(?:Caused by: )?(?:lookalike\.(?:\w+\.)*)?| \[while running '[^']*'\]$")
"""What says nothing to whoever runs a command: where a class of ours is defined, and the name of a step."""
LONGEST = 600


class FailureLog:
    """The file, which is there until the run has ended well. path: where it is."""

    def __init__(self, path: str) -> None:
        """See the class."""
        self.path = path
        self.keep = False

    def keep_with(self, error: BaseException) -> str:
        """Keep the file, with the traceback in it; the line for the terminal comes back."""
        if self.path == os.devnull:
            return f"failed: {cause(error)}"
        self.keep = True
        with open(self.path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write("".join(traceback.format_exception(error)))
        return f"failed: {cause(error)}; the traceback is in {self.path}"


@contextlib.contextmanager
def failure_log(command: str, inputs: Sequence[str]) -> Iterator[FailureLog]:
    """Send there what is logged until the end of the context. inputs: what is only read."""
    path = _made(f"lookalike-{command}-{datetime.now(timezone.utc).strftime('%Y-%m-%dT%H%M%SZ')}-", inputs)
    log = FailureLog(path)
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root, level, hook = logging.getLogger(), logging.getLogger().level, threading.excepthook
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    root.warning("lookalike %s %s", VERSION, command)
    threading.excepthook = _log_thread
    os.environ[FAILURE_LOG] = path
    try:
        yield log
    finally:
        os.environ.pop(FAILURE_LOG, None)
        threading.excepthook = hook
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
        if not log.keep and path != os.devnull:
            with contextlib.suppress(OSError):
                os.unlink(path)


def cause(error: BaseException) -> str:
    """What was raised first, in one line: Beam wraps what a worker raised in the text of its traceback."""
    lines = [line.rstrip() for line in str(error).splitlines() if line.strip() and not FRAME.match(line)]
    first = max((number for number, line in enumerate(lines) if RAISED.match(line)), default=None)
    if first is None:
        kind = type(error).__name__
        return f"{kind}: {lines[-1].strip()}"[:LONGEST] if lines else kind
    return OURS.sub("", " ".join(line.strip() for line in lines[first:]))[:LONGEST]


def _made(name: str, inputs: Sequence[str]) -> str:
    """A new file apart from the inputs, or nowhere if there is no such place."""
    for folder in folders_apart(inputs):
        with contextlib.suppress(OSError):
            handle, path = tempfile.mkstemp(".log", name, folder)
            os.close(handle)
            return path
    return os.devnull


def _log_thread(raised: threading.ExceptHookArgs) -> None:
    if raised.exc_value is not None:
        logging.getLogger().error("in a thread", exc_info=raised.exc_value)
