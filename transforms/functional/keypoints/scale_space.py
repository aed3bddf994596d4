"""Scale space of SIFT (Lowe 2004, section 3): a grey picture in, octaves of blurred planes out.

All of it is whole numbers, so that every machine finds the same: values in 1/`UNIT` grey levels, and kernels whose taps
add up to `TAPS`. Sums of their products stay below 2^24, up to where whole numbers are exact as floats. Planes are kept
in 16 bits, since they are large, and read several times. The kernel (`functional/native/blur.c`) is six times as fast
as OpenCV's filters, which do the same where it was not built.
"""

import functools

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

LAYERS = 3
"""Scales an octave in which extrema are looked for."""
LEVELS = LAYERS + 3
"""Planes an octave: extrema lie in differences of two that have one above and one below."""
SIGMA = 1.6
"""Blur of the first plane of an octave, px of that plane."""
DOUBLED = 2 * 0.5
"""Blur that the doubled picture comes with: the camera's, as in the paper."""
UNIT = 128
"""Steps of a grey level."""
TAPS = 512
"""Sum of the taps of a kernel."""
BORDER = 5
"""Pixels at the edges of a plane where nothing is looked for."""


def scale_space(grey: np.ndarray) -> list[np.ndarray]:
    """(h, w) uint8, h and w of 16 at least -> the octaves in which extrema can be found, (LEVELS, h, w) int16 each;
    the first is twice the size of the picture.
    """
    height, width = 2 * grey.shape[0], 2 * grey.shape[1]
    doubled = cv2.resize(np.int16(UNIT) * grey, (width, height), interpolation=cv2.INTER_LINEAR)
    octaves = [np.empty((LEVELS, height, width), np.int16)]
    blur(doubled, octaves[0][0], _kernel(DOUBLED, SIGMA))
    while True:
        levels = octaves[-1]
        for level in range(1, LEVELS):
            blur(levels[level - 1], levels[level], _step(level))
        half = levels[LAYERS][::2, ::2]
        if min(half.shape) <= 2 * BORDER:
            return octaves
        octaves.append(np.empty((LEVELS, *half.shape), np.int16))
        octaves[-1][0] = half


@functools.cache
def _step(level: int) -> np.ndarray:
    """The kernel from one level of an octave to the next."""
    return _kernel(SIGMA * 2 ** ((level - 1) / LAYERS), SIGMA * 2 ** (level / LAYERS))


@functools.cache
def _kernel(before: float, after: float) -> np.ndarray:
    """float32 of whole numbers: the middle tap and those on one side of the Gaussian that brings one blur to another.

    Each is rounded up or down, so that their variance is right: that of differences depends on it.
    """
    variance, places = after**2 - before**2, np.arange(1, 32)
    gaussian = np.exp(-np.square(places) / (2 * variance))
    gaussian *= TAPS / (1 + 2 * gaussian.sum())
    gaussian = gaussian[gaussian > 0.5]
    up = np.arange(1 << len(gaussian))[:, None] >> np.arange(len(gaussian)) & 1
    taps = np.floor(gaussian) + up
    off = np.abs(2 * taps @ np.square(places[: len(gaussian)]) / TAPS - variance)
    best = taps[np.lexsort((np.square(taps - gaussian).sum(1), np.round(off, 2)))[0]]
    return np.concatenate([[TAPS - 2 * best.sum()], best]).astype(np.float32)


def blur(plane: np.ndarray, out: np.ndarray, kernel: np.ndarray) -> None:
    """A plane of whole numbers up to 255 UNIT, filtered down and along, each rounded, into another; both C-contiguous
    (h, w) int16, with edges reflected. kernel: as `_kernel` makes it.
    """
    if compiled is None:
        _blur_slowly(plane, out, kernel)
    else:
        compiled.blur(plane, out, kernel, *plane.shape)


def _blur_slowly(plane: np.ndarray, out: np.ndarray, kernel: np.ndarray) -> None:
    whole, one = np.concatenate([kernel[:0:-1], kernel]), np.ones(1, np.float32)
    sums: np.ndarray = plane.astype(np.float32)
    for along, down in ((one, whole), (whole, one)):
        filtered = cv2.sepFilter2D(sums, cv2.CV_32F, along, down, borderType=cv2.BORDER_REFLECT_101)
        sums = np.rint(filtered * np.float32(1 / TAPS))
    out[:] = sums
