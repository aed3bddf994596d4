"""MinHash (Broder 1997): a set of 32-bit tokens in, a signature out; bit-equal to datasketch's `affine32` scheme."""

import functools
from typing import Any

import numpy as np
from datasketch import MinHash

EMPTY = np.uint32(0xFFFFFFFF)
"""Every value of the signature of the empty set."""


_SHIFTS = np.uint32(16), np.uint32(13)
_FACTORS = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
"""Of the finaliser."""


def _identity(token: int) -> int:
    return token


@functools.lru_cache(maxsize=8)
def permutations(count: int, seed: int) -> tuple[Any, Any]:
    """The multipliers and offsets of `count` permutations, drawn by datasketch once: tensors, (count, 1) int32, with
    the bits of uint32.
    """
    import torch  # here: a launcher needs EMPTY alone, and waits a second for torch

    drawn = MinHash(num_perm=count, seed=seed, scheme="affine32", hashfunc=_identity).permutations
    a, b = (torch.from_numpy(np.asarray(x, np.uint32).view(np.int32)[:, None]) for x in drawn)
    return a, b


def mix(tokens: np.ndarray) -> np.ndarray:
    """MurmurHash3's 32-bit finaliser, a bijection: (n,) uint32 -> (n,) uint32."""
    h: np.ndarray = tokens ^ (tokens >> _SHIFTS[0])
    h *= _FACTORS[0]
    h ^= h >> _SHIFTS[1]
    h *= _FACTORS[1]
    h ^= h >> _SHIFTS[0]
    return h


def signature(tokens: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(n,) uint32 tokens, in any order and with repeats -> (count,) uint32 minima; all `EMPTY` where n is 0."""
    if not len(tokens):
        return np.full(count, EMPTY)
    hashes = _hashes(tokens, count, seed)
    minima: np.ndarray = hashes[np.arange(count), hashes.argmin(1)]  # numpy finds a place faster than a minimum
    return minima


def signature_of(tokens: np.ndarray, residual: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) uint32 tokens and the residual bits of each, (n,) uint32 -> their signature, and the residual bits of the
    token of each of its values, (count,) uint32 both; of equal tokens, the first's.
    """
    if not len(tokens):
        return np.full(count, EMPTY), np.zeros(count, np.uint32)
    hashes = _hashes(tokens, count, seed)
    least = hashes.argmin(1)
    return hashes[np.arange(count), least], residual[least]


def _hashes(tokens: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(n,) uint32 -> (count, n) uint32: every token after every permutation."""
    import torch

    # torch multiplies 32-bit integers three times as fast as numpy; the low 32 bits are the same, signed or not
    a, b = permutations(count, seed)
    return torch.mul(torch.from_numpy(mix(tokens).view(np.int32)), a).add_(b).numpy().view(np.uint32)
