"""16- and 32-bit integers and floats -> 8 bits, by the range that a picture uses where that is a small part of what
there is: masks, depth, X-rays and counts would all be black otherwise.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.images.pixels.samples import Samples

TAIL = 0.001
"""Share of the values at either end that may be left out, where they are far from the others: hot and dead pixels."""
FAR = 4.0
"""The tails are left out where all values span more than so many times what is left."""
FULL = 4.0
"""16 bits are taken as they are from the span of a fourth of them on, as all of 8-bit pictures are."""
_SAMPLED = 1 << 20


class Range(NamedTuple):
    """The values that become 0 and 255."""

    low: float
    high: float


SIXTEEN_BITS = Range(0.0, 65535.0)


def range_of(samples: Samples) -> Range:
    """Samples of grey16, grey32, float, RGB16 or RGBA16 -> the Range that is shown. Alpha doesn't count."""
    used = _of_counts(samples) if samples.kind.endswith("16") else _of_values(samples)
    if samples.kind.endswith("16") and not 0 < (used.high - used.low) * FULL < 65535:
        return SIXTEEN_BITS
    return used


def eight_bits(values: np.ndarray, shown: Range) -> np.ndarray:
    """Values -> uint8 of the same shape: linear, cut at the ends of the range. Not a number is black."""
    if shown == SIXTEEN_BITS and values.dtype == np.uint16:
        return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if shown.high <= shown.low:
        return np.zeros(values.shape, np.uint8)
    scaled = values.astype(np.float64)
    np.nan_to_num(scaled, copy=False, nan=shown.low, posinf=shown.high, neginf=shown.low)
    np.clip(scaled, shown.low, shown.high, out=scaled)
    scaled -= shown.low
    scaled *= 255 / (shown.high - shown.low)
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _of_counts(samples: Samples) -> Range:
    counts = np.zeros(65536, np.int64)
    for strip in samples.strips():
        counts += np.bincount((strip[..., :3] if strip.ndim == 3 else strip).ravel(), minlength=65536)
    there = np.flatnonzero(counts)
    summed = np.cumsum(counts)
    tail = np.searchsorted(summed, [TAIL * summed[-1], (1 - TAIL) * summed[-1]])
    return _without_tails(float(there[0]), float(there[-1]), float(tail[0]), float(tail[1]))


def _of_values(samples: Samples) -> Range:
    """Extremes of all finite values; tails of at most a million of them, evenly spaced."""
    low, high, some = np.inf, -np.inf, []
    step = -(-samples.width * samples.height // _SAMPLED)
    for strip in samples.strips():
        values = strip.ravel()
        if samples.kind == "float":
            values = values[np.isfinite(values)]
        if len(values):
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            some.append(values[::step])
    if not some:
        return Range(0.0, 0.0)
    tail = np.quantile(np.concatenate(some), [TAIL, 1 - TAIL], method="nearest")
    return _without_tails(low, high, float(tail[0]), float(tail[1]))


def _without_tails(low: float, high: float, tail_low: float, tail_high: float) -> Range:
    if tail_high > tail_low and high - low > FAR * (tail_high - tail_low):
        return Range(tail_low, tail_high)
    return Range(low, high)
