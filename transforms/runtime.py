"""What a worker process sets up once. Workers are processes, and each uses one core."""

import functools
import logging

import cv2
import threadpoolctl


@functools.cache
def prepare_worker() -> None:
    """Hold OpenCV and the BLAS of numpy and scipy to one thread each (torch is held where it is loaded), and a
    local worker's log to warnings: Beam's default tells of every channel that it opens.
    """
    cv2.setNumThreads(1)
    threadpoolctl.threadpool_limits(1)
    if logging.getLogger().level == logging.INFO:
        logging.getLogger().setLevel(logging.WARNING)
