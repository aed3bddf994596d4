"""How a corpus is divided: the same on every machine, in every run, and in steps as it grows.

Everything that depends on the size of the corpus depends on its *scale*, the next power of two. A corpus that
changes from night to night therefore keeps its partitions until it crosses a step, and then each divides in two.
"""

import numpy as np

SMALLEST = 64
"""Images for which a partition of their own is worth its overhead."""


def scale_of(images: int) -> int:
    """The step that a corpus of so many images stands on: the smallest power of two that holds it."""
    return 1 << max(0, images - 1).bit_length()


def parts_for(images: int, rows_per_part: int) -> int:
    """How many parts a table of about so many rows gets, a power of two.

    Small corpora have parts of fewer rows, so that there is work for every worker: up to 64 parts of at least 64.
    """
    scale = scale_of(images)
    return max(1, min(64, scale // SMALLEST), _lower_power(scale // rows_per_part))


def blocks_for(images: int) -> int:
    """How many blocks of keys the comparison is divided into, a power of two: of about 16 sqrt(images) images at first,
    and of more from 32 blocks on, where only those are held that are asked for. Each block is read once for each other
    one, so blocks are as large as the pairs of two of them allow (`verification.confirm.PAIRS_AT_ONCE`).
    """
    scale = scale_of(images)
    return min(_root(scale / 256), max(32, _root(scale / 2048)))


def part_of(key: bytes, parts: int) -> int:
    """Key of at least 8 bytes, evenly distributed -> 0 .. parts - 1, in ranges of the key's order."""
    return int.from_bytes(key[:8], "big") * parts >> 64


def parts_of_heads(heads: np.ndarray, parts: int) -> np.ndarray:
    """(n,) uint64, the first halves of keys -> (n,) int64, `part_of` of each. parts: below 2^31."""
    high, low = heads >> np.uint64(32), heads & np.uint64(0xFFFFFFFF)
    number = np.uint64(parts)
    return ((high * number + (low * number >> np.uint64(32))) >> np.uint64(32)).astype(np.int64)


def overlapping(part: int, parts: int, others: int) -> range:
    """The numbers, among `others` parts, of those that hold keys of part number `part` among `parts`."""
    return range(part * others // parts, -(-(part + 1) * others // parts))


def _root(number: float) -> int:
    return _lower_power(max(1, round(number**0.5)))


def _lower_power(number: int) -> int:
    return 1 << number.bit_length() - 1 if number > 0 else 0
