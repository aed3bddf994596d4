"""Does one picture show all that another shows? An alignment in; share, detail and distortion out.

The rules err on the side of keeping. They hold for pictures that were confirmed as copies, and for no others.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.registration.affine import determinant, stretches

SHOWN = 0.97
"""Least share of a copy that the kept picture has to show. Edits that cut nothing away measure .983 or more, cutting
off 5 % leaves .95."""
RECOLOURED = 6.0
"""Most of 255 levels by which colours may differ, as `colours.recoloured` tells. Other encodings and sizes make less
than 4 of it, but in small pictures; a change of hue, brightness or contrast that is plain to see makes more than 8."""
ALIKE = 0.94
"""Least SSIM of the two. Of pictures in other encodings and sizes nine of ten have more; of those that were blurred,
sharpened or have strong noise, few do."""
LEGIBLE = 0.75
"""Least structure of the place of a letter or two that is least alike, where pictures were compared in detail. Copies
of pages in other encodings and sizes have .6 to .95, pages that differ in a digit up to .76."""
STRAIGHT = 0.02
"""Most distortion: a turn by one degree has .017. What keypoints are off by makes .01 of it at most."""


class Showing(NamedTuple):
    """How a kept picture shows another. shown: share of the other that lies on it; of both: the same, or the share of
    it that lies on the other if that is less. detail: its pixels for one pixel of the other, along a line, in the
    direction in which they are fewest. distortion: by how much the other's sides, being of length 1, are off in it when
    it is only made larger or smaller; infinite where it is mirrored.
    """

    shown: float
    of_both: float
    detail: float
    distortion: float


def showing(transform: Sequence[float], overlap: float, covered: float, first_is_kept: bool) -> Showing:
    """An alignment of a to b -> how the kept one of them shows the other.

    transform: six floats, row by row, pixel coordinates of a -> b. overlap: share of b that a covers; covered: share
    of a that lies on b. first_is_kept: a is the kept one.
    """
    matrix = np.asarray(transform, np.float64).reshape(2, 3)
    greatest, least = stretches(matrix)
    area = determinant(matrix)
    off = float(np.abs(matrix[:, :2] / np.sqrt(area) - np.eye(2)).max()) if area > 0 else np.inf
    of_both = min(overlap, covered)
    if first_is_kept:
        return Showing(overlap, of_both, 1 / greatest if least else 0.0, off)
    return Showing(covered, of_both, least, off)
