"""Was a part cut out of the picture that shows it, or does it lie in it as a picture of its own?

What was cut out goes on beyond its edge. A tile of a collage, a photograph in a page or on a screen, a logo in a letter
ends there: across its edge the whole changes more than beside it, or nothing is there.
"""

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
    return bool(across <= STEP * (beside + 1) and np.corrcoef(inside, outside)[0, 1] >= ALIKE)


def _edge(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners -> (n, 2) places along the sides, about 1 px apart, and the (n, 2) directions out of the part there."""
    centre = corners.mean(0)
    places, normals = [np.zeros((0, 2))], [np.zeros((0, 2))]
    for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        along = end - start
        length = float(np.hypot(*along))
        if not FEW <= length < 1e4:
            continue
        out = np.array([along[1], -along[0]]) / length
        out *= np.sign(((start + end) / 2 - centre) @ out) or 1.0
        steps = np.linspace(CORNERS, 1 - CORNERS, int(length))
        places.append(start + steps[:, None] * along)
        normals.append(np.tile(out, (len(steps), 1)))
    return np.concatenate(places), np.concatenate(normals)
