"""What kind of picture it is, by its greys: a page has one that is commonest, a drawing few."""

import numpy as np

from lookalike.transforms.functional.registration.agreement import Maps

NEAR = np.ones(5, np.float32)
"""Greys that are counted as one."""


def grey_measures(maps: Maps) -> dict[str, float]:
    """The share of the commonest grey, and how many greys there are, as bits, in every second row of the overlap."""
    counted = maps.greys.b
    total = max(float(counted.sum()), 1.0)
    share = counted[counted > 0] / total
    commonest = float(np.convolve(counted, NEAR, "same").max()) / total
    # the last of 64 bits of a logarithm is another on each kind of processor, and is rounded off
    bits = np.log2(share).astype(np.float32)
    return {"commonest": commonest, "entropy": -float((share * bits).sum())}
