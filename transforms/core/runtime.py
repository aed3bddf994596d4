"""What a worker process sets up once. Workers are processes, and each uses one core."""

import contextlib
import ctypes
import functools
import logging
import os
import threading
from collections.abc import Callable, Iterator

import cv2
import threadpoolctl

_KEPT = {-1: 256 << 20, -2: 64 << 20, -3: 32 << 20}
"""Of glibc's mallopt: M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD, in bytes."""
_KERNELS = 4096
"""Kernels that oneDNN keeps prepared instead of 1,024: the embedded network has 46 for each shape of its pictures."""

_lock = threading.RLock()
_guests = 0
_changed: set[Callable[[], Callable[[], object]]] = set()
_undo = contextlib.ExitStack()


@contextlib.contextmanager
def as_guest() -> Iterator[None]:
    """Compute in a process that is somebody else's: what `prepare_worker` and `hold_torch` change inside of this is put
    back when the last thread leaves it, and what can't be put back (the log, how memory is kept) is not touched.
    """
    global _guests
    with _lock:
        _guests += 1
    try:
        yield
    finally:
        with _lock:
            _guests -= 1
            if not _guests:
                _undo.close()


def prepare_worker() -> None:
    """Hold OpenCV and the BLAS of numpy and scipy to one thread each (torch: `hold_torch`), keep freed memory, and hold
    a local worker's log to warnings: Beam's default tells of every channel that it opens.
    """
    _once(_hold_opencv_and_blas)
    if not _guests:
        _own_process()


def hold_torch() -> None:
    """Hold torch to one thread, and have it keep its kernels. By itself, since it takes a second to load and many
    workers have no use for it.
    """
    _once(_hold_torch)
    if not _guests:
        os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(_KERNELS))


def _once(change: Callable[[], Callable[[], object]]) -> None:
    """Make a change that gives back how it is undone, unless it is in force."""
    with _lock:
        if change in _changed:
            return
        undo = change()
        _changed.add(change)
        if _guests:
            _undo.callback(_changed.discard, change)
            _undo.callback(undo)


def _hold_opencv_and_blas() -> Callable[[], object]:
    threads, limits = cv2.getNumThreads(), threadpoolctl.threadpool_limits(1)
    cv2.setNumThreads(1)

    def undo() -> None:
        cv2.setNumThreads(threads)
        limits.restore_original_limits()

    return undo


def _hold_torch() -> Callable[[], object]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    return functools.partial(torch.set_num_threads, threads)


@functools.cache
def _own_process() -> None:
    _keep_memory()
    if logging.getLogger().level == logging.INFO:
        logging.getLogger().setLevel(logging.WARNING)


def _keep_memory() -> None:
    """Raise glibc's trim threshold: returning up to 256 MB to the system, and fetching it again for the next picture,
    costs as much as the work that is done in it. Does nothing where the C library is another one.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        for parameter, value in _KEPT.items():
            ctypes.CDLL(None).mallopt(parameter, value)
