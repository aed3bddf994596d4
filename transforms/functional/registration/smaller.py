"""Planes made smaller by whole factors."""

import cv2
import numpy as np


def smaller(plane: np.ndarray, factor: int) -> np.ndarray:
    """(h, w) -> the mean of each square of `factor` px; what is left over at the right and below is cut off. The plane
    as it is where no square is whole.
    """
    height, width = (side // factor for side in plane.shape)
    if not height or not width:
        return plane
    return cv2.resize(plane[: factor * height, : factor * width], (width, height), interpolation=cv2.INTER_AREA)
