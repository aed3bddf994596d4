"""What one grey map for all of the picture leaves unexplained: one word in a page, where all else fits to the noise."""

import cv2
import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps
from lookalike.transforms.functional.registration.least_squares import solved

BOX = (11, 5)
"""Width and height of a place, px: a few letters."""
AREA = BOX[0] * BOX[1]
DEGREE = 3
POWERS = np.vander(np.linspace(-1, 1, 256), DEGREE + 1)
RIDGE = 1e-6
"""Keeps the map solvable where few greys occur."""
AROUND = (9, 9)
TEXTURED = 4.0
"""Grey levels by which pixels differ from what is around them, on average, where there is something to see."""
SHARES = np.array([0.5, 0.9, 1.0])
"""Of the places, from where least is left."""
FEW = 20
"""Places below which nothing can be said."""
NOTHING = {"residual": 0.0, "residual_0.9": 0.0, "residual_0.5": 0.0}


def residual_measures(maps: Maps) -> dict[str, float]:
    """The greatest mean residual of a place with texture, in grey levels; and how many times that is what nine in ten
    places, and half of them, have at most.

    The more varied picture's greys are mapped onto the other's by the cubic that fits best (least squares over every
    second row), which explains gamma, contrast, dark modes and negatives. Compression and blur leave a residual
    everywhere that there is texture; another name leaves one in one place.
    """
    a, b, greys = maps.moved, maps.plane, maps.greys
    if np.count_nonzero(greys.a) > np.count_nonzero(greys.b):
        a, b, counted, sums = b, a, greys.a, greys.b_of_a
    else:
        counted, sums = greys.b, greys.a_of_b
    count, (half, nine_in_ten, most) = left_over(a, b, grey_map(counted, sums), maps.inner)
    if count < FEW:
        return NOTHING
    return {"residual": most, "residual_0.9": most / (nine_in_ten + 1.0), "residual_0.5": most / (half + 1.0)}


def left_over(a: np.ndarray, b: np.ndarray, greys: np.ndarray, inner: np.ndarray) -> tuple[int, list[float]]:
    """Two (h, w) uint8 planes, (256,) uint8 what b's greys are mapped to, and which windows lie in the overlap -> how
    many places have texture, and the means of differences over BOX at the SHARES of these, in order.
    """
    texture, left = (
        cv2.boxFilter(cv2.absdiff(a, other), cv2.CV_32S, BOX, normalize=False)[::2, ::2]
        for other in (cv2.blur(a, AROUND), cv2.LUT(b, greys))
    )
    found = np.sort(left[(texture > TEXTURED * AREA) & inner])
    ranks = (SHARES * (len(found) - 1)).astype(np.intp)
    sums = found[ranks] if len(found) else np.zeros(len(SHARES), np.int32)
    return len(found), (sums.astype(np.float32) * np.float32(1 / AREA)).tolist()


def grey_map(counted: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """(256,) uint8: the cubic of a picture's greys that is nearest to what another shows in the same places.

    counted: (256,) how often each grey occurs. sums: (256,) of the other's greys where it does. Least squares over
    pixels depend on nothing else.
    """
    weighed = POWERS * counted[:, None]
    terms = np.concatenate([weighed[:, :, None] * POWERS[:, None], (POWERS * sums[:, None])[:, :, None]], 2)
    # added up in order: the same on every machine
    rows = np.add.accumulate(terms)[-1]
    rows[np.diag_indices(DEGREE + 1)] += RIDGE
    found = solved(rows)[:, 0]
    fitted = np.add.accumulate(POWERS * found, 1)[:, -1]
    return np.asarray(np.clip(np.rint(fitted), 0, 255), np.uint8)
