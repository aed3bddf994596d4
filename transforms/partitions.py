"""Which part a key belongs to: the same on every machine, in every run."""

import math


def part_of(key: bytes, parts: int) -> int:
    """Key of at least 8 bytes, evenly distributed -> 0 .. parts - 1, in ranges of the key's order."""
    return int.from_bytes(key[:8], "big") * parts >> 64


def parts_for(rows: int, rows_per_part: int) -> int:
    """How many parts a table of about so many rows gets; a function of the corpus, never of the machine."""
    return max(1, math.ceil(rows / rows_per_part))
