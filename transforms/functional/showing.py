"""Does one picture show all that another shows? An alignment in, shares and detail out.

The rules err on the side of keeping. What an alignment can't tell is whether something was laid over the kept picture,
or whether it was enlarged from less: they hold for pictures that were confirmed as copies, and for no others.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transforms.functional.affine import stretches

SHOWN = 0.97
"""Least share of a copy that the kept picture has to show. Edits that cut nothing away measure .983 or more, cutting
off 5 % leaves .95."""
FILLS = 0.7
"""Least share of the kept picture that its copy makes up. Of two pictures side by side, or one inside another, the
larger seldom makes up so much; frames and cut margins seldom leave less."""
DETAIL = 0.95
"""Least length in pixels that the kept picture has for one pixel of its copy, in whichever direction it has least.
Alignments of copies of equal size are right to .01."""

RECOLOURED = 12.0
"""Most of 255 levels by which colours may differ, as `colours.recoloured` tells."""


class Showing(NamedTuple):
    """How a kept picture shows another. shown: share of the other that lies on it. fills: share of it that the other
    makes up. detail: its pixels for one pixel of the other, along a line, in the direction in which they are fewest.
    """

    shown: float
    fills: float
    detail: float

    @property
    def is_whole(self) -> bool:
        """Is the other seen whole, as the main thing, and no less sharp?"""
        return self.shown >= SHOWN and self.fills >= FILLS and self.detail >= DETAIL


def showing(transform: Sequence[float], overlap: float, covered: float, first_is_kept: bool) -> Showing:
    """An alignment of a to b -> how the kept one of them shows the other.

    transform: six floats, row by row, pixel coordinates of a -> b. overlap: share of b that a covers; covered: share
    of a that lies on b. first_is_kept: a is the kept one.
    """
    greatest, least = stretches(np.asarray(transform, np.float64).reshape(2, 3))
    if first_is_kept:
        return Showing(overlap, covered, 1 / greatest if least else 0.0)
    return Showing(covered, overlap, least)
