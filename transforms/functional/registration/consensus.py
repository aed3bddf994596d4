"""Which matches agree: each proposes a similarity by itself, and those that most vote for one of them come out."""

import numpy as np

from lookalike.transforms.functional.keypoints.keypoints import Keypoints

MOST_PROPOSALS = 64
"""Pairs that propose a transform; all pairs vote. With 1 inlier in 10, the chance that none is among 64 is 1e-3."""
SIMILAR = 1.6
"""Factor by which the sizes of keypoints may differ from what a transform makes of them."""
ALIKE = 0.86
"""Cosine of the linear parts of two similarities, as vectors: their turns are within about 30 degrees."""


def propose(a: Keypoints, b: Keypoints, pairs: np.ndarray, mirrored: bool, inverted: bool) -> np.ndarray:
    """(k, 2) pairs -> (k, 2, 3): the similarity that each pair stands for alone."""
    i, j = pairs.T
    flip, turn = -1.0 if mirrored else 1.0, _turns(a, b, pairs, mirrored, inverted)
    scale = b.size[j] / np.maximum(a.size[i], 1e-3)
    found = np.empty((len(pairs), 2, 3), np.float32)
    cos, sin = _directions(turn)
    found[:, 1, 1], found[:, 1, 0] = scale * cos, scale * sin
    found[:, 0, 1] = -found[:, 1, 0]
    found[:, 0, 0] = found[:, 1, 1] * flip
    found[:, 1, 0] *= flip
    x, y = a.xy[i].T
    found[:, :, 2] = b.xy[j]
    found[:, :, 2] -= found[:, :, 0] * x[:, None] + found[:, :, 1] * y[:, None]
    return found


def _turns(a: Keypoints, b: Keypoints, pairs: np.ndarray, mirrored: bool, inverted: bool) -> np.ndarray:
    """Angles, (k,) float32, by which pairs say that a was turned after it was mirrored."""
    angle_a = a.angle.take(pairs[:, 0]) * (-1.0 if mirrored else 1.0)
    angle_a = angle_a + (np.pi if mirrored else 0.0) + (np.pi if inverted else 0.0)
    turns: np.ndarray = b.angle.take(pairs[:, 1]) - angle_a
    return turns


def _directions(turns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosines and sines, float32: the last of 64 bits, which differs between processors, is rounded off."""
    wide = turns.astype(np.float64)
    return np.cos(wide).astype(np.float32), np.sin(wide).astype(np.float32)


def agreeing(
    a: Keypoints, b: Keypoints, pairs: np.ndarray, mirrored: bool, inverted: bool, tolerance: float
) -> np.ndarray:
    """(k, 2) matches of keypoints, k > 0, the strongest first -> boolean (k,): those that agree with the proposal that
    most do, in place, size and angle.

    tolerance: px of the coarser picture.
    """
    proposals, a_xy, b_xy = propose(a, b, pairs, mirrored, inverted), a.xy[pairs[:, 0]], b.xy[pairs[:, 1]]
    linear = proposals[:, :, :2].reshape(-1, 4).T
    norm = np.sqrt(np.square(linear).sum(0))
    # keypoints are sorted by strength and their matches with them: the strongest propose, all vote
    heads = proposals[:MOST_PROPOSALS]
    # errors of the coarser picture count in its own pixels; areas grow by half of a similarity's squared norm
    limits = (2 * tolerance) ** 2 * np.maximum(np.square(norm[:MOST_PROPOSALS]) / 2, 1)
    (x, y), (mate_x, mate_y), (xx, xy, yx, yy) = a_xy.T, b_xy.T, linear
    own = heads.reshape(-1, 6).T[:, :, None]
    off_x = own[0] * x + own[1] * y + own[2] - mate_x
    off_y = own[3] * x + own[4] * y + own[5] - mate_y
    agreed = own[0] * xx + own[1] * xy + own[3] * yx + own[4] * yy
    norms = norm[: len(heads), None]
    ratio = norms / norm
    votes = (off_x * off_x + off_y * off_y < limits[:, None]) & (agreed > np.float32(ALIKE) * norms * norm)
    votes &= (ratio < np.float32(SIMILAR)) & (ratio > np.float32(1 / SIMILAR))
    most: np.ndarray = votes[votes.sum(1).argmax()]
    return most
