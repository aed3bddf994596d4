"""Visual words: keypoint codes in, one integer a keypoint out, the same for mirrored and inverted copies.

A word is the signs of the descriptor's first principal axes (a random-hyperplane code whose planes are not
random). Mirroring or inverting the picture flips the signs of fixed axes, that is, XORs the word with a fixed
mask; the smallest of the four variants is the word's canonical form.
"""

import numpy as np

from transforms.functional.keypoints import KeypointAxes


def parity_masks(axes: KeypointAxes, bits: int) -> np.ndarray:
    """(4,) uint32: what identity, mirror, inversion and both XOR a word of `bits` bits with."""
    odd = axes.parity[:, :bits] < 0
    return (odd.astype(np.uint32) << np.arange(bits, dtype=np.uint32)).sum(1, dtype=np.uint32)


def canonical_words(code: np.ndarray, masks: np.ndarray, bits: int) -> np.ndarray:
    """(n, DIMS) uint8 codes -> (n,) uint32 words, equal for a picture and its mirror image and negative."""
    signs = (code[:, :bits] >= 8).astype(np.uint32)
    word = (signs << np.arange(bits, dtype=np.uint32)).sum(1, dtype=np.uint32)
    return (word[:, None] ^ masks).min(1) if len(word) else word


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """Two sorted arrays of distinct words -> shared / all; 0 where both are empty."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    union = len(a) + len(b) - shared
    return shared / union if union else 0.0
