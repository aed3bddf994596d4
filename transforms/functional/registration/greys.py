"""Greys of two registered planes: how often each occurs, and what the other picture shows there."""

from typing import NamedTuple

import numpy as np

STEP = 2
"""Every second row is read."""


class Greys(NamedTuple):
    """(256,) int64 each. a, b: how often each grey occurs in either plane. b_of_a: sums of b's greys where a has one;
    a_of_b: of a's where b has one.
    """

    a: np.ndarray
    b: np.ndarray
    b_of_a: np.ndarray
    a_of_b: np.ndarray


def paired_greys(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> Greys:
    """Three (h, w) uint8 planes; read is what is not 0 in the mask."""
    there = mask[::STEP] > 0
    of_a, of_b = a[::STEP][there], b[::STEP][there]
    counted = (np.bincount(one, None, 256) for one in (of_a, of_b))
    sums = (np.bincount(one, other, 256).astype(np.int64) for one, other in ((of_a, of_b), (of_b, of_a)))
    return Greys(*counted, *sums)
