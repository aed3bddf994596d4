"""How sharp a picture is: a decoded one in, out how much detail it has, and what compression and few colours did to it.

All of it is added up in whole numbers in `functional/native/detail.c`, or, where that was not built, here: with the
same result.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

OCTAVES, PHASES = 4, 8
"""Sizes of squares that are looked at, each of twice the side of the one before; and px of JPEG's blocks, along a line.
"""
COLOURS, FLAT = 256, 0.6
"""A palette holds so many colours at most. A drawing has no more either, but so many of its neighbouring pixels are
equal."""


class Detail(NamedTuple):
    """What tells a sharp picture from a blurred, enlarged, worn or palette-reduced copy of it, in the order of the
    columns of the fingerprints table.

    decoded_width: px of the picture that was looked at, upright; fewer than its width where a JPEG was decoded at a
    reduced size. detail: of the squares of 2, 4, 8 and 16 px of that, the mean of their diagonal differences, grey
    levels: how much brighter the two quarters on one diagonal are than those on the other, together. Edges along rows
    and columns, such as those of JPEG's blocks, have none. grid: differences between neighbours at the place, of eight,
    where they are greatest, as a multiple of what they are at most places: 1 where no JPEG's blocks are seen.
    few_colours: it has no more than a palette holds, and is no drawing.
    """

    decoded_width: int = 0
    detail: tuple[float, ...] = (0.0,) * OCTAVES
    grid: float = 1.0
    few_colours: bool = False


def detail_of(rgb: np.ndarray, grey: np.ndarray) -> Detail:
    """(h, w, 3) uint8 and the same in grey, (h, w) uint8 -> its Detail. The numbers are those that a float32 holds."""
    height, width = grey.shape
    found = _added_up(grey)
    squares = [(height >> octave) * (width >> octave) for octave in range(1, OCTAVES + 1)]
    strengths = (
        int(total) / 4**k / max(count, 1) for k, (total, count) in enumerate(zip(found, squares, strict=False))
    )
    across, down = found[OCTAVES:-1].reshape(2, PHASES)
    grid = min(_grid(across, width - 1), _grid(down, height - 1))
    flat = int(found[-1]) >= FLAT * height * max(width - 1, 1)
    return Detail(width, tuple(map(_stored, strengths)), _stored(grid), not flat and _colours(rgb) <= COLOURS)


def _stored(value: float) -> float:
    return float(np.float32(value))


def _grid(sums: np.ndarray, places: int) -> float:
    """Sums of differences by place modulo PHASES, and how many places there are -> the greatest mean of a phase as a
    multiple of their median; 1 where there is nothing to tell.
    """
    if places < PHASES:
        return 1.0
    means = sorted(int(total) / len(range(phase, places, PHASES)) for phase, total in enumerate(sums))
    middle = (means[PHASES // 2 - 1] + means[PHASES // 2]) / 2
    return means[-1] / middle if middle else 1.0


def _added_up(grey: np.ndarray) -> np.ndarray:
    """(h, w) uint8 -> int64: the diagonal differences of squares, by octave; differences of neighbours by phase, across
    and down; how many neighbours in a row are equal.
    """
    height, width = grey.shape
    if compiled is not None:
        found = np.zeros(OCTAVES + 2 * PHASES + 1, np.int64)
        compiled.detail(np.ascontiguousarray(grey), found, height, width)
        return found
    plane = grey.astype(np.int64)
    across, down = (np.abs(np.diff(plane, axis=axis)) for axis in (1, 0))
    totals = [across.sum(0), down.sum(1)]
    phases = [int(total[phase::PHASES].sum()) for total in totals for phase in range(PHASES)]
    strengths = []
    for _ in range(OCTAVES):
        height, width = plane.shape[0] // 2, plane.shape[1] // 2
        a, b, c, d = (plane[y : 2 * height : 2, x : 2 * width : 2] for y in (0, 1) for x in (0, 1))
        strengths.append(int(np.abs(a - b - c + d).sum()))
        plane = a + b + c + d
    return np.array([*strengths, *phases, int((across == 0).sum())], np.int64)


def _colours(rgb: np.ndarray) -> int:
    """How many colours (h, w, 3) uint8 has, or some number above COLOURS."""
    if compiled is not None:
        return compiled.few(np.ascontiguousarray(rgb), COLOURS)
    return len(np.unique(rgb.reshape(-1, 3) @ np.array([65536, 256, 1])))
