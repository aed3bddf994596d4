"""Was a part cut out of the picture that shows it, or does it lie in it as a picture of its own?

What was cut out goes on beyond its edge. A tile of a collage, a photograph in a page or on a screen, a logo in a letter
ends there: across its edge the whole changes more than beside it, or nothing is there.
"""

import functools

import cv2
import numpy as np

REACH = (-4.5, -1.5, 1.5, 4.5)
"""Where the whole is read on either side of the part's edge, px of its thumbnail; registration is right to about 1."""
CORNERS = 0.06
"""Of each side, at either end, that is not looked at."""
STEP = 1.25
"""Most that the whole may change across the edge, for as much beside it. Of crops nine in ten have less than 1.11, of
pictures in collages, pages and screens nine in ten more than 1.35."""
ALIKE = 0.3
"""Least correlation of what is just inside with what is just outside. Of crops nineteen in twenty have more than .49,
of pictures in others nine in ten less than .28."""
SOMETHING = 6.0
"""Standard deviation along the edge, in grey levels, below which there is nothing that could go on."""
FEW = 8
"""Places along the edge below which nothing is said."""


def is_cut_out(whole: np.ndarray, corners: np.ndarray) -> bool:
    """A grey (h, w) picture and the (4, 2) corners, in order, of a part, px -> does it go on beyond the part's edge?

    Sides that are the picture's own are not looked at.
    """
    places, normals = _edge(np.asarray(corners, np.float64))
    height, width = whole.shape
    ends = places + normals * REACH[-1]
    inner = ((ends >= 0.5) & (ends <= (width - 0.5, height - 0.5))).all(1)
    if np.count_nonzero(inner) < FEW:
        return False
    x, y = np.moveaxis(places[inner] + normals[inner] * np.reshape(REACH, (-1, 1, 1)) - 0.5, 2, 0).astype(np.float32)
    deep, inside, outside, far = cv2.remap(
        whole.astype(np.float32), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float64)
    if min(inside.std(), outside.std()) < SOMETHING:
        return False
    across = np.abs(inside - outside).mean()
    beside = (np.abs(deep - inside).mean() + np.abs(far - outside).mean()) / 2
    return bool(across <= STEP * (beside + 1) and _correlation(inside, outside) >= ALIKE)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / np.sqrt((one * one).sum() * (other * other).sum()))


def _edge(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners -> (n, 2) places along the sides, about 1 px apart, and the (n, 2) directions out of the part there."""
    centre = corners.mean(0)
    places, normals = [np.zeros((0, 2))], [np.zeros((0, 2))]
    for (x, y), (to_x, to_y) in zip(corners.tolist(), np.roll(corners, -1, 0).tolist(), strict=True):
        along = to_x - x, to_y - y
        length = float(np.hypot(*along))
        if not FEW <= length < 1e4:
            continue
        out = np.array([along[1], -along[0]]) / length
        away = ((x + to_x) / 2 - centre[0]) * out[0] + ((y + to_y) / 2 - centre[1]) * out[1]
        out *= -1.0 if away < 0 else 1.0
        steps = _steps(int(length))
        places.append(np.array([x, y]) + steps * np.array(along))
        normals.append(np.broadcast_to(out, (len(steps), 2)))
    return np.concatenate(places), np.concatenate(normals)


@functools.lru_cache(256)
def _steps(count: int) -> np.ndarray:
    """(count, 1): where places lie along a side, of which the corners are not looked at."""
    steps = np.linspace(CORNERS, 1 - CORNERS, count)[:, None]
    steps.flags.writeable = False
    return steps
