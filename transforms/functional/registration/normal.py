"""Normal equations of least squares, solved as the kernels do it: in one order, the same on every machine."""

import numpy as np


def solved(rows: np.ndarray) -> np.ndarray:
    """(n, n + k) float64, coefficients and what they are to give -> (n, k) unknowns. Without pivots, which squares with
    a ridge do not need.
    """
    rows, size = rows.copy(), len(rows)
    for i in range(size):
        for j in range(i + 1, size):
            rows[j, i:] -= rows[j, i] / rows[i, i] * rows[i, i:]
    found = rows[:, size:]
    for i in reversed(range(size)):
        for j in range(i + 1, size):
            found[i] -= rows[i, j] * found[j]
        found[i] /= rows[i, i]
    return found
