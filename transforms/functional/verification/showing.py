"""Does one picture show all that another shows? An alignment in, share and detail out.

The rules err on the side of keeping. What an alignment can't tell is whether the kept picture was enlarged from less:
they hold for pictures that were confirmed as copies, and for no others.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.registration.affine import stretches

SHOWN = 0.97
"""Least share of a copy that the kept picture has to show. Edits that cut nothing away measure .983 or more, cutting
off 5 % leaves .95."""
RECOLOURED = 12.0
"""Most of 255 levels by which colours may differ, as `colours.recoloured` tells."""


class Showing(NamedTuple):
    """How a kept picture shows another. shown: share of the other that lies on it. detail: its pixels for one pixel of
    the other, along a line, in the direction in which they are fewest.
    """

    shown: float
    detail: float


def showing(transform: Sequence[float], overlap: float, covered: float, first_is_kept: bool) -> Showing:
    """An alignment of a to b -> how the kept one of them shows the other.

    transform: six floats, row by row, pixel coordinates of a -> b. overlap: share of b that a covers; covered: share
    of a that lies on b. first_is_kept: a is the kept one.
    """
    greatest, least = stretches(np.asarray(transform, np.float64).reshape(2, 3))
    if first_is_kept:
        return Showing(overlap, 1 / greatest if least else 0.0)
    return Showing(covered, least)
