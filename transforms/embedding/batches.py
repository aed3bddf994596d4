"""What goes into a model at once, and what comes out of it in the end."""

from collections.abc import Iterator

import numpy as np


def batches(shapes: list[tuple[int, ...]], most: int, halved: bool = False) -> Iterator[list[int]]:
    """Shapes of planes -> their places, in batches of one shape and at most `most`.

    halved: what is left over comes in halves and quarters of that, down to one, since a CPU has to prepare kernels for
    every size of a batch.
    """
    by_shape: dict[tuple[int, ...], list[int]] = {}
    for place, shape in enumerate(shapes):
        by_shape.setdefault(shape, []).append(place)
    for places in by_shape.values():
        size = most
        while places:
            while halved and size > len(places):
                size //= 2
            yield places[:size]
            places = places[size:]


def rounded(descriptors: np.ndarray) -> np.ndarray:
    """(n, dims) -> the float16 that are kept. By way of float32, so that all models round alike."""
    return descriptors.astype(np.float32).astype(np.float16)
