"""Reads the images of a block that a group of work asks for, where they lie in the fingerprints table."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.partitions import overlapping, part_of
from lookalike.transforms.fingerprinting.fingerprints_table import features_of, keys_of
from lookalike.transforms.io.pair_records import Group, halves
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.verification.prepared_images import (
    FEATURE_COLUMNS,
    Block,
    PreparedImage,
    block_of,
    prepared_images,
)

MANY_BLOCKS = 32
"""From so many blocks on, only the images of a block that are asked for are held; smaller corpora ask for nearly all,
and a block that was read is used for several groups.
"""
HELD, FEW_BLOCKS = 2, 8
"""Blocks of images that a worker keeps; twice as many where there are few, and they are small."""
PLACED = 16
"""Blocks of which a worker keeps where the images are: 8 bytes each."""


class _Rows(NamedTuple):
    """Searched images of one part. first: how many the block has before. rows: (n,), in order of key."""

    path: str
    first: int
    rows: np.ndarray


class BlockReader:
    """The images of one fingerprints table, whose paths are `parts`. blocks: of keys. collapse: who is searched."""

    def __init__(self, parts: Sequence[str], blocks: int, collapse: CollapseDuplicates) -> None:
        """Nothing is read yet."""
        self.parts, self.blocks, self.collapse = parts, blocks, collapse
        # a block takes part in many groups, which come in order
        self.whole = functools.lru_cache(HELD if blocks > FEW_BLOCKS else 2 * HELD)(self._whole)
        self._placed = functools.lru_cache(PLACED)(self._places)

    def some(self, block: int, places: np.ndarray) -> tuple[list[PreparedImage], np.ndarray]:
        """Images of a block by their places in the order of key -> images in that order, and (n,) int64, the index of
        each. A part is read where one of its images is asked for, and no others are kept.
        """
        if self.blocks < MANY_BLOCKS:
            return self.whole(block).images, places.astype(np.int64)
        wanted, back = np.unique(places, return_inverse=True)
        found = []
        for path, first, rows in self._placed(block):
            start, end = np.searchsorted(wanted, [first, first + len(rows)])
            if start < end:
                table = self.collapse.scope.added_to(read_parquet(path, FEATURE_COLUMNS), path)
                found += features_of(table.take(rows[wanted[start:end] - first]))
        return prepared_images(found), back

    def _whole(self, block: int) -> Block:
        return block_of(block, self.blocks, self.parts, self.collapse)

    def _places(self, block: int) -> list[_Rows]:
        found: list[_Rows] = []
        for number in overlapping(block, self.blocks, len(self.parts)):
            path = self.parts[number]
            table = read_parquet(path, ["uri", "textured", "keypoint_count"])
            keys = keys_of(table)
            own = [part_of(key, self.blocks) == block for key in keys.tolist()]
            rows = np.flatnonzero(self.collapse.searched(table, path, keys.tolist()) & np.array(own, bool))
            high, low = halves(keys[rows]).T
            before = found[-1].first + len(found[-1].rows) if found else 0
            found.append(_Rows(path, before, rows[np.lexsort((low, high))]))
        return found


def images_of_pairs(
    some: BlockReader, others: BlockReader, group: Group, pairs: np.ndarray
) -> tuple[list[PreparedImage], np.ndarray]:
    """CANDIDATEs of a group -> their images, those of the first block before those of another, and (k, 2) int64, the
    indices of the two images of each pair.
    """
    own, other = group
    if some is others and own == other:
        images, at = some.some(own, np.concatenate([pairs["a"], pairs["b"]]))
        return images, at.reshape(2, -1).T
    (first, a), (second, b) = some.some(own, pairs["a"]), others.some(other, pairs["b"])
    return first + second, np.stack([a, b + len(first)], 1)
