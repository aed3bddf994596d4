"""What one grey map for all of the picture leaves unexplained: one word in a page, where all else fits to the noise."""

import cv2
import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps

BOX = (11, 5)
"""Width and height of a place, px: a few letters."""
DEGREE = 3
POWERS = np.vander(np.linspace(-1, 1, 256), DEGREE + 1)
AROUND = (9, 9)
TEXTURED = 4.0
"""Grey levels by which pixels differ from what is around them, on average, where there is something to see."""
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
    left = cv2.absdiff(a, cv2.LUT(b, grey_map(counted, sums)))
    there = cv2.boxFilter(cv2.absdiff(a, cv2.blur(a, AROUND)), cv2.CV_32F, BOX)[::2, ::2] > TEXTURED
    seen = cv2.boxFilter(left, cv2.CV_32F, BOX)[::2, ::2][there & maps.inner]
    if len(seen) < FEW:
        return NOTHING
    seen.sort()
    most, last = float(seen[-1]), len(seen) - 1
    ordinary = {f"residual_{q:g}": most / (float(seen[int(q * last)]) + 1.0) for q in (0.9, 0.5)}
    return {"residual": most, **ordinary}


def grey_map(counted: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """(256,) uint8: the cubic of a picture's greys that is nearest to what another shows in the same places.

    counted: (256,) how often each grey occurs. sums: (256,) of the other's greys where it does. Least squares over
    pixels depend on nothing else.
    """
    normal = (POWERS * counted[:, None]).T @ POWERS
    fitted = POWERS @ np.linalg.solve(normal + 1e-6 * np.eye(DEGREE + 1), POWERS.T @ sums)
    greys: np.ndarray = np.clip(np.rint(fitted), 0, 255).astype(np.uint8)
    return greys
