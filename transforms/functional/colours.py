"""Were the colours of a picture changed? Confirmation looks at grey planes, and takes negatives and dark copies for
copies, which they are; but what was turned grey, dark or into its negative can't stand for what it was made from.
"""

import cv2
import numpy as np

from transforms.functional.agreement import register

CELL = 4
"""Pixels of the coarser picture, along each side of the squares over which colours are averaged: noise, compression
and what registration is off by vanish."""


def recoloured(a: np.ndarray, b: np.ndarray, matrix: np.ndarray) -> float:
    """(h, w, 3) uint8 thumbnails at half of their size, and a's (3, 3) homography onto b -> by how many of 255 levels
    their colours differ: the root mean square, over the squares of what is common, of the channel that differs most.
    What differs in a small part counts by how much it does.
    """
    moved, plane, mask = register(a, b, matrix)
    there = mask[..., :1].astype(np.float32)
    size = CELL, CELL
    share = cv2.blur(there, size)[::CELL, ::CELL]
    difference = cv2.blur((moved.astype(np.float32) - plane) * there, size)[::CELL, ::CELL]
    common = share > 0.5
    if not common.any():
        return 255.0
    return float(np.sqrt(np.square(difference[common] / share[common][:, None]).max(axis=1).mean()))
