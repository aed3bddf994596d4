"""What a worker process sets up once. Workers are processes, and each uses one core."""

import contextlib
import ctypes
import functools
import logging

import cv2
import threadpoolctl

_KEPT = {-1: 256 << 20, -2: 64 << 20, -3: 32 << 20}
"""Of glibc's mallopt: M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD, in bytes."""


@functools.cache
def prepare_worker() -> None:
    """Hold OpenCV and the BLAS of numpy and scipy to one thread each (torch: `hold_torch`), keep freed memory, and hold
    a local worker's log to warnings: Beam's default tells of every channel that it opens.
    """
    cv2.setNumThreads(1)
    threadpoolctl.threadpool_limits(1)
    _keep_memory()
    if logging.getLogger().level == logging.INFO:
        logging.getLogger().setLevel(logging.WARNING)


@functools.cache
def hold_torch() -> None:
    """Hold torch to one thread. By itself, since it takes a second to load and many workers have no use for it."""
    import torch

    torch.set_num_threads(1)


def _keep_memory() -> None:
    """Have up to 256 MB of freed memory kept for the next picture: the system's fresh pages cost as much as what many a
    small step computes in them. Does nothing where the C library is not glibc.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        for parameter, value in _KEPT.items():
            ctypes.CDLL(None).mallopt(parameter, value)
