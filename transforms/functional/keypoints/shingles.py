"""Visual shingles: the keypoints of a picture in, a set of integers out, one for each pair of neighbouring keypoints.

Hashing single words, a copy and its original meet only where a whole band of words agrees; a pair of neighbours
(geometric min-Hash, Chum, Perdoch, Matas 2009) is as rare as a band of two words, but survives a crop or a collage
wherever its place in the picture does. A shingle holds the first signs of both descriptors (a random-hyperplane code
whose planes are principal axes) and how the second keypoint lies to the first, all as seen from the first one. What
it leaves out of the two descriptors are its residual bits, kept beside it to tell the shingles that are the same by
chance.

Mirroring or inverting a picture flips the signs of known axes (`keypoints`), that is, XORs a code with a known mask.
Both keypoints are looked at as the picture would be whose first code is the smallest of the four, so that a mirrored
or inverted copy has the same shingles; which of the four it was is kept as well.

In `functional/native/neighbours.c` and `shingles.c`, or, where these were not built, here: with the same bytes.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.keypoints import (
    INVERTED,
    MIRRORED,
    KeypointAxes,
    Keypoints,
    Panels,
    unpack,
)
from lookalike.transforms.functional.native.kernels import compiled

FIRST, SECOND = 12, 11
"""Signs of the two descriptors that are part of a shingle."""
RESIDUAL_SIGNS = 15
"""Signs of either descriptor after those of a shingle that are kept beside it, as its residual bits."""
KEPT = np.uint32((1 << 2 * RESIDUAL_SIGNS) - 1)
"""Of the residual bits of a shingle, the signs; above them lies the parity, see `parities`."""
NEIGHBOURS = 4
TURNS = 8
"""Steps of the two angles of a shingle."""

MEET = 0.0133
"""Share of unrelated pairs of photographs that meet in one of 320 MinHash values of their shingles."""
CHANCE = (8e-7, 2.6e-6, 9e-6, 4.1e-5, 1.3e-4, 2.8e-4, 5.9e-4, 1.08e-3, 1.84e-3)
"""The same, with at most 0, 1, 2 ... of the kept signs different."""
EQUAL = 0.63
"""How often one more of the kept signs is equal where they meet. All are measured by `tests.benchmarks.chances`."""

_PARITIES = (
    np.where(np.isin(np.arange(4), MIRRORED), -1, 1).astype(np.int32),
    np.where(np.isin(np.arange(4), INVERTED), 128, 0).astype(np.int32),
)
"""By which sign angles turn under each parity, and by how much where a keypoint's own is another."""
_BITS = np.array([FIRST, SECOND, RESIDUAL_SIGNS], np.int32)
_NEAR, _SIZES = np.int32(8**2), np.int32(32)
"""Squared distance, in quarter pixels, below which two are in one place; 1/32 octaves by which sizes differ at most."""
_FAR, _GONE = np.int32(1 << 29), np.int32(1 << 30)
"""More than any squared distance."""
_RULES = np.array([_NEAR, _SIZES, _FAR, _GONE])


class Shingles(NamedTuple):
    """tokens: (m,) uint32, distinct and in order. residual: (m,) uint32, what the descriptors have beyond the tokens
    (`KEPT`), and the parity.
    """

    tokens: np.ndarray
    residual: np.ndarray


def parities(residual: np.ndarray) -> np.ndarray:
    """Residual bits of shingles -> uint32, index into `keypoints.KeypointAxes.parity` of what would have to be done
    to the picture. Of a shingle that two pictures share, the exclusive or of both tells what was done to the one.
    """
    return residual >> np.uint32(2 * RESIDUAL_SIGNS)


def shingles(keypoints: Keypoints, axes: KeypointAxes) -> Shingles:
    """N keypoints as they are stored (`keypoints.unpack`) -> their shingles, at most NEIGHBOURS * n; none below two."""
    if len(keypoints.xy) < 2:
        return Shingles(np.zeros(0, np.uint32), np.zeros(0, np.uint32))
    # whole numbers, as stored: 1/16 px, 1/32 octave, 1/256 turn
    xy = np.rint(keypoints.xy * 16).astype(np.int32)
    octave = np.rint(np.log2(keypoints.size) * 32).astype(np.int32)
    angle = np.rint(keypoints.angle * (128 / np.pi)).astype(np.int32)
    pairs = _neighbours(xy >> 2, octave)
    step = (xy[pairs[1]] - xy[pairs[0]]).astype(np.float64)
    towards = np.rint(np.arctan2(step[:, 1], step[:, 0]) * (128 / np.pi)).astype(np.int32)
    places = _Places(_bits(keypoints.code >= 8), angle, octave, pairs, towards)
    both = _described(places, _bits(axes.parity < 0))
    both.sort()
    tokens = (both >> np.uint64(32)).astype(np.uint32)
    new = np.ones(len(both), bool)
    np.not_equal(tokens[1:], tokens[:-1], out=new[1:])
    return Shingles(tokens[new], both[new].astype(np.uint32))


def union(some: Shingles, others: Shingles) -> Shingles:
    """The shingles of two sets of keypoints of one picture; of what both have, the residual of the first."""
    tokens, first = np.unique(np.concatenate([some.tokens, others.tokens]), return_index=True)
    return Shingles(tokens, np.concatenate([some.residual, others.residual])[first])


def shingles_of(keypoints: Keypoints, panels: Panels, axes: KeypointAxes) -> Shingles:
    """The shingles of a picture: of its keypoints as they are stored, and of those of its panels, if it has such."""
    own = shingles(keypoints, axes)
    return union(own, shingles(unpack(panels.packed), axes)) if panels.packed else own


class _Places(NamedTuple):
    """signs: (n,) uint32, of the descriptors, the first in the lowest bit. angle, octave: (n,) int32, of 1/256 turn and
    1/32 octave. pairs: (2, k) int64, keypoints and their neighbours. towards: (k,) int32, the angle in which these lie.
    """

    signs: np.ndarray
    angle: np.ndarray
    octave: np.ndarray
    pairs: np.ndarray
    towards: np.ndarray


def _described(places: _Places, masks: np.ndarray) -> np.ndarray:
    """What pairs of keypoints are: (k,) uint64, the token of each and, below it, its residual bits. masks: (4,) uint32,
    the signs that parities flip.
    """
    if compiled is None:
        return _described_slowly(places, masks)
    found = np.empty(len(places.towards), np.uint64)
    compiled.shingles(*places[:3], np.ascontiguousarray(places.pairs), places.towards, masks, *_PARITIES, _BITS, found)
    return found


def _described_slowly(places: _Places, masks: np.ndarray) -> np.ndarray:
    signs, angle, octave, (i, j), towards = places
    first = np.uint32((1 << FIRST) - 1)
    parity = ((signs[:, None] ^ masks) & first).argmin(1)[i]
    own, other = signs[i] ^ masks[parity], signs[j] ^ masks[parity]
    flip, half = (values[parity] for values in _PARITIES)
    turn = (angle[j] - angle[i]) * flip
    bearing = (towards - angle[i] + half) * flip
    growth = np.clip((octave[j] - octave[i] + 48) >> 5, 0, 3)  # -1, 0, 1, more
    tokens = own & first
    for part, bits in ((other, SECOND), (_step(turn), 3), (_step(bearing), 3), (growth.astype(np.uint32), 2)):
        tokens = tokens << np.uint32(bits) | (part & np.uint32((1 << bits) - 1))
    kept = np.uint32((1 << RESIDUAL_SIGNS) - 1)
    residual = (own >> np.uint32(FIRST) & kept) << np.uint32(RESIDUAL_SIGNS) | (other >> np.uint32(SECOND) & kept)
    residual |= parity.astype(np.uint32) << np.uint32(2 * RESIDUAL_SIGNS)
    return np.asarray(tokens.astype(np.uint64) << np.uint64(32) | residual)


def _bits(signs: np.ndarray) -> np.ndarray:
    """(n, DIMS) bool -> (n,) uint32, the first in the lowest bit."""
    return np.packbits(signs, 1, "little").view("<u4").ravel()


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """Two arrays of distinct tokens, in order, uint32 -> shared / all; 0 where both are empty."""
    if compiled is None:
        shared = len(np.intersect1d(a, b, assume_unique=True))
    else:
        shared = compiled.shared(a, b)
    union = len(a) + len(b) - shared
    return shared / union if union else 0.0


def _step(angle: np.ndarray) -> np.ndarray:
    """Angles in 1/256 turn -> the nearest of TURNS steps, uint32."""
    return ((angle + 128 // TURNS) * TURNS // 256 % TURNS).astype(np.uint32)


def _neighbours(xy: np.ndarray, octave: np.ndarray) -> np.ndarray:
    """(n, 2) int32 in quarter pixels and (n,) int32 -> (2, k) int64: every keypoint with its NEIGHBOURS nearest ones of
    another place, those of a similar size (within a factor 2) first, and of those as near the first.
    """
    if compiled is None:
        return _neighbours_slowly(xy, octave)
    places, found = np.empty((3, len(xy)), np.int32), np.empty((2, len(xy) * NEIGHBOURS), np.int64)
    places[:2], places[2] = xy.T, octave
    return found[:, : compiled.neighbours(places, _RULES, found)]


def _neighbours_slowly(xy: np.ndarray, octave: np.ndarray) -> np.ndarray:
    x, y = xy.T
    distance = np.square(x[:, None] - x) + np.square(y[:, None] - y)
    rank = distance + _FAR * (np.abs(octave[:, None] - octave) > _SIZES)
    rank[distance < _NEAR] = _GONE
    found = np.argsort(rank, axis=1, kind="stable")[:, :NEIGHBOURS]
    rows, order = np.nonzero(np.take_along_axis(rank, found, 1) < _GONE)
    return np.stack([rows, found[rows, order]])
