"""Were the colours of a picture changed? Confirmation takes negatives, grey and dark copies for copies, which they
are; but what was turned grey, dark or into its negative can't stand for what it was made from.
"""

import cv2
import numpy as np

CELL = 4
"""Pixels of the coarser picture, along each side of the squares over which colours are averaged: noise, compression
and what registration is off by vanish."""


def recoloured(moved: np.ndarray, plane: np.ndarray, mask: np.ndarray) -> float:
    """What `register` makes of two thumbnails at half of their size, (h, w, 3) uint8 -> by how many of 255 levels their
    colours differ: the root mean square, over the squares of what is common, of the channel that differs most. What
    differs in a small part counts by how much it does.
    """
    there = mask[..., None].astype(np.float32)
    size = CELL, CELL
    share = cv2.blur(there, size)[::CELL, ::CELL]
    difference = cv2.blur((moved.astype(np.float32) - plane) * there, size)[::CELL, ::CELL]
    common = share > 0.5
    if not common.any():
        return 255.0
    return float(np.sqrt(np.square(difference[common] / share[common][:, None]).max(axis=1).mean()))
