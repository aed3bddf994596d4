"""Which of two copies is the sharper one, by what of their pixels is real detail: details of both and their scale in,
shares out.

Nothing here can tell detail from noise, nor from what sharpening made of it. In doubt both stay.
"""

import itertools
import math
import operator
from typing import NamedTuple

from lookalike.transforms.functional.images.pixels.detail import Detail

AS_SHARP = (0.6, 0.75)
"""Least shares of a copy's detail of the finest size, and of that of twice the size, that the kept one has. Other
encodings and sizes of a picture leave it more than .6 and .8 of theirs, since JPEG can add some. Blurring by half a
pixel leaves .6 and .75, by a pixel .3 and .5, a median of 3 x 3 px .5 and .7, enlarging by half .5 and .8."""
LARGER = (0.65, 0.75)
"""The same where the kept one is larger, and may be an enlargement."""
GRID = 1.1
"""Most times that the kept copy may show the blocks of JPEG stronger. Quality 30 makes 1.5 of it, 50 makes 1.3."""
ONE_SIZE = 0.03
"""Pictures whose scale differs from 1 by less are of one size: where blocks can be compared."""
FAINT = 0.02
"""Grey levels of detail that are nothing: two flat pictures are equally sharp."""
SOFT = 0.45
"""What is left of detail with each octave in all but one of twenty photographs, at least. Of what was enlarged twice
.2 to .3 is left in the finest, of what was blurred by a pixel .4."""
SOFTER = 8
"""Power of how much softer a picture is than that, by which its pixels count for less."""


class Seen(NamedTuple):
    """The detail of a picture, and its full width, px."""

    detail: Detail
    width: int

    @property
    def finest(self) -> float:
        """Pixels of the full size for one that was looked at."""
        return self.width / (self.detail.decoded_width or self.width)


def is_as_sharp(kept: Seen, other: Seen, scale: float) -> bool:
    """Does a kept picture show another one no less sharp, and nothing of it only because it was enlarged?

    scale: pixels of the kept one for one pixel of the other, along a line.
    """
    if kept.detail.few_colours and not other.detail.few_colours:
        return False
    whole = kept.finest == other.finest == 1 and abs(scale - 1) < ONE_SIZE
    if whole and kept.detail.grid > GRID * other.detail.grid:
        return False
    shares = (share_shown(kept, other, scale, size) for size in (kept.finest, 2 * kept.finest))
    return all(map(operator.ge, shares, LARGER if scale > 1 + ONE_SIZE else AS_SHARP))


def share_shown(kept: Seen, other: Seen, scale: float, of: float) -> float:
    """The detail that a kept picture has of one size, pixels of it, as a share of that of another one, of the same size
    in the scene.

    Where the other shows nothing so fine, because it has fewer pixels, it is what it would show if detail went on to
    fall from size to size as it does in it: natural pictures have detail at all sizes, enlarged ones have none.
    """
    size, finest = of / scale, other.finest
    if size >= finest:
        expected = _strength(other, size)
    else:
        expected = 2 * _strength(other, finest) - _strength(other, finest * finest / size)
    return math.exp(_strength(kept, of) - expected)


def softness(seen: Seen) -> float:
    """A power of two, at most 1: how much less the pixels of a picture are worth because they have less detail, at one
    or two of the finest sizes, than nearly all photographs.

    In steps, so that copies in two encodings of a soft picture are worth the same.
    """
    values = [max(value, FAINT) for value in seen.detail.detail[:3]]
    less = sum(min(0.0, math.log2(fine / coarse / SOFT)) for fine, coarse in itertools.pairwise(values))
    return 2.0 ** round(SOFTER * less)


def _strength(seen: Seen, size: float) -> float:
    """The logarithm of the detail of a size, in pixels of the full picture; between those that were measured, and
    beyond them, on the line through two neighbours.
    """
    values = [math.log(value + FAINT) for value in seen.detail.detail]
    octave = math.log2(size / seen.finest)
    below = min(max(math.floor(octave), 0), len(values) - 2)
    return values[below] + (values[below + 1] - values[below]) * (octave - below)
