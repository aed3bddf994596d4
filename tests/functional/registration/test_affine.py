import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lookalike.transforms.functional.registration.affine import (
    adjugate,
    determinant,
    fit_affine,
    inverse,
    linearised,
    moved,
    product,
    squared_distances,
    stretches,
)

TRANSFORMS = arrays(np.float64, (2, 3), elements=st.floats(-4, 4, width=32))


def cloud(seed, count=40):
    return np.random.default_rng(seed).uniform(0, 200, (count, 2)).astype(np.float32)


@given(TRANSFORMS, st.integers(0, 99))
def test_the_fit_is_numpys_least_squares(transform, seed):
    a = cloud(seed)
    b = (a @ transform[:, :2].T + transform[:, 2] + cloud(seed + 1) / 50).astype(np.float32)
    design = np.column_stack([a, np.ones(len(a))]).astype(np.float64)
    expected = np.linalg.lstsq(design, b.astype(np.float64), rcond=None)[0].T
    np.testing.assert_allclose(fit_affine(a, b), expected, atol=1e-5)


def test_points_on_one_line_have_a_fit():
    a = np.column_stack([np.arange(8), np.zeros(8)]).astype(np.float32)
    fitted = fit_affine(a, a + np.float32(3))
    np.testing.assert_allclose(squared_distances(fitted[None], a, a + np.float32(3)), 0, atol=1e-9)


@given(TRANSFORMS)
def test_stretches_are_singular_values(transform):
    np.testing.assert_allclose(stretches(transform), np.linalg.svd(transform[:, :2], compute_uv=False), atol=1e-5)


@given(TRANSFORMS)
def test_determinant_and_inverse_are_numpys(transform):
    square = np.vstack([transform, (0, 0, 1)])
    np.testing.assert_allclose(determinant(square), np.linalg.det(square), atol=1e-9)
    if abs(determinant(square)) > 1e-3:
        np.testing.assert_allclose(inverse(square) @ square, np.eye(3), atol=1e-6)


@given(arrays(np.float64, (3, 3), elements=st.floats(-4, 4, width=32)))
def test_the_adjugate_is_the_inverse_but_for_its_scale(matrix):
    np.testing.assert_allclose(adjugate(matrix) @ matrix, np.linalg.det(matrix) * np.eye(3), atol=1e-9)


SQUARES = arrays(np.float64, (3, 3), elements=st.floats(-4, 4, width=32))


@given(SQUARES, SQUARES, SQUARES)
def test_products_are_numpys(a, b, c):
    np.testing.assert_allclose(product(a, b, c), a @ b @ c, atol=1e-9)


@given(SQUARES, st.integers(0, 99))
def test_points_are_moved_by_the_matrix(matrix, seed):
    xy = cloud(seed)
    expected = np.column_stack([xy, np.ones(len(xy))]) @ matrix.T
    np.testing.assert_allclose(moved(matrix, xy).T, expected, atol=1e-9)
    np.testing.assert_array_equal(moved(matrix[:2], xy), moved(matrix, xy)[:2])


@given(st.lists(TRANSFORMS, min_size=1, max_size=5), st.integers(0, 99))
def test_distances_are_those_of_each_transform(transforms, seed):
    a, b = cloud(seed), cloud(seed + 1)
    found = squared_distances(np.stack(transforms), a, b)
    for transform, row in zip(transforms, found, strict=True):
        step = a.astype(np.float64) @ transform[:, :2].T + transform[:, 2] - b
        np.testing.assert_allclose(row, (step**2).sum(1), rtol=1e-4, atol=1e-2)


@given(TRANSFORMS, arrays(np.float64, (2,), elements=st.floats(-0.004, 0.004)), st.floats(0.5, 2))
def test_a_homography_is_nearly_affine_around_a_place(transform, slant, scale):
    matrix = np.vstack([transform, [*slant, 1]]) * scale
    near = np.array([[60.0, 40, 1], [60.01, 40, 1], [60, 40.01, 1]])
    moved = near @ matrix.T
    expected = moved[:, :2] / moved[:, 2:]
    np.testing.assert_allclose(near @ linearised(matrix, 60.0, 40.0).T, expected, atol=1e-4)


def test_what_is_affine_is_left_as_it_is_and_so_is_what_has_no_near():
    transform = np.array([[0.3, 0.1, 7.7], [-0.2, 0.9, 1.1]])
    assert (linearised(np.vstack([transform, (0, 0, 1)]), 311.0, 77.0) == transform).all()
    for slant in (-0.01, -0.02):  # on the horizon, and behind it
        assert (linearised(np.vstack([transform, (slant, 0, 1)]), 100.0, 77.0) == transform).all()
