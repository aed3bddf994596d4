"""How well a pair of images agrees where it collides: its rank, the lower the better."""

import numpy as np

from lookalike.transforms.functional.keypoints.shingles import parities
from lookalike.transforms.functional.lsh.buckets import order_of

NO_RANK = np.uint16(0xFFFF)
"""Of pairs that only embeddings brought together."""


def rank_of(bits: np.ndarray, residual: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Shingles that two pictures share, and how many kept signs differ -> (k,) uint16: the lower the better, with the
    parity below the bits.
    """
    parity: np.ndarray = parities(residual) ^ parities(others)
    return bits.astype(np.uint16) << np.uint16(2) | parity.astype(np.uint16)


def bits_of(rank: np.ndarray) -> np.ndarray:
    """How many kept signs differ, in ranks; more than there are where no shingle is shared."""
    return (rank >> 2).astype(np.int64)


def parity_of(rank: np.ndarray) -> np.ndarray:
    """The parity in ranks."""
    return (rank & 3).astype(np.int64)


def best_of(pairs: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(k,) numbers of pairs, with repeats, and how good each meeting is -> the pairs in order, each with its lowest."""
    if not len(pairs):
        return pairs, rank
    order = order_of(pairs)
    pairs = pairs[order]
    first = np.flatnonzero(np.r_[True, pairs[1:] != pairs[:-1]])
    return pairs[first], np.minimum.reduceat(rank[order], first)
