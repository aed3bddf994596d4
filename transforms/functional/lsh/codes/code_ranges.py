"""Divides the entries of bands into ranges of their codes, of about equal size however codes are distributed."""

import numpy as np

_GOLDEN = np.uint32(0x9E3779B1)


def range_of(code: np.ndarray, ranges: int) -> np.ndarray:
    """Codes of buckets, uint32 of any shape -> uint32 below `ranges`, a power of two: equal codes are in one range.

    Codes are spread first (Knuth, volume 3, section 6.4): MinHash values are minima, which crowd at zero, and codes of
    cross-polytopes have few bits.
    """
    if ranges == 1:
        return np.zeros(code.shape, np.uint32)
    return code * _GOLDEN >> np.uint32(33 - ranges.bit_length())


def divided(entries: np.ndarray, ranges: int) -> tuple[np.ndarray, np.ndarray]:
    """(bands, n) entries with a field `code` -> those of all bands by range, by band, and as they stood; and (ranges,
    bands) uint32, how many there are of each.
    """
    bands, count = entries.shape
    if ranges == 1:
        return entries.ravel(), np.full((1, bands), count, np.uint32)
    cell = range_of(entries["code"], ranges) * np.uint32(bands) + np.arange(bands, dtype=np.uint32)[:, None]
    order = np.argsort(cell.ravel(), kind="stable")
    counts = np.bincount(cell.ravel(), minlength=ranges * bands)
    return entries.ravel()[order], counts.reshape(ranges, bands).astype(np.uint32)
