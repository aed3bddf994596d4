"""Random-hyperplane hashing (Charikar 2002): unit embeddings in, sketches out, whose bits tell the angle."""

import functools

import numpy as np

SKETCH_BITS = 256
LONG_BITS = 1024
"""Of sketches that tell an angle twice as exactly."""
_SKETCH_SEED = 1
_AT_ONCE = 256
"""Vectors that are projected at once: what is between fits the cache."""


@functools.lru_cache(maxsize=4)
def hyperplanes(dims: int, count: int, seed: int) -> np.ndarray:
    """(dims, count) float32 normals of random hyperplanes, in sixteenths: whole numbers. A prefix of a longer draw is
    not the shorter draw.
    """
    return np.rint(16 * np.random.default_rng(seed).standard_normal((dims, count), dtype=np.float32))


def signs(embeddings: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(n, dims) unit vectors -> (n, count) bool: on which side of each hyperplane they lie.

    A bit must not depend on how many rows are projected with it, and a BLAS sums in any order: so vectors and
    planes are rounded to whole numbers whose products add up without rounding (below 2^24, by Cauchy and Schwarz).
    """
    planes = hyperplanes(embeddings.shape[1], count, seed)
    projected: np.ndarray = np.rint(embeddings.astype(np.float32) * 1024) @ planes
    return projected > 0


def sketches(embeddings: np.ndarray, bits: int = SKETCH_BITS) -> np.ndarray:
    """(n, dims) unit vectors -> (n, bits / 64) uint64: their sides of so many hyperplanes. The share of bits that
    differ tells the angle, see `collision`.
    """
    out = np.zeros((len(embeddings), bits // 64), np.uint64)
    for first in range(0, len(embeddings), _AT_ONCE):
        sides = signs(embeddings[first : first + _AT_ONCE], bits, _SKETCH_SEED)
        out[first : first + _AT_ONCE] = np.packbits(sides, axis=1, bitorder="little").view("<u8")
    return out


def collision(cosine: float | np.ndarray) -> float | np.ndarray:
    """Probability that one random hyperplane leaves two vectors of this cosine on the same side."""
    angle: float | np.ndarray = np.arccos(np.clip(cosine, -1, 1))
    return 1 - angle / np.pi
