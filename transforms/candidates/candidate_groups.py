"""Which pairs of a group of work are to be compared, packed as they go between stages."""

from collections.abc import Iterable, Iterator

import numpy as np

from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.lsh.ranks import best_of
from lookalike.transforms.io.pair_records import Group, all_groups

CANDIDATE = np.dtype([("a", "<u4"), ("b", "<u4"), ("rank", "<u2")])
"""A pair of searched images, by the places that they have in the order of keys of their blocks. rank: of the shingle
that agrees best (`functional.lsh.ranks`), or NO_RANK.
"""
OF_BLOCK = np.dtype([("other", "<u2"), *((name, CANDIDATE[name]) for name in ("a", "b", "rank"))])
"""The same beside other pairs of the block of a. other: the block of b."""

CandidateGroup = tuple[Group, bytes | None]
"""A group, and the pairs in it that are to be compared, packed in order; None: all of them."""


def every_group_with(blocks: int, pairs: bytes | None) -> Iterator[CandidateGroup]:
    """Every group, each with the same `pairs`."""
    return ((group, pairs) for group in all_groups(blocks))


def by_block(pairs: np.ndarray, rank: np.ndarray, *sizes: np.ndarray) -> Iterator[tuple[int, bytes]]:
    """(k, 2) int64, places in the order of keys; (k,) their ranks; and how many images each block has, of the second
    side too where there are two -> the pairs, packed, of each block of the first images.

    A value for each group would be as many values as there are tasks and groups together, of a few pairs each.
    """
    starts = [np.cumsum(side) - side for side in (sizes[0], sizes[-1])]
    ends = pairs.T
    blocks = [np.searchsorted(start, end, "right") - 1 for start, end in zip(starts, ends, strict=True)]
    packed = np.zeros(len(pairs), OF_BLOCK)
    packed["a"], packed["b"] = (end - start[block] for end, start, block in zip(ends, starts, blocks, strict=True))
    packed["other"], packed["rank"] = blocks[1], rank
    order = np.argsort(blocks[0], kind="stable")
    packed, own = packed[order], blocks[0][order]
    start = np.flatnonzero(np.r_[True, own[1:] != own[:-1]]) if len(own) else np.zeros(0, np.int64)
    for first, last in zip(start.tolist(), [*start[1:].tolist(), len(own)], strict=False):
        yield int(own[first]), packed[first:last].tobytes()


def groups_of_block(own: int, blobs: Iterable[bytes], blocks: int, both_sides: bool) -> Iterator[CandidateGroup]:
    """Packed pairs of one block from all bands -> its groups with itself and later blocks, or of two sides with every
    block of the other, each with its pairs without repeats; also where there are none.
    """
    pairs = np.frombuffer(b"".join(blobs), OF_BLOCK)
    pairs = pairs[np.argsort(pairs["other"], kind="stable")]
    ends = [0, *np.searchsorted(pairs["other"], np.arange(blocks), "right").tolist()]
    for other in range(0 if both_sides else own, blocks):
        yield (own, other), merged(pairs[ends[other] : ends[other + 1]])


def merged(pairs: np.ndarray) -> bytes:
    """Pairs of one group, OF_BLOCK -> CANDIDATEs without repeats, in order, each with its best rank."""
    codes, rank = best_of(pairs["a"].astype(np.uint64) << np.uint64(32) | pairs["b"], pairs["rank"])
    out = np.zeros(len(codes), CANDIDATE)
    out["a"], out["b"], out["rank"] = codes >> np.uint64(32), codes & np.uint64(0xFFFFFFFF), rank
    count("FindCandidates", "collided-pairs", len(out))
    return out.tobytes()
