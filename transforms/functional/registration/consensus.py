"""Which matches agree: transforms that are proposed by one match each in, those that most vote for one of them out.

In `functional/native/votes.c`, or, where that was not built, here: with the same bytes.
"""

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

MOST_PROPOSALS = 64
"""Pairs that propose a transform; all pairs vote. With 1 inlier in 10, the chance that none is among 64 is 1e-3."""
SIMILAR = 1.6
"""Factor by which the sizes of keypoints may differ from what a transform makes of them."""
ALIKE = 0.86
"""Cosine of the linear parts of two similarities, as vectors: their turns are within about 30 degrees."""
_RULES = np.array([ALIKE, SIMILAR, 1 / SIMILAR], np.float32)


def most_agree(proposals: np.ndarray, a_xy: np.ndarray, b_xy: np.ndarray, tolerance: float) -> np.ndarray:
    """(k, 2, 3) float32 similarities, k > 0, and (k, 2) float32 the matches that propose them -> boolean (k,): those
    that agree with the proposal that most do, in place, size and angle.

    tolerance: px of the coarser picture.
    """
    linear = proposals[:, :, :2].reshape(-1, 4).T
    norm = np.sqrt(np.square(linear).sum(0))
    matches = np.empty((9, len(a_xy)), np.float32)
    matches[:2], matches[2:4], matches[4:8], matches[8] = a_xy.T, b_xy.T, linear, norm
    # keypoints are sorted by strength and their matches with them: the strongest propose, all vote
    heads = np.ascontiguousarray(proposals[:MOST_PROPOSALS])
    # errors of the coarser picture count in its own pixels; areas grow by half of a similarity's squared norm
    limits = (2 * tolerance) ** 2 * np.maximum(np.square(norm[:MOST_PROPOSALS]) / 2, 1)
    if compiled is None:
        return _most_agree_slowly(matches, heads, limits)
    best = np.empty(len(a_xy), bool)
    compiled.consensus(matches, heads, limits, _RULES, best)
    return best


def _most_agree_slowly(matches: np.ndarray, heads: np.ndarray, limits: np.ndarray) -> np.ndarray:
    x, y, mate_x, mate_y, xx, xy, yx, yy, norm = matches
    own = heads.reshape(-1, 6).T[:, :, None]
    off_x = own[0] * x + own[1] * y + own[2] - mate_x
    off_y = own[3] * x + own[4] * y + own[5] - mate_y
    agreed = own[0] * xx + own[1] * xy + own[3] * yx + own[4] * yy
    alike, similar, dissimilar = _RULES
    norms = norm[: len(heads), None]
    ratio = norms / norm
    votes = (off_x * off_x + off_y * off_y < limits[:, None]) & (agreed > alike * norms * norm)
    votes &= (ratio < similar) & (ratio > dissimilar)
    most: np.ndarray = votes[votes.sum(1).argmax()]
    return most
