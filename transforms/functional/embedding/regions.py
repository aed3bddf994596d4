"""The rigid grid of R-MAC: a feature map's size in, square regions at several scales out, in integers."""

from typing import NamedTuple

OVERLAP = 0.4
"""Neighbouring regions should share this part of their side (Tolias, Sicre, Jegou 2016, section 3.2)."""


class Region(NamedTuple):
    """A square of the map. level: its scale, from 1 for the largest."""

    top: int
    left: int
    side: int
    level: int


def region_grid(height: int, width: int, levels: int, overlap: float = OVERLAP) -> list[Region]:
    """(height, width) of the map and the number of scales -> every region.

    At scale l the side is 2 * min(height, width) / (l + 1), rounded down. Along the shorter axis lie l regions,
    along the longer l + m, with m in 0..6 chosen so that neighbours overlap by as near to `overlap` as can be. Where
    a map is too small for a scale (a side of 0), that scale has no regions.

    Raises:
        ValueError: a size or the number of levels is below 1.
    """
    if min(height, width, levels) < 1:
        raise ValueError(f"R-MAC needs a map and levels of at least 1, not {height} x {width}, {levels}")
    short, long = min(height, width), max(height, width)
    extra = _extra_regions(short, long, overlap)
    regions = []
    for level in range(1, levels + 1):
        side = 2 * short // (level + 1)
        if side == 0:
            continue
        down = _starts(height, side, level + (extra if height > width else 0))
        across = _starts(width, side, level + (extra if width > height else 0))
        regions += [Region(top, left, side, level) for top in down for left in across]
    return regions


def _extra_regions(short: int, long: int, overlap: float) -> int:
    """How many regions more lie along the longer axis: 0 for a square, else the 1..6 nearest to `overlap`."""
    if short == long:
        return 0
    # With m extra at the first scale, m + 1 regions of side `short` start (long - short) / m apart.
    return 1 + min(range(6), key=lambda m: abs((short * short - short * (long - short) / (m + 1)) / short**2 - overlap))


def _starts(length: int, side: int, count: int) -> list[int]:
    """`count` starts, spread evenly from 0 to length - side, each rounded down."""
    if count == 1:
        return [(length - side) // 2]
    return [i * (length - side) // (count - 1) for i in range(count)]
