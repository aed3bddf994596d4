"""Random-hyperplane hashing (Charikar 2002): unit embeddings in, bands of sign bits out."""

import functools

import numpy as np


@functools.lru_cache(maxsize=4)
def hyperplanes(dims: int, count: int, seed: int) -> np.ndarray:
    """(dims, count) float32 normals of random hyperplanes, in sixteenths: whole numbers. A prefix of a longer draw is
    not the shorter draw.
    """
    return np.rint(16 * np.random.default_rng(seed).standard_normal((dims, count), dtype=np.float32))


def band_codes(embeddings: np.ndarray, bands: int, rows: int, seed: int) -> np.ndarray:
    """(n, dims) unit vectors -> (n, bands) uint64: `rows` sign bits a band. With 0 rows all images share one bucket.

    A row's bits must not depend on how many rows are projected with it, and a BLAS sums in any order: so vectors and
    planes are rounded to whole numbers whose products add up without rounding (below 2^24, by Cauchy and Schwarz).

    Raises:
        ValueError: more than 64 rows, which do not fit a code.
    """
    if not 0 <= rows <= 64:
        raise ValueError(f"a band of hyperplanes has 0 to 64 rows, not {rows}")
    if rows == 0:
        return np.zeros((len(embeddings), bands), np.uint64)
    planes = hyperplanes(embeddings.shape[1], bands * rows, seed)
    bits = np.rint(embeddings.astype(np.float32) * 1024) @ planes > 0
    weights = np.uint64(1) << np.arange(rows, dtype=np.uint64)
    return (bits.reshape(len(embeddings), bands, rows) * weights).sum(2, dtype=np.uint64)


def collision(cosine: float | np.ndarray) -> float | np.ndarray:
    """Probability that one random hyperplane leaves two vectors of this cosine on the same side."""
    return 1 - np.arccos(np.clip(cosine, -1, 1)) / np.pi
