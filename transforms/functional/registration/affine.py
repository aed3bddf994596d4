"""Affine transforms of the plane in closed form: numpy's general solvers cost ten times their arithmetic on 2 x 2."""

import numpy as np

_RIDGE = 1e-6
"""Keeps the fit to points on one line solvable, px^2."""


def fit_affine(a_xy: np.ndarray, b_xy: np.ndarray) -> np.ndarray:
    """Least-squares (2, 3) float64 transform from (k, 2) points to their mates, k >= 3."""
    count = len(a_xy)
    centre_a, centre_b = (points.sum(0, dtype=np.float64) / count for points in (a_xy, b_xy))
    a, b = a_xy - centre_a, b_xy - centre_b
    # the normal equations of a 2 x 2 system
    ((xx, xy), (_, yy)), cross = (a.T @ a).tolist(), a.T @ b
    xx, yy = xx + _RIDGE, yy + _RIDGE
    linear = (np.array([[yy, -xy], [-xy, xx]]) @ cross).T / (xx * yy - xy * xy)
    return np.column_stack([linear, centre_b - linear @ centre_a])


def squared_distances(transforms: np.ndarray, a_xy: np.ndarray, b_xy: np.ndarray) -> np.ndarray:
    """(p, 2, 3) transforms, (k, 2) points and their mates -> (p, k): from where each takes a point to its mate."""
    ones = np.ones((1, len(a_xy)), a_xy.dtype)
    step = (transforms.reshape(-1, 3) @ np.vstack([a_xy.T, ones])).reshape(len(transforms), 2, -1) - b_xy.T
    step *= step
    squares: np.ndarray = step[:, 0] + step[:, 1]
    return squares


def determinant(transform: np.ndarray) -> float:
    """Of the linear part of a (2, 3) or (3, 3) transform: how many times larger areas become."""
    (a, b), (c, d) = transform[:2, :2].tolist()
    size: float = a * d - b * c
    return size


def stretches(transform: np.ndarray) -> tuple[float, float]:
    """The greatest and the least factor, by direction, that a (2, 3) transform makes lengths larger by: the singular
    values of its linear part.
    """
    squares = float(np.square(transform[:, :2]).sum())
    product = abs(determinant(transform))
    greatest = np.sqrt((squares + np.sqrt(max(squares * squares - 4 * product * product, 0.0))) / 2)
    return float(greatest), float(product / greatest) if greatest else 0.0


def inverse(transform: np.ndarray) -> np.ndarray:
    """Of a (3, 3) affine transform whose determinant is not 0."""
    (a, b, x), (c, d, y), _ = transform.tolist()
    size = a * d - b * c
    turned: np.ndarray = np.array([[d, -b, b * y - d * x], [-c, a, c * x - a * y], [0, 0, size]]) / size
    return turned


def adjugate(matrix: np.ndarray) -> np.ndarray:
    """Of any (3, 3) matrix: its inverse but for the scale, as a homography has none."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    return np.array(
        [
            [e * i - f * h, c * h - b * i, b * f - c * e],
            [f * g - d * i, a * i - c * g, c * d - a * f],
            [d * h - e * g, b * g - a * h, a * e - b * d],
        ]
    )


def plane_scale(size: tuple[float, ...], into: tuple[float, ...]) -> np.ndarray:
    """(h, w) of a plane and of another of the same picture -> (3, 3) scaling of coordinates."""
    return np.array([[into[1] / size[1], 0, 0], [0, into[0] / size[0], 0], [0, 0, 1.0]])


def linearised(matrix: np.ndarray, x: float, y: float) -> np.ndarray:
    """The (2, 3) affine transform that a (3, 3) homography is near a place; near the origin, if the place lies on the
    horizon or behind it.
    """
    *moved, depth = matrix @ (x, y, 1.0)
    if not matrix[2, :2].any() or depth / matrix[2, 2] < 1e-3:
        return np.asarray(matrix[:2] / matrix[2, 2])
    linear = (matrix[:2, :2] - np.outer(moved, matrix[2, :2]) / depth) / depth
    return np.column_stack([linear, np.divide(moved, depth) - linear @ (x, y)])
