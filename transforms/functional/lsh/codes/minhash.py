"""MinHash (Broder 1997): a set of 32-bit tokens in, a signature out; bit-equal to datasketch's `affine32` scheme."""

import functools

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled

EMPTY = np.uint32(0xFFFFFFFF)
"""Every value of the signature of the empty set."""


_SHIFTS = np.uint32(16), np.uint32(13)
_FACTORS = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)
"""Of the finaliser."""


@functools.lru_cache(maxsize=8)
def permutations(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The multipliers and offsets of `count` permutations, (count,) uint32 each, drawn by datasketch once."""
    from datasketch import MinHash  # here: a launcher needs EMPTY alone, and waits half a second for it

    drawn = MinHash(num_perm=count, seed=seed, scheme="affine32", hashfunc=int).permutations
    factors, offsets = (np.asarray(numbers, np.uint32) for numbers in drawn)
    return factors, offsets


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
    return signature_of(tokens, np.zeros(len(tokens), np.uint32), count, seed)[0]


def signature_of(tokens: np.ndarray, residual: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) uint32 tokens and the residual bits of each, (n,) uint32 -> their signature, and the residual bits of the
    token of each of its values, (count,) uint32 both; of equal tokens, the first's.
    """
    if not len(tokens):
        return np.full(count, EMPTY), np.zeros(count, np.uint32)
    factors, offsets = permutations(count, seed)
    if compiled is None:
        hashes = mix(tokens) * factors[:, None] + offsets[:, None]
        least = hashes.argmin(1)
        return hashes[np.arange(count), least], residual[least]
    values, kept = np.empty(count, np.uint32), np.empty(count, np.uint32)
    compiled.minima(mix(tokens), residual, factors, offsets, values, kept)
    return values, kept
