"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004): two grey pictures in, maps of agreement out."""

from typing import NamedTuple

import cv2
import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

SIGMA = 1.5
"""Standard deviation of the Gaussian window in pixels, as in the paper's section III-C."""
RADIUS = 5
"""The window is cut at 3.5 sigma, 11 x 11, as in the paper and in scikit-image."""
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
C3 = C2 / 2

_MIDDLE = 128
"""Mid grey, which values are centred on."""
_KERNEL = cv2.getGaussianKernel(2 * RADIUS + 1, SIGMA, cv2.CV_32F)
_SUM = 512
_TAPS = np.rint(cv2.getGaussianKernel(2 * RADIUS + 1, SIGMA, cv2.CV_64F) * _SUM)
"""The same in whole numbers, which are exact in every order of adding: they add up to `_SUM`."""
HALF = np.ascontiguousarray(_TAPS[RADIUS:, 0], np.float32)
"""From the middle on, as kernels take them."""


class Moments(NamedTuple):
    """Local statistics under the Gaussian window, each (h, w) float32; variances are of the population."""

    mean_a: np.ndarray
    mean_b: np.ndarray
    var_a: np.ndarray
    var_b: np.ndarray
    covariance: np.ndarray


class Comparison(NamedTuple):
    """The three terms of SSIM and their product (equations 6, 9, 10 and 12), and the deviations of both pictures; each
    a (h, w) float32 map.
    """

    luminance: np.ndarray
    contrast: np.ndarray
    structure: np.ndarray
    ssim: np.ndarray
    deviation_a: np.ndarray
    deviation_b: np.ndarray


def compare(a: np.ndarray, b: np.ndarray, stride: int = 1) -> Comparison:
    """Two (h, w) uint8 pictures -> their terms under every `stride`-th window in either direction; edges are reflected.

    In `functional/native/windows.c`, or, where that was not built, here: with the same bytes.
    """
    if compiled is None:
        return _terms(moments(a, b, stride))
    height, width = a.shape
    maps = np.empty((len(Comparison._fields), -(-height // stride), -(-width // stride)), np.float32)
    compiled.compare(np.ascontiguousarray(a), np.ascontiguousarray(b), HALF, maps, height, width, stride)
    return Comparison(*maps)


def moments(a: np.ndarray, b: np.ndarray, stride: int = 1) -> Moments:
    """The same pictures -> their moments under the same windows.

    Values are centred on mid grey first: variances are differences of squares, of which most would be the offset.
    """
    one, other = (picture.astype(np.float64) - _MIDDLE for picture in (a, b))
    mean_a, mean_b, aa, bb, ab = (_summed(x)[::stride, ::stride] for x in (one, other, one**2, other**2, one * other))
    return Moments(
        (mean_a + _MIDDLE).astype(np.float32),
        (mean_b + _MIDDLE).astype(np.float32),
        np.maximum(aa - mean_a * mean_a, 0).astype(np.float32),
        np.maximum(bb - mean_b * mean_b, 0).astype(np.float32),
        (ab - mean_a * mean_b).astype(np.float32),
    )


def variance(picture: np.ndarray) -> np.ndarray:
    """(h, w) uint8 -> that of every window, as in `Moments`."""
    if compiled is None:
        centred = picture.astype(np.float64) - _MIDDLE
        mean = _summed(centred)
        return np.asarray(np.maximum(_summed(np.square(centred)) - mean * mean, 0), np.float32)
    variances = np.empty(picture.shape, np.float32)
    compiled.variances(np.ascontiguousarray(picture), HALF, variances, *picture.shape)
    return variances


def _summed(field: np.ndarray) -> np.ndarray:
    """Of whole numbers: means under windows, exactly."""
    return np.asarray(cv2.sepFilter2D(field, cv2.CV_64F, _TAPS, _TAPS, borderType=cv2.BORDER_REFLECT) / _SUM**2)


def _terms(m: Moments) -> Comparison:
    """With C3 = C2 / 2 the product is equation 13."""
    deviation_a, deviation_b = np.sqrt(m.var_a), np.sqrt(m.var_b)
    luminance = (2 * m.mean_a * m.mean_b + C1) / (m.mean_a**2 + m.mean_b**2 + C1)
    contrast = (2 * deviation_a * deviation_b + C2) / (m.var_a + m.var_b + C2)
    structure = (m.covariance + C3) / (deviation_a * deviation_b + C3)
    ssim = luminance * (2 * m.covariance + C2) / (m.var_a + m.var_b + C2)
    return Comparison(luminance, contrast, structure, ssim, deviation_a, deviation_b)


def mean_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Mean SSIM (equation 17) over the windows that lie inside; both pictures (h, w), h and w > 10, in 0..255."""
    if min(a.shape) <= 2 * RADIUS or a.shape != b.shape:
        raise ValueError(f"mean_ssim needs two pictures of one shape of at least 11 x 11 px, not {a.shape}, {b.shape}")
    # Of the sum s and the difference d of both, four windowed means are enough instead of five: with S = mean(s)^2,
    # D = mean(d)^2 it is (S - D + 2 C1)(var(s) - var(d) + 2 C2) / (S + D + 2 C1)(var(s) + var(d) + 2 C2). The four
    # stand one below the other, since windows that reach into the next are not read. Few steps, and in place: fresh
    # arrays cost as much as what is computed in them.
    fields = np.empty((4, *a.shape), np.float32)
    np.add(a, b, dtype=np.float32, out=fields[0])
    fields[0] -= 2 * _MIDDLE
    np.subtract(a, b, dtype=np.float32, out=fields[1])
    np.multiply(fields[:2], fields[:2], out=fields[2:])
    windowed = _windowed(fields.reshape(-1, a.shape[1])).reshape(fields.shape)
    mean_s, mean_d, var_s, var_d = windowed[:, RADIUS:-RADIUS]
    mean_d *= mean_d
    var_d -= mean_d
    var_s -= mean_s * mean_s
    var_s += np.float32(2 * C2)
    mean_s += np.float32(2 * _MIDDLE)
    mean_s *= mean_s
    mean_s += np.float32(2 * C1)
    ssim = mean_s - mean_d
    ssim *= var_s - var_d
    mean_s += mean_d
    var_s += var_d
    ssim /= mean_s
    ssim /= var_s
    return float(cv2.mean(ssim[:, RADIUS:-RADIUS])[0])


def _windowed(field: np.ndarray) -> np.ndarray:
    return cv2.sepFilter2D(field, cv2.CV_32F, _KERNEL, _KERNEL, borderType=cv2.BORDER_REFLECT)
