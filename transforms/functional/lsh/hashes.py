"""Finds which hashes of 256 bits differ in few from which of a list, by multi-index hashing (Norouzi, Punjani, Fleet
2012).

Of two hashes that differ in at most 31 bits, one of 16 pieces of 16 bits differs in at most one. So each of the 17
values near a piece of the one is looked up among the pieces of the others.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.lsh.between import ranges
from lookalike.transforms.functional.lsh.buckets import hamming

PIECES, PIECE_BITS = 16, 16
_NEAR = np.concatenate([[0], 1 << np.arange(PIECE_BITS)]).astype(np.uint16)


class Within(NamedTuple):
    """Pairs of hashes. pairs: (k, 2) int64, of the one and of the other list, in order. distance: (k,) bits."""

    pairs: np.ndarray
    distance: np.ndarray


class HashList:
    """Hashes that others are looked up among."""

    def __init__(self, hashes: np.ndarray) -> None:
        """`hashes`: (n, 32) uint8."""
        self.words = np.ascontiguousarray(hashes).view("<u8").reshape(-1, 4)
        pieces = np.ascontiguousarray(hashes).view("<u2").reshape(-1, PIECES)
        self.order = [np.argsort(pieces[:, number], kind="stable") for number in range(PIECES)]
        self.starts = [np.r_[0, np.cumsum(np.bincount(pieces[:, n], minlength=1 << PIECE_BITS))] for n in range(PIECES)]

    def within(self, hashes: np.ndarray, most: int) -> Within:
        """(m, 32) uint8 -> the pairs that differ in at most `most` bits.

        Raises:
            ValueError: pieces say nothing of so many bits.
        """
        if most >= 2 * PIECES:
            raise ValueError(f"at most {2 * PIECES - 1} bits may differ, not {most}")
        words = np.ascontiguousarray(hashes).view("<u8").reshape(-1, 4)
        pieces = np.ascontiguousarray(hashes).view("<u2").reshape(-1, PIECES)
        n = len(self.words)
        found = [np.zeros(0, np.int64)]
        for number in range(PIECES):
            start, order = self.starts[number], self.order[number]
            wanted = (pieces[:, number, None] ^ _NEAR).astype(np.int64)
            count = start[wanted + 1] - start[wanted]
            rows, _ = np.nonzero(count)
            low, size = start[wanted][count > 0], count[count > 0]
            for place, at in ranges(low, size):
                i, j = rows[place], order[at]
                near = hamming(words[i], self.words[j]) <= most
                found.append(i[near] * n + j[near])
        pairs = np.stack(np.divmod(np.unique(np.concatenate(found)), max(1, n)), 1)
        return Within(pairs, hamming(words[pairs[:, 0]], self.words[pairs[:, 1]]))
