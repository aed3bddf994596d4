"""Moments that add up exactly, and the whitening from them against scikit-learn's PCA."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from lookalike.transforms.functional.embedding.moments import Moments, pca_whitening


def unit_vectors(count, dims, seed=0):
    rng = np.random.default_rng(seed)
    vectors = np.abs(rng.standard_normal((count, dims)) @ rng.standard_normal((dims, dims)))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def moments_of(*parts):
    total = Moments.none(parts[0].shape[1])
    for part in parts:
        moments = Moments.none(part.shape[1])
        moments.add(part)
        total.merge(moments)
    return total


@settings(max_examples=30)
@given(st.lists(st.integers(0, 400), max_size=6), st.randoms())
def test_no_order_and_no_division_changes_a_bit(cuts, random):
    vectors = unit_vectors(400, 12)
    whole = moments_of(vectors)
    parts = np.split(vectors, sorted(cuts))
    random.shuffle(parts)
    divided = moments_of(*parts)
    assert divided.count == whole.count
    assert np.array_equal(divided.total, whole.total) and np.array_equal(divided.products, whole.products)


def test_mean_and_covariance_are_numpys():
    vectors = unit_vectors(3000, 24)
    moments = moments_of(vectors)
    np.testing.assert_allclose(moments.mean(), vectors.mean(0, dtype=np.float64), atol=1e-6)
    np.testing.assert_allclose(moments.covariance(), np.cov(vectors.T.astype(np.float64)), atol=1e-6)


def test_whitening_is_scikit_learns():
    vectors = unit_vectors(3000, 24)
    mean, projection, share = pca_whitening(moments_of(vectors), 8, shrinkage=0.0)
    reference = PCA(8, whiten=True, svd_solver="full").fit(vectors.astype(np.float64))
    theirs = reference.transform(vectors)
    ours = (vectors - mean) @ projection
    signs = np.sign((ours * theirs).sum(0))
    np.testing.assert_allclose(ours, theirs * signs, atol=1e-4)
    np.testing.assert_allclose(share, reference.explained_variance_ratio_, atol=1e-4)


def test_shrinkage_holds_small_axes_down():
    moments = moments_of(unit_vectors(3000, 24))
    _, without, _ = pca_whitening(moments, 24, shrinkage=0.0)
    _, shrunk, _ = pca_whitening(moments, 24, shrinkage=0.01)
    lengths = np.linalg.norm(shrunk, axis=0) / np.linalg.norm(without, axis=0)
    assert lengths[0] > 0.99 and lengths[-1] < 0.95 and (np.diff(lengths) <= 1e-12).all()


def test_axes_have_a_sign():
    _, projection, _ = pca_whitening(moments_of(unit_vectors(500, 10)), 10, 1e-3)
    assert (projection[np.abs(projection).argmax(0), np.arange(10)] > 0).all()


@pytest.mark.parametrize(
    ("vectors", "dims", "message"),
    [
        (unit_vectors(50, 10), 11, "dims must lie in 1..10"),
        (unit_vectors(5, 10), 10, "5 vectors are too few"),
        (np.full((50, 10), 0.25, np.float32), 2, "all alike"),
    ],
)
def test_what_can_not_be_fitted_is_told(vectors, dims, message):
    with pytest.raises(ValueError, match=message):
        pca_whitening(moments_of(vectors), dims, 1e-3)


def test_other_vectors_are_refused():
    with pytest.raises(ValueError, match=r"-1\.\.1"):
        Moments.none(2).add(np.array([[3.0, 0.0]]))
