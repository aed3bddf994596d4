"""The process in which the images of one worker are decoded; `isolation` starts it, and outlives it.

When an image takes more seconds than it may, timers end the process by their default action, even in a loop in C; more
memory than an image may have is refused. What codecs write on the standard streams goes to a file.
"""

import contextlib
import fcntl
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pillow_heif
from PIL import AvifImagePlugin

from lookalike.transforms.decoding import wire
from lookalike.transforms.functional.images import complaints, reduction
from lookalike.transforms.functional.images.decode import TooLargeError, UndecodableError, decode
from lookalike.transforms.functional.images.formats.formats import open_image
from lookalike.transforms.functional.images.formats.limits import pixel_limit
from lookalike.transforms.functional.images.formats.opencv import NO_MEMORY
from lookalike.transforms.functional.images.pdq import pdq_of
from lookalike.transforms.functional.images.planes import EmbeddingPlane
from lookalike.transforms.functional.images.wrapped.unwrap import declared_size

IDLE = 60.0
"""Seconds without work after which the process ends; the next image starts another."""
WALL = 10.0
"""Seconds that an image may take for each of the processor's: machines are shared, and codecs seldom sleep."""
BYTES_A_PIXEL = 24
"""That decoding may take, where this is more than the limit; docs/reference/formats.md has what it does take."""


class OutOfMemoryError(Exception):
    """Decoding was refused memory."""


def main(descriptor: int, shared: int) -> None:
    """Answer what the socket `descriptor` asks about bytes in the file `shared`, until its other side is closed."""
    _prepare()
    base = _address_space()
    with socket.socket(fileno=descriptor) as line:
        wire.send(line, {"ready": True})
        # whoever started this has perhaps been killed: the end of the stream is seen here
        while select.select([line], [], [], IDLE)[0]:
            told = wire.receive(line)
            if told is None:
                return
            with _ends_with_its_worker(line):
                reply, arrays = _answer(told, wire.read(shared, told["size"]), base)
            wire.write(shared, *(array.reshape(-1).data for array in arrays))
            wire.send(line, reply)


def _prepare() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)  # meant for the worker: no image is to blame
    ending = {signal.SIGPROF, signal.SIGALRM, signal.SIGIO}
    for name in ending:
        signal.signal(name, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, wire.MOST)
    # where memory ends, Linux is to end this process, not the worker
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    cv2.setNumThreads(1)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pillow_heif.options.DECODE_THREADS = 1
    complaints.listen(sys.stderr.fileno())


@contextlib.contextmanager
def _ends_with_its_worker(line: socket.socket) -> Iterator[None]:
    """Whatever is computed inside, even in C: when the other side of `line` is closed, Linux ends this process."""
    flags = fcntl.fcntl(line, fcntl.F_GETFL)
    fcntl.fcntl(line, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(line, fcntl.F_SETFL, flags | os.O_ASYNC)
    try:
        yield
    finally:
        fcntl.fcntl(line, fcntl.F_SETFL, flags)


def _lower(kind: int, most: int) -> tuple[int, int]:
    """Hold a limit of this process to `most`, or to what it was if that is less -> what it was. The hard limit stays:
    only the system's administrator may raise it again.
    """
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (most if soft == resource.RLIM_INFINITY else min(most, soft), hard))
    return soft, hard


def _address_space() -> int:
    """Bytes of addresses that this process has; 0 where the system does not tell as Linux does."""
    with contextlib.suppress(OSError), open("/proc/self/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
    return 0


def _answer(told: dict[str, Any], data: bytes, base: int) -> tuple[dict[str, Any], list[np.ndarray]]:
    """A request -> the answer, and arrays that belong to it."""
    started = _seconds()
    complaints.forget()
    memory = told["memory"]
    room = base + len(data) if base else 0

    def needed() -> int:
        # some formats make room for all pixels when they are opened
        with _limited(told["seconds"], room and room + memory):
            pixels = declared_pixels(data)
        return BYTES_A_PIXEL * pixels if pixels <= told["max_pixels"] else 0

    try:
        if told["generous"]:
            memory = max(memory, needed())
        with _limited(told["seconds"], room and room + memory):
            reply, arrays = _decoded(told, data)
    except OutOfMemoryError:
        reply, arrays = _failure("too_much_memory", f"decoding takes more than {memory:,} bytes (read.memory)"), []
        reply["cramped"] = True
    except TooLargeError as error:
        reply, arrays = _failure("too_large", str(error)), []
    except UndecodableError as error:
        said = complaints.heard()
        reply, arrays = _failure("undecodable", f"{error}; the codec says: {said}" if said else str(error)), []
        # where memory was short, a codec may call the picture damaged
        reply["cramped"] = needed() > memory
    except Exception:
        reply, arrays = {"bug": traceback.format_exc()[-4000:]}, []
    return reply | {"cpu": _seconds() - started}, arrays


def _seconds() -> float:
    """Of the processor. Not the process's clock, which Linux reads from its last tick once a timer was set."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _failure(name: str, message: str) -> dict[str, Any]:
    return {"failure": [name, message[:1000]], "cramped": False}


@contextlib.contextmanager
def _limited(seconds: float, addresses: int) -> Iterator[None]:
    """Seconds of the processor, and bytes of addresses (0: no limit), for what is done inside."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, WALL * seconds)
    before = _lower(resource.RLIMIT_AS, addresses) if addresses else None
    try:
        yield
    finally:
        if before:
            resource.setrlimit(resource.RLIMIT_AS, before)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _decoded(told: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    try:
        decoded = decode(data, told["max_pixels"], told["full_side"])
    except TooLargeError:
        raise
    except BaseException as error:  # some codecs raise what is no Exception
        if _is_out_of_memory(error):
            raise OutOfMemoryError from error
        if isinstance(error, UndecodableError):
            raise
        raise UndecodableError(f"{type(error).__name__}: {error}") from error
    try:
        if "side" in told:
            arrays = [np.ascontiguousarray(reduction.reduced(decoded.pixels, told["side"]))]
            return {"arrays": [arrays[0].shape]}, arrays
        picture = reduction.picture_of(decoded, EmbeddingPlane(*told["plane"]))
        pdq = pdq_of(data) if told["pdq"] else None
    except OSError as error:  # it could be decoded: that Pillow refuses it now is no fault of ours
        raise UndecodableError(f"PDQ: {error}") from error
    except (MemoryError, cv2.error) as error:
        if _is_out_of_memory(error):
            raise OutOfMemoryError from error
        raise
    arrays = [np.ascontiguousarray(plane) for plane in picture.planes if plane is not None]
    properties = picture.properties._asdict() | {"pixel_hash": picture.properties.pixel_hash.hex()}
    told_of_detail = {"detail": picture.detail._asdict()}
    told_of_pdq = {"pdq": [pdq.hash.hex(), pdq.quality]} if pdq else {}
    shapes = [array.shape for array in arrays]
    return {"properties": properties, "arrays": shapes, **told_of_detail, **told_of_pdq}, arrays


def _is_out_of_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, cv2.error) and error.code == NO_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False


def declared_pixels(data: bytes) -> int:
    """Pixels that an image says it has, or 0 where it does not say so in a known way."""
    with contextlib.suppress(Exception), pixel_limit(sys.maxsize):
        size = declared_size(data)
        if size is None:
            with open_image(data) as image:
                size = image.size
        return size[0] * size[1]
    return 0
