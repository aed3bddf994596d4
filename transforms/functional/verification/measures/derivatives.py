"""Is one picture made of the other's edges? An emboss is the derivative in one direction, other filters take the
strength of edges: keypoints do not match there, and structure does not agree.
"""

import cv2
import numpy as np

AROUND = 15
"""Side, in px, of the surroundings whose mean a picture is taken against, since a relief has no slow light."""


def derived(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> float:
    """Two registered (h, w) uint8 planes and a mask (h, w) uint8 of where both are -> 0..1: the multiple correlation of
    the one with the other's derivatives along x and y and the strength of its edges, whichever way it is greater.
    """
    weight = mask.astype(np.float32)
    own = [_about_its_surroundings(plane) for plane in (a, b)]
    return max(_explained(own[0], b, weight), _explained(own[1], a, weight))


def _about_its_surroundings(plane: np.ndarray) -> np.ndarray:
    values = plane.astype(np.float32)
    return np.asarray(values - cv2.blur(values, (AROUND, AROUND)))


def _explained(shown: np.ndarray, source: np.ndarray, weight: np.ndarray) -> float:
    x: np.ndarray = cv2.Sobel(source, cv2.CV_32F, 1, 0, scale=1 / 8)
    y: np.ndarray = cv2.Sobel(source, cv2.CV_32F, 0, 1, scale=1 / 8)
    strength: np.ndarray = cv2.magnitude(x, y)
    strength = cv2.subtract(strength, cv2.blur(strength, (AROUND, AROUND)))
    rows = np.stack([(plane * weight).ravel() for plane in (x, y, strength, shown)])
    products = (rows @ rows.T).astype(np.float64)
    sums, count = rows.sum(1, dtype=np.float64), max(float(weight.sum()), 1.0)
    moments = products / count - np.outer(sums, sums) / count**2
    of_both, total = moments[:3, 3], float(moments[3, 3])
    # the ridge, one grey level, is for planes without edges
    found = of_both @ np.linalg.solve(moments[:3, :3] + np.eye(3), of_both)
    return float(np.sqrt(np.clip(found / (total + 1.0), 0.0, 1.0)))
