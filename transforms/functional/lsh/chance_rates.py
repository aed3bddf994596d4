"""Measures how often unrelated images of a corpus agree by chance, from the fingerprints of a sample of them.

Photographs agree as seldom as the tables say that were measured on photographs. Drawings of one hand, X-rays, products
on white ground, and scans of one form agree many times as often. What is asked of their pairs has to be more.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.buckets import hamming, runs
from lookalike.transforms.functional.lsh.codes import cross_polytopes
from lookalike.transforms.functional.lsh.codes.cross_polytopes import WIDTHS, Width
from lookalike.transforms.functional.lsh.codes.minhash import EMPTY
from lookalike.transforms.functional.lsh.exhaustive import ALIKE, cosines_of

BITS = 9
"""Numbers of residual bits that are told apart: 0 to 8."""
COPIES = 3
"""Residual bits that differ in the best shingle of a pair at most, where the two may be copies of one another."""
NONE = np.uint8(255)
"""Instead of residual bits, of pairs that share no shingle."""
FEW = 8
"""Pairs that a quantile is read off from, at least."""
HASHED = 1024
"""Images whose codes are compared: a code of many has most of them in one place, and of those all pairs are listed."""
_ROWS = 512
"""Images whose cosines are taken at once."""


class ChanceRates(NamedTuple):
    """How often unrelated images agree.

    Attributes:
        meet: share of pairs that share a MinHash value of their shingles.
        bits: shares of pairs of whose best shingle in common at most 0, 1 ... residual bits differ.
        cosines: what one in 100, 1,000 ... pairs exceeds.
        widths: share of pairs that collide in a rotation, for each of `cross_polytopes.WIDTHS`.
    """

    meet: float
    bits: tuple[float, ...]
    cosines: tuple[float, ...]
    widths: tuple[float, ...]


class Fingerprinted(NamedTuple):
    """The fingerprints of n images. embeddings: (n, d) float16. values, residual: (n, permutations) uint32, MinHash
    values of shingles, and the residual bits beside them. runs: (n,) uint64; images of one run are neighbours, which
    are no random pair.
    """

    embeddings: np.ndarray
    values: np.ndarray
    residual: np.ndarray
    runs: np.ndarray


def measure(sample: Fingerprinted, images: int, crowd: int, seed: int) -> ChanceRates | None:
    """Measure on a random sample of a corpus; None if it is too small to tell what one pair in 1,000 exceeds.

    Pairs that are all but the same are left out, since crowds are dealt with elsewhere, and so are those that may be
    copies. Where there are more of these than `crowd` for an image, they aren't copies but have a ground in common.

    Args:
        sample: some of the images.
        images: number of images of the whole corpus.
        crowd: copies that an image has at most, but for those that are in a crowd.
        seed: of the rotations by which embeddings are hashed.
    """
    cosines, bits = _cosines(sample.embeddings), _least_differing(sample)
    strangers = np.triu(sample.runs[:, None] != sample.runs, 1)
    apart = strangers & (cosines < ALIKE)
    copies = apart & (bits <= COPIES)
    several = np.count_nonzero(copies) * images > crowd * np.count_nonzero(strangers)
    unrelated = apart if several else apart & ~copies
    chance = np.sort(cosines[unrelated])
    decades = int(np.log10(max(1, len(chance) / FEW)))
    if decades < 3:
        return None
    beyond = [len(chance) - round(len(chance) / 10**decade) for decade in range(2, decades + 1)]
    # by chance, shingles agree whatever the cosine is, and no copy is below the median
    far = bits[apart & (cosines < chance[len(chance) // 2])]
    return ChanceRates(
        float(np.mean(far != NONE)),
        tuple(float(np.mean(far <= most)) for most in range(BITS)),
        tuple(round(float(chance[place]), 3) for place in beyond),
        tuple(_collide(sample.embeddings[:HASHED], unrelated[:HASHED, :HASHED], width, seed) for width in WIDTHS),
    )


def _cosines(embeddings: np.ndarray) -> np.ndarray:
    """(n, d) -> (n, n) float32, right at i < j."""
    count = len(embeddings)
    out = np.zeros((count, count), np.float32)
    for first in range(0, count, _ROWS):
        out[first : first + _ROWS, first:] = cosines_of(embeddings[first : first + _ROWS], embeddings[first:])
    return out


def _least_differing(sample: Fingerprinted) -> np.ndarray:
    """(n, n) uint8, at i < j the residual bits that differ in the shingle in common that agrees best, or NONE."""
    count, kept = len(sample.values), sample.residual & KEPT
    least = np.full((count, count), NONE)
    for values, residual in zip(sample.values.T, kept.T, strict=True):
        for members in _together(values):
            if values[members[0]] != EMPTY:
                both = np.ix_(members, members)
                differ = hamming(residual[members, None, None], residual[None, members, None])
                least[both] = np.minimum(least[both], differ.astype(np.uint8))
    return least


def _collide(embeddings: np.ndarray, unrelated: np.ndarray, width: Width, seed: int) -> float:
    """(n, d) and the pairs that count, (n, n) bool -> the share of these that have a code in common."""
    codes = cross_polytopes.codes(embeddings, width, seed)
    met = np.zeros(unrelated.shape, bool)
    for rotation in range(codes.shape[1]):
        for members in _together(codes[:, rotation].ravel()):
            images = members // codes.shape[2]
            met[np.ix_(images, images)] = True
    return float(np.mean(met[unrelated]))


def _together(codes: np.ndarray) -> list[np.ndarray]:
    """(n,) uint32 -> the places of equal ones, in order, where there are several."""
    order, start, size = runs(codes)
    several = size > 1
    return [order[first : first + many] for first, many in zip(start[several], size[several], strict=True)]
