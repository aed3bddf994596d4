"""Decoding apart from the worker: a codec that crashes, hangs or asks for all memory costs one image.

A worker has one decoder process (`decoder`), started with its first image and again where it ended. It gets bytes and
limits, and sends back hashes and small planes. It has none of the worker's environment, and what it says is checked.
"""

import atexit
import contextlib
import functools
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lookalike.transforms.decoding import wire
from lookalike.transforms.decoding.decoder import WALL
from lookalike.transforms.functional.images import complaints, planes
from lookalike.transforms.functional.images.pdq import Pdq
from lookalike.transforms.functional.images.picture import Picture, Planes, Properties

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
FAILURES = ("undecodable", "too_large", "too_slow", "too_much_memory", "crashed")
KIND = re.compile(r"[A-Za-z0-9 ._+-]{1,32}")
"""Name of a file format."""
SAMPLES = re.compile(r"[A-Za-z0-9]{1,12}~?\+?")
"""How values are stored."""

Answer = TypeVar("Answer")
Read = Callable[[dict[str, Any], np.ndarray], Answer]
"""What a decoder said, and the bytes that belong to it -> the answer, if it is one."""


class Limits(NamedTuple):
    """Of one image. max_pixels, full_side: see `decode`. seconds: of the processor. memory: bytes that decoding takes
    beyond what the process has, or `decoder.BYTES_A_PIXEL` for each of the image's pixels, if those are more. pdq: in
    these limits its PDQ hash is computed, too.
    """

    max_pixels: int
    full_side: float
    seconds: float
    memory: int
    pdq: bool = False


class UnreadableError(ValueError):
    """An image that can't be had. name: one of FAILURES. again: another process may have another answer."""

    def __init__(self, name: str, message: str, again: bool = False) -> None:
        """`message`: one line; addresses and folders are taken out of it."""
        super().__init__(complaints.same(message))
        self.name, self.again = name, again


class Decoder:
    """The supervised decoder process of this one. Threads may share it: one image is decoded at a time.

    seconds: of the processor that images have taken there.
    """

    def __init__(self) -> None:
        """Starts nothing."""
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def picture(self, data: bytes, limits: Limits, wanted: planes.EmbeddingPlane) -> Picture:
        """Encoded bytes -> what fingerprints are made from.

        Raises:
            UnreadableError: no image, a broken one, or one that takes more than the limits.
            RuntimeError: the decoder does not start, or our own code failed in it.
        """
        return self._ask({"plane": wanted}, data, limits, functools.partial(_picture, wanted=wanted))

    def reduced(self, data: bytes, limits: Limits, side: int) -> np.ndarray:
        """Encoded bytes -> (h, w, 3) uint8 RGB, upright, with no side longer than `side` px. Raises as `picture`."""
        return self._ask({"side": side}, data, limits, functools.partial(_reduced, side=side))

    def close(self) -> None:
        """End the process; the next image starts another."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """In a fork: the process is another one's, and so is whoever holds the lock."""
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.forget()
        self._process = None

    def _ask(self, what: dict[str, Any], data: bytes, limits: Limits, read: Read[Answer]) -> Answer:
        told = {**what, **limits._asdict(), "generous": False}
        with self._lock:
            try:
                return self._tried(told, data, read)
            except UnreadableError as error:
                if not error.again:
                    raise
            # Perhaps the image before is to blame, or memory that the process kept. What a new process says holds,
            # so that the verdict on an image does not depend on others.
            self._end()
            return self._tried({**told, "generous": True}, data, read)

    def _tried(self, told: dict[str, Any], data: bytes, read: Read[Answer]) -> Answer:
        if self._process is None or self._process.has_ended():
            self._end()
            try:
                self._process = _Process()
            except OSError as error:  # of open files, processes, room for a file: no image is to blame
                raise RuntimeError(f"the decoder process does not start: {error.strerror or error}") from error
        try:
            return self._understood(*self._process.exchange(told, data), read)
        except wire.WireError as error:
            self._end()
            raise UnreadableError("crashed", "the decoder answered nonsense", again=True) from error

    def _understood(self, told: dict[str, Any], data: np.ndarray, read: Read[Answer]) -> Answer:
        """The answer that a message is. Raises its failure, if it is one, or WireError, if it is nonsense."""
        try:
            seconds = float(told["cpu"])
            self.seconds += seconds if 0 <= seconds < math.inf else 0
            if "bug" in told:
                raise RuntimeError(str(told["bug"]))
            if "failure" in told:
                name, message = told["failure"]
                _hold(name in FAILURES)
                raise UnreadableError(name, str(message), told["cramped"] is True)
            return read(told, data)
        except UnreadableError:
            raise
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise wire.WireError("an answer of another kind") from error

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
        self._process = None


class _Process:
    """One decoder process, from its start to its end."""

    def __init__(self) -> None:
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
        return answer, wire.read_array(self._shared.fileno(), sum(map(math.prod, _shapes(answer))))

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


def _picture(told: dict[str, Any], data: np.ndarray, wanted: planes.EmbeddingPlane) -> Picture:
    """A Picture, if the answer is one that could be."""
    shown, properties = Planes(*_arrays(told, data)), _properties(told["properties"])
    sides = shown.embedding.shape[:2]
    _hold(
        shown.keypoints.shape == planes.keypoint_size(properties.width, properties.height)[::-1],
        shown.embedding.ndim == 2 + wanted.colour and shown.embedding.shape[2:] == (3,) * wanted.colour,
        sides == wanted.shape if wanted.shape else not any(side % wanted.multiple for side in sides),
        shown.thumbnail.ndim == 3 and shown.thumbnail.shape[2] == 3,
    )
    return Picture(properties, shown, _pdq(told["pdq"]) if "pdq" in told else None)


def _pdq(fields: list[Any]) -> Pdq:
    found, quality = bytes.fromhex(fields[0]), fields[1]
    _hold(len(found) == 32, type(quality) is int and 0 <= quality <= 100)
    return Pdq(found, quality)


def _properties(fields: dict[str, Any]) -> Properties:
    pixel_hash, exif = bytes.fromhex(fields["pixel_hash"]), fields["exif"]
    _hold(
        len(pixel_hash) == 32 and isinstance(exif, bool),
        KIND.fullmatch(fields["format"]) is not None,
        SAMPLES.fullmatch(fields["samples"]) is not None,
    )
    width, height, frames = (_count(fields[name]) for name in ("width", "height", "frames"))
    return Properties(pixel_hash, width, height, fields["format"], exif, frames, fields["samples"])


def _reduced(told: dict[str, Any], data: np.ndarray, side: int) -> np.ndarray:
    (pixels,) = _arrays(told, data)
    _hold(pixels.ndim == 3 and pixels.shape[2] == 3 and max(pixels.shape[:2]) <= side)
    return pixels


def _arrays(told: dict[str, Any], data: np.ndarray) -> list[np.ndarray]:
    """The arrays that an answer says are one behind the other in `data`."""
    shapes = _shapes(told)
    pieces = np.split(data, np.cumsum([math.prod(shape) for shape in shapes])[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _shapes(told: dict[str, Any]) -> list[tuple[int, ...]]:
    """Of the arrays of an answer, of which none is empty."""
    return [tuple(map(_count, _list(shape))) for shape in _list(told.get("arrays", []))]


def _list(value: Any) -> list[Any]:
    _hold(isinstance(value, list))
    return list(value)


def _count(value: Any) -> int:
    _hold(type(value) is int and 0 < value < 1 << 31)
    return int(value)


def _hold(*promises: bool) -> None:
    if not all(promises):
        raise wire.WireError("an answer that can't be")


@functools.cache
def decoder() -> Decoder:
    """The one of this process."""
    made = Decoder()
    atexit.register(made.close)
    os.register_at_fork(after_in_child=made.forget)  # a fork has one of its own
    return made


os.register_at_fork(after_in_child=decoder.cache_clear)
