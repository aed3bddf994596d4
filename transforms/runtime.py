"""What a worker process sets up once: threads. Workers are processes, and each uses one core."""

import functools

import cv2
import threadpoolctl


@functools.cache
def limit_threads() -> None:
    """Hold OpenCV and the BLAS of numpy and scipy to one thread each; torch is held where it is loaded."""
    cv2.setNumThreads(1)
    threadpoolctl.threadpool_limits(1)
