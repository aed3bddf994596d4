"""Decoding apart from the worker: a codec that crashes, hangs or asks for all memory costs one image.

A worker has one decoder process (`decoder`), started with its first image and again where it ended. It gets bytes and
limits, and sends back hashes and small planes. It has none of the worker's environment, and what it says is checked.
"""

import atexit
import functools
import math
import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from lookalike.transforms.decoding import wire
from lookalike.transforms.decoding.answers import FAILURES, UnreadableError, hold, picture_in, reduced_in
from lookalike.transforms.decoding.process import DecoderProcess
from lookalike.transforms.functional.images import planes
from lookalike.transforms.functional.images.picture import Picture

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


class Decoder:
    """The supervised decoder process of this one. Threads may share it: one image is decoded at a time.

    seconds: of the processor that images have taken there.
    """

    def __init__(self) -> None:
        """Starts nothing."""
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._process: DecoderProcess | None = None

    def picture(self, data: bytes, limits: Limits, wanted: planes.EmbeddingPlane) -> Picture:
        """Encoded bytes -> what fingerprints are made from.

        Raises:
            UnreadableError: no image, a broken one, or one that takes more than the limits.
            RuntimeError: the decoder does not start, or our own code failed in it.
        """
        return self._ask({"plane": wanted}, data, limits, functools.partial(picture_in, wanted=wanted))

    def reduced(self, data: bytes, limits: Limits, side: int) -> np.ndarray:
        """Encoded bytes -> (h, w, 3) uint8 RGB, upright, with no side longer than `side` px. Raises as `picture`."""
        return self._ask({"side": side}, data, limits, functools.partial(reduced_in, side=side))

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
                self._process = DecoderProcess()
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
                hold(name in FAILURES)
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


@functools.cache
def decoder() -> Decoder:
    """The one of this process."""
    made = Decoder()
    atexit.register(made.close)
    os.register_at_fork(after_in_child=made.forget)  # a fork has one of its own
    return made


os.register_at_fork(after_in_child=decoder.cache_clear)
