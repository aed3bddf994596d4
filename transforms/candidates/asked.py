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

Asked = tuple[Group, bytes | None]
"""A group, and the pairs in it that are to be compared, packed in order; None: all of them."""


def asked_of_all(blocks: int, pairs: bytes | None) -> Iterator[Asked]:
    """Every group, each with the same `pairs`."""
    return ((group, pairs) for group in all_groups(blocks))


def by_group(pairs: np.ndarray, rank: np.ndarray, *sizes: np.ndarray) -> Iterator[tuple[Group, bytes]]:
    """(k, 2) int64, places in the order of keys; (k,) their ranks; and how many images each block has, of the second
    side too where there are two -> the pairs, packed, of each group of work.
    """
    starts = [np.cumsum(side) - side for side in (sizes[0], sizes[-1])]
    ends = pairs.T
    blocks = [np.searchsorted(start, end, "right") - 1 for start, end in zip(starts, ends, strict=True)]
    group = blocks[0] * len(sizes[0]) + blocks[1]
    order = np.argsort(group, kind="stable")
    packed = np.zeros(len(pairs), CANDIDATE)
    packed["a"], packed["b"] = (end - start[block] for end, start, block in zip(ends, starts, blocks, strict=True))
    packed["rank"] = rank
    packed, group = packed[order], group[order]
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, np.int64)
    for first, last in zip(start.tolist(), [*start[1:].tolist(), len(group)], strict=False):
        yield divmod(int(group[first]), len(sizes[0])), packed[first:last].tobytes()


def merge_pairs(group: Group, blobs: Iterable[bytes]) -> tuple[Group, bytes]:
    """Packed pairs of one group from all bands -> the same without repeats, in order, each with its best rank."""
    pairs = np.frombuffer(b"".join(blobs), CANDIDATE)
    codes, rank = best_of(pairs["a"].astype(np.uint64) << np.uint64(32) | pairs["b"], pairs["rank"])
    out = np.zeros(len(codes), CANDIDATE)
    out["a"], out["b"], out["rank"] = codes >> np.uint64(32), codes & np.uint64(0xFFFFFFFF), rank
    count("FindCandidates", "collided-pairs", len(out))
    return group, out.tobytes()
