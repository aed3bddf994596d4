"""Least squares in one order, the same on every machine: normal equations are solved, and a homography is fitted.

Equations are solved, and a homography is found, in `functional/native/normal.c`, or, where that was not built, here:
with the same bytes.
"""

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled
from lookalike.transforms.functional.registration.affine import inverse, product

ROUNDS = 10
"""Steps at most; four are usual."""
BETTER = 1 - 1e-6
"""Part of the squared errors that a step leaves at most, if another one is taken."""
_RIDGE = 1e-9 * np.eye(8, 9)
"""Keeps the system of a step solvable."""


def solved(rows: np.ndarray) -> np.ndarray:
    """(n, n + k) float64, coefficients and what they are to give -> (n, k) unknowns. Without pivots, which squares with
    a ridge do not need.
    """
    rows, size = np.array(rows, order="C"), len(rows)
    if compiled is None:
        return _solved_slowly(rows)
    compiled.solve(rows, size, rows.shape[1] - size)
    return rows[:, size:]


def _solved_slowly(rows: np.ndarray) -> np.ndarray:
    size = len(rows)
    for i in range(size - 1):
        rows[i + 1 :, i:] -= rows[i + 1 :, i : i + 1] / rows[i, i] * rows[i, i:]
    found = rows[:, size:]
    for i in reversed(range(size)):
        known = rows[i, i + 1 : size, None] * found[i + 1 :]
        found[i] = np.subtract.reduce(np.concatenate([found[i : i + 1], known])) / rows[i, i]
    return found


def fit_homography(xy: np.ndarray, mates: np.ndarray) -> np.ndarray:
    """(k, 2) points and their mates, k >= 4 -> the (3, 3) float64 homography that takes them nearest to these;
    its last element is 1.
    """
    from_a, to_b = _frame(xy), _frame(mates)
    (x, y), (mate_x, mate_y) = (
        (places.T - frame[:2, 2:]) / frame[0, 0] for places, frame in ((xy, from_a), (mates, to_b))
    )
    places = np.stack([x, y, mate_x, mate_y])
    if compiled is None:
        best = _fitted_slowly(places)
    else:
        best = np.empty(8)
        compiled.homography(places, best, len(xy))
    matrix = product(to_b, np.append(best, 1.0).reshape(3, 3), inverse(from_a))
    return np.asarray(matrix / matrix[2, 2])


def _fitted_slowly(places: np.ndarray) -> np.ndarray:
    """(4, k) float64 places around 0, x and y, and of their mates -> (8,): the homography but for its last element."""
    x, y, mate_x, mate_y = places
    best, found, least = np.zeros(8), np.zeros(8), np.inf
    for _ in range(ROUNDS):
        depth = found[6] * x + found[7] * y + 1
        terms = np.stack([x, y, np.ones_like(x)]) / depth
        moved_x, moved_y = (a * terms[0] + b * terms[1] + c * terms[2] for a, b, c in (found[:3], found[3:6]))
        # of the coordinates that come out, one below the other, the derivatives by what is sought, and the errors
        rows = np.zeros((9, 2, len(x)))
        rows[:3, 0] = rows[3:6, 1] = terms
        rows[6:8, 0], rows[6:8, 1] = -moved_x * terms[:2], -moved_y * terms[:2]
        rows[8] = mate_x - moved_x, mate_y - moved_y
        error = float(np.square(rows[8]).sum())
        if not error < least or (depth <= 0).any():
            break
        best, enough, least = found, error > BETTER * least, error
        if enough:
            break
        every = rows.reshape(9, -1)
        found = found + solved((every[:8, None] * every).sum(2) + _RIDGE)[:, 0]
    return best


def _frame(xy: np.ndarray) -> np.ndarray:
    """(3, 3): takes places around 0, of a size of about 1, to (k, 2) points."""
    middle = xy.mean(0, np.float64)
    size = max(float(np.abs(xy - middle).mean()), 1e-6)
    return np.array([[size, 0, middle[0]], [0, size, middle[1]], [0, 0, 1]])
