"""Affine transforms of the plane: in closed form, since numpy's general solvers cost ten times their arithmetic on
2 x 2; and fitted to matches. All is added up in one order: a BLAS has another one on each kind of processor.
"""

import math

import numpy as np

_RIDGE = 1e-6
"""Keeps the fit to points on one line solvable, px^2."""
FEWEST = 4
"""Matches that a transform is fitted to: three points fit anything."""
FACTORS = (2.0, 1.2, 1.0)
"""Of the tolerance, round by round."""


def fit_affine(a_xy: np.ndarray, b_xy: np.ndarray) -> np.ndarray:
    """Least-squares (2, 3) float64 transform from (k, 2) points to their mates, k >= 3. Sums are added up in order."""
    places = np.hstack([a_xy, b_xy]).astype(np.float64)
    middle = _added_up(places) / len(places)
    x, y, *to = (places - middle).T
    (xx, xy, yy), *cross = (_added_up(np.stack(of, 1)) for of in ((x * x, x * y, y * y), *((x * t, y * t) for t in to)))
    # the normal equations of a 2 x 2 system
    xx, yy = xx + _RIDGE, yy + _RIDGE
    size = xx * yy - xy * xy
    rows = []
    for (by_x, by_y), own in zip(cross, middle[2:], strict=True):
        first, second = (yy * by_x - xy * by_y) / size, (xx * by_y - xy * by_x) / size
        rows.append((first, second, own - (first * middle[0] + second * middle[1])))
    return np.array(rows)


def _added_up(values: np.ndarray) -> np.ndarray:
    """(k, n) -> (n,), one after the other: the same on every machine."""
    return np.asarray(np.add.accumulate(values)[-1])


def fitted(
    a_xy: np.ndarray, b_xy: np.ndarray, pairs: np.ndarray, chosen: np.ndarray, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """An affine transform fitted to matches of keypoints: least squares, and the choice of those matches, in turn.

    (n, 2) and (m, 2) float32 places of keypoints, (k, 2) int64 matches of these and boolean (k,), the FEWEST or more
    that are chosen first -> (2, 3) float64, and boolean (k,): those that lie within the tolerance in the end.

    tolerance: px of the coarser picture.
    """
    a_xy, b_xy = a_xy[pairs[:, 0]], b_xy[pairs[:, 1]]
    (x, y), (mate_x, mate_y) = a_xy.T.astype(np.float64), b_xy.T.astype(np.float64)
    for factor in FACTORS:
        if np.count_nonzero(chosen) < FEWEST:
            break
        matrix = fit_affine(a_xy[chosen], b_xy[chosen])
        within = factor * tolerance
        first, second = matrix
        off_x = first[0] * x + first[1] * y + first[2] - mate_x
        off_y = second[0] * x + second[1] * y + second[2] - mate_y
        chosen = off_x * off_x + off_y * off_y < within * within * max(abs(determinant(matrix)), 1.0)
    return matrix, chosen


def within(xy: np.ndarray, matrix: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(n, 2) float32 points -> boolean (n,): which the affine (3, 3) `matrix` takes into one of (h, w)."""
    height, width = shape
    x, y = xy.T.astype(np.float64)
    x, y = (row[0] * x + row[1] * y + row[2] for row in matrix[:2])
    return np.asarray((x >= 0) & (x <= width) & (y >= 0) & (y <= height))


def squared_distances(transforms: np.ndarray, a_xy: np.ndarray, b_xy: np.ndarray) -> np.ndarray:
    """(p, 2, 3) transforms, (k, 2) points and their mates -> (p, k): from where each takes a point to its mate."""
    (x, y), mates = a_xy.T, b_xy.T[:, None]
    by_x, by_y, own = transforms.T[..., None]
    step = by_x * x + by_y * y
    step += own
    step -= mates
    step *= step
    return np.asarray(step[0] + step[1])


def product(*matrices: np.ndarray) -> np.ndarray:
    """Of (3, 3) matrices, from left to right. Where one of two is diagonal nothing is added up, and `@` will do."""
    found, *others = (matrix.tolist() for matrix in matrices)
    for (a, b, c), (d, e, f), (g, h, i) in others:
        found = [[x * a + y * d + z * g, x * b + y * e + z * h, x * c + y * f + z * i] for x, y, z in found]
    return np.array(found)


def moved(transform: np.ndarray, xy: np.ndarray) -> np.ndarray:
    """Where a (2, 3) or (3, 3) transform takes (n, 2) points: (2, n) or (3, n) float64, x, y and depth."""
    (x, y), (by_x, by_y, own) = xy.T.astype(np.float64), transform.T[:, :, None]
    found = by_x * x
    found += by_y * y
    found += own
    return np.asarray(found)


def determinant(transform: np.ndarray) -> float:
    """Of the linear part of a (2, 3) or (3, 3) transform: how many times larger areas become."""
    (a, b), (c, d) = transform[:2, :2].tolist()
    size: float = a * d - b * c
    return size


def stretches(transform: np.ndarray) -> tuple[float, float]:
    """The greatest and the least factor, by direction, that a (2, 3) transform makes lengths larger by: the singular
    values of its linear part.
    """
    (a, b), (c, d) = transform[:2, :2].tolist()
    squares, product = a * a + b * b + c * c + d * d, abs(a * d - b * c)
    greatest = math.sqrt((squares + math.sqrt(max(squares * squares - 4 * product * product, 0.0))) / 2)
    return greatest, product / greatest if greatest else 0.0


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
    if not matrix[2, :2].any():
        return np.asarray(matrix[:2] / matrix[2, 2])
    *place, depth = moved(matrix, np.array([[x, y]]))[:, 0]
    if depth / matrix[2, 2] < 1e-3:
        return np.asarray(matrix[:2] / matrix[2, 2])
    linear = (matrix[:2, :2] - np.outer(place, matrix[2, :2]) / depth) / depth
    return np.column_stack([linear, np.divide(place, depth) - (linear[:, 0] * x + linear[:, 1] * y)])
