"""Cross-polytope hashing (Andoni, Indyk, Laarhoven, Razenshteyn, Schmidt 2015): unit embeddings in, codes out.

A rotation is a Hadamard transform after random signs (Ailon, Chazelle 2009), twice. The corners of the cross-polytope,
which are the axes and their negatives, that lie nearest to the rotated vector tell where it lies; two or three of the
nearest few make a code, so that an image has a code for each choice of them. At the rate of chance collisions at which
64 bands of hyperplanes find a fifth of the pairs of cosine .4 to .5, this finds three fifths.
"""

import functools
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

ROTATIONS = 32
MOST_DIMS = 4096
_REACH = 28_000
"""Length that vectors are scaled to times the root of their dims: sums stay below 2^15, rounding included."""
_AT_ONCE = 32
"""Vectors that are rotated at once: their rotations take a megabyte, and stay in the cache."""
_NUMBER = 14
"""Bits for the number of a corner, of at most 2 * MOST_DIMS."""


class Width(NamedTuple):
    """How widely to look. nearest: corners of a rotation. joined: of these a code is of so many. chance: how often two
    unrelated photographs collide in one of ROTATIONS (`tests.benchmarks.chances`).
    """

    nearest: int
    joined: int
    chance: float

    @property
    def codes(self) -> int:
        """Codes of an image in a rotation."""
        return len(self.choices)

    @property
    def choices(self) -> list[tuple[int, ...]]:
        """Which of the nearest corners each code is of."""
        return list(itertools.combinations(range(self.nearest), self.joined))


WIDTHS = (Width(5, 2, 1.5e-2), Width(4, 2, 5.5e-3), Width(3, 2, 1.5e-3), Width(5, 3, 1.25e-4), Width(4, 3, 1.3e-5))
"""From wide to narrow: on the way of each to the next, chance falls faster than what is found."""


def width_for(images: int, budget: float, chances: Sequence[float]) -> Width:
    """The widest of WIDTHS at which an image of a corpus meets at most `budget` by chance; else the narrowest.

    chances: how often unrelated images of the corpus collide, for each of WIDTHS.
    """
    widths = [width._replace(chance=chance) for width, chance in zip(WIDTHS, chances, strict=True)]
    return next((width for width in widths if width.chance * images <= budget), widths[-1])


@functools.lru_cache(maxsize=4)
def _flips(side: int, seed: int) -> np.ndarray:
    """(2, side, ROTATIONS, 1) int16, 1 and -1: the random signs of both rounds of every rotation."""
    signs = np.random.default_rng(seed).integers(0, 2, (2, side, ROTATIONS, 1), np.int16)
    return (2 * signs - 1).astype(np.int16)


def codes(embeddings: np.ndarray, width: Width, seed: int) -> np.ndarray:
    """(n, dims) unit vectors -> (n, ROTATIONS, codes) uint32. Those of one rotation can be compared with one another,
    whatever their places, and differ in one image.

    A code must not depend on how many rows are rotated with it: sums are of whole numbers, which add up without
    rounding.

    Raises:
        ValueError: more than MOST_DIMS dims.
    """
    count, dims = embeddings.shape
    if dims > MOST_DIMS:
        raise ValueError(f"embeddings of {dims} dims can't be searched; at most {MOST_DIMS} can")
    side = _side(dims)
    out = np.zeros((count, ROTATIONS, width.codes), np.uint32)
    for first in range(0, count, _AT_ONCE):
        corners, base = _corners(embeddings[first : first + _AT_ONCE], width.nearest, seed), np.uint32(2 * side)
        for number, chosen in enumerate(width.choices):
            code = np.zeros(corners.shape[1:], np.uint32)
            for corner in chosen:
                code = code * base + corners[corner]
            out[first : first + _AT_ONCE, :, number] = code.T
    return out


def _side(dims: int) -> int:
    """Of a vector that is rotated: a power of two."""
    return 1 << max(1, (dims - 1).bit_length())


def _whole(embeddings: np.ndarray) -> np.ndarray:
    """(n, dims) unit vectors -> (n, dims) int16, in steps."""
    scale = np.float32(_REACH / np.sqrt(_side(embeddings.shape[1])))
    whole: np.ndarray = np.rint(embeddings.astype(np.float32) * scale).astype(np.int16)
    return whole


def _corners(embeddings: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(n, dims) -> (count, ROTATIONS, n) uint32, as `_nearest` has them."""
    images, dims = embeddings.shape
    if compiled is None:
        return _nearest(_rotated(embeddings, seed), count)
    side, found = _side(dims), np.empty((images, count, ROTATIONS), np.uint32)
    compiled.corners(_whole(embeddings), _flips(side, seed), found, dims, side, count, 1 / np.sqrt(side))
    return found.transpose(1, 2, 0)


def _rotated(embeddings: np.ndarray, seed: int) -> np.ndarray:
    """(n, dims) -> (2^k, ROTATIONS, n) int16. Twice, since after one round the sums of vectors whose first dims are the
    largest resemble their neighbours, and unrelated vectors collide ten times as often.
    """
    count, dims = embeddings.shape
    side, whole = _side(dims), _whole(embeddings).T
    out = np.zeros((side, ROTATIONS, count), np.int16)
    first, second = _flips(side, seed)
    np.multiply(whole[:, None], first[:dims], out=out[:dims])
    _transform(out)
    out[:] = np.rint(out * np.float32(1 / np.sqrt(side)))
    out *= second
    _transform(out)
    return out


def _transform(values: np.ndarray) -> None:
    """The fast Walsh-Hadamard transform along the first axis, in place."""
    side, half = len(values), 1
    while half < side:
        pairs = values.reshape(side // (2 * half), 2, half, -1)
        upper, lower = pairs[:, 0], pairs[:, 1]
        before = upper.copy()
        upper += lower
        np.subtract(before, lower, out=lower)
        half *= 2


def _nearest(rotated: np.ndarray, count: int) -> np.ndarray:
    """(side, ROTATIONS, n) -> (count, ROTATIONS, n) uint32, the numbers of the nearest corners, in rising order; of
    corners equally near, those of high number.
    """
    # length above, number below: one maximum tells both
    key = np.abs(rotated).astype(np.int32) << np.int32(_NUMBER)
    key += np.arange(0, 2 * len(rotated), 2, dtype=np.int32)[:, None, None]
    key += rotated > 0
    found = np.zeros((count, *rotated.shape[1:]), np.int32)
    for number in range(count):
        np.max(key, axis=0, out=found[number])
        key[key == found[number]] = -1
    return np.sort(found & np.int32((1 << _NUMBER) - 1), axis=0).astype(np.uint32)
