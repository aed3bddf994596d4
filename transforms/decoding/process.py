"""One decoder process, from its start to its end: what it may see, how it is asked, and why it ended."""

import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any

import numpy as np

from lookalike.transforms.decoding import wire
from lookalike.transforms.decoding.answers import UnreadableError, shapes_in
from lookalike.transforms.decoding.decoder import WALL
from lookalike.transforms.functional.images import complaints

PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[3])  # what the worker imports from, of which -I takes a part away
from lookalike.transforms.decoding.decoder import main
main(int(sys.argv[1]), int(sys.argv[2]))
"""
START = 120.0
"""Seconds in which a decoder must be ready, however busy the machine is."""
GRACE = 20.0
"""Seconds that a decoder has beyond its own limits, before the worker ends it."""
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # of glibc: freed memory is kept for the next picture (`runtime`), one heap serves all threads, and what a codec
    # forgets to write is the same in every process
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_TOP_PAD_": str(64 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_PERTURB_": "165",
}
INHERITED = ("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
"""Without these, libraries are perhaps not found. Keys of stores are none of a codec's business."""


class DecoderProcess:
    """One decoder process, from its start to its end."""

    def __init__(self) -> None:
        """Start it, and wait until it is ready.

        Raises:
            OSError: there is no room for another process or file.
            RuntimeError: it ends, or is not ready in time.
        """
        self._line, theirs = socket.socketpair()
        self._shared = wire.shared_file()
        # unbuffered, and written at its end by both: it is cut where it stands
        self._written = tempfile.TemporaryFile("a+b", buffering=0)  # noqa: SIM115
        environment = ENVIRONMENT | {name: os.environ[name] for name in INHERITED if name in os.environ}
        with theirs:
            shared = theirs.fileno(), self._shared.fileno()
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-c", PROGRAM, *map(str, shared), json.dumps(sys.path)],
                stdin=subprocess.DEVNULL,
                stdout=self._written,
                stderr=self._written,
                pass_fds=shared,
                env=environment,
            )
        ready = None
        with contextlib.suppress(TimeoutError, wire.WireError):
            ready = wire.receive(self._line, time.monotonic() + START)
        if ready is None:
            said = complaints.read(self._written.fileno())
            self.end()
            raise RuntimeError(f"the decoder process does not start: {said or 'it says nothing'}")

    def has_ended(self) -> bool:
        """By itself: it was idle, or was killed."""
        return self._popen.poll() is not None

    def exchange(self, told: dict[str, Any], data: bytes) -> tuple[dict[str, Any], np.ndarray]:
        """A request, and the bytes that it is about -> the answer, and the bytes that belong to it.

        Raises:
            UnreadableError: the process ended, and that is why.
            WireError: the answer is none.
        """
        deadline = time.monotonic() + WALL * told["seconds"] + GRACE
        wire.write(self._shared.fileno(), data)
        answer = None
        try:
            with contextlib.suppress(BrokenPipeError):
                wire.send(self._line, told | {"size": len(data)})
                answer = wire.receive(self._line, deadline)
        except TimeoutError:
            self.end()
            raise _too_slow(told["seconds"]) from None
        if answer is None:
            raise self._why(told)
        return answer, wire.read_array(self._shared.fileno(), sum(map(math.prod, shapes_in(answer))))

    def _why(self, told: dict[str, Any]) -> UnreadableError:
        try:
            code = self._popen.wait(GRACE)
        except subprocess.TimeoutExpired:
            code = 0
        said = complaints.read(self._written.fileno())
        self.end()
        if code in (-signal.SIGPROF, -signal.SIGALRM):
            return _too_slow(told["seconds"])
        if code == -signal.SIGKILL:
            return UnreadableError("too_much_memory", "the system ended the decoder, for want of memory", again=True)
        by = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return UnreadableError("crashed", f"the decoder ended with {by}{': ' if said else ''}{said}", again=True)

    def forget(self) -> None:
        """Let go of what this process has of it."""
        self._line.close()
        self._shared.close()
        self._written.close()

    def end(self) -> None:
        """Kill it if it is there."""
        self._line.close()
        self._shared.close()
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.wait()
        self._written.close()


def _too_slow(seconds: float) -> UnreadableError:
    return UnreadableError("too_slow", f"decoding takes more than {seconds:g} seconds (read.seconds)")
