"""First and second moments of unit vectors that add up exactly, in any order, and the PCA-whitening from them."""

import dataclasses

import numpy as np

UNIT = 1 << 18
"""Vectors are rounded to whole numbers of 1 / UNIT, so a product of two is a whole number below 2^36."""
MOST = 1 << 26
"""Vectors whose sums of products fit into 64 bits."""
TINY = 1e-9
"""Less variance than this comes from rounding."""
_AT_ONCE = 1 << 16
"""Vectors whose products a float64 matrix product sums exactly: 2^36 * 2^16 < 2^53."""


@dataclasses.dataclass
class Moments:
    """count: vectors seen. total: (d,) int64 sums; products: (d, d) int64 sums of products; both in units of `UNIT`."""

    count: int
    total: np.ndarray
    products: np.ndarray

    @classmethod
    def none(cls, dims: int) -> "Moments":
        """Of no vectors yet."""
        return cls(0, np.zeros(dims, np.int64), np.zeros((dims, dims), np.int64))

    def add(self, vectors: np.ndarray) -> None:
        """(n, d) float vectors, elements in -1..1. Raises ValueError for others."""
        if not np.isfinite(vectors).all() or np.abs(vectors).max(initial=0) > 1.001:
            raise ValueError("moments are taken of vectors with elements in -1..1")
        if self.count + len(vectors) > MOST:
            raise ValueError(f"moments can be taken of {MOST:,} vectors at most; take a smaller sample")
        for first in range(0, len(vectors), _AT_ONCE):
            whole = np.rint(vectors[first : first + _AT_ONCE].astype(np.float64) * UNIT)
            self.total += whole.sum(0).astype(np.int64)
            self.products += (whole.T @ whole).astype(np.int64)
        self.count += len(vectors)

    def merge(self, other: "Moments") -> None:
        """Add what another has seen."""
        self.count += other.count
        self.total += other.total
        self.products += other.products

    def mean(self) -> np.ndarray:
        """(d,) float64."""
        return self.total / (self.count * UNIT)

    def covariance(self) -> np.ndarray:
        """(d, d) float64, unbiased."""
        mean = self.mean()
        second = self.products / UNIT**2
        unbiased: np.ndarray = (second - self.count * np.outer(mean, mean)) / (self.count - 1)
        return unbiased


def pca_whitening(moments: Moments, dims: int, shrinkage: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moments -> mean (d,), projection (d, dims), and the share of the variance on each axis (dims,), all float64.

    Axes in order of variance, each divided by the root of its variance plus `shrinkage` times the largest one (Jegou,
    Chum 2012, section 3; the shrinkage keeps axes of noise from being blown up). The largest element of an axis
    is positive, so that an eigenvector's sign is no matter of chance.

    Raises:
        ValueError: fewer vectors than dimensions, or none of them differ.
    """
    if not 1 <= dims <= len(moments.total):
        raise ValueError(f"dims must lie in 1..{len(moments.total)}, the channels of this backbone, not {dims}")
    if moments.count <= dims:
        raise ValueError(f"{moments.count:,} vectors are too few to whiten {dims} dimensions; give more images")
    values, axes = np.linalg.eigh(moments.covariance())
    values, axes, total = np.maximum(values[::-1], 0)[:dims], axes[:, ::-1][:, :dims], np.maximum(values, 0).sum()
    if total < TINY:
        raise ValueError("the images are all alike; there is nothing to whiten")
    if values[-1] + shrinkage * values[0] < TINY:
        raise ValueError(f"the images differ in fewer than {dims} dimensions; ask for fewer, or for more shrinkage")
    axes = axes * np.where(axes[np.abs(axes).argmax(0), np.arange(dims)] < 0, -1, 1)
    return moments.mean(), axes / np.sqrt(values + shrinkage * values[0]), values / total
