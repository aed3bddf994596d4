"""Matches of keypoints: the mutually nearest descriptors of two pictures."""

import numpy as np


def mutual_matches(a: np.ndarray, b: np.ndarray, least: float, far: np.ndarray | None = None) -> np.ndarray:
    """Unit descriptors (n, d), (m, d), float32, n and m > 0 -> (k, 2) int64: mutually nearest pairs whose cosine is at
    least `least`.

    far: (n, m) bool, pairs that are out of the question.
    """
    similarity = a @ b.T
    if far is not None:
        similarity[far] = -1.0
    best_b = similarity.argmax(1)
    value = similarity[np.arange(len(similarity)), best_b]
    # the maximum of its row is its column's maximum too; an argmax down the columns would cost ten times this
    rows = np.flatnonzero((value >= similarity.max(0)[best_b]) & (value >= least))
    return np.stack([rows, best_b[rows]], 1)
