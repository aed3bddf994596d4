"""MinHash (Broder 1997): a set of 32-bit tokens in, a signature out; bit-equal to datasketch's `affine32` scheme."""

import functools

import numpy as np
from datasketch import MinHash

EMPTY = np.uint32(0xFFFFFFFF)
"""Every value of the signature of the empty set."""


def _identity(token: int) -> int:
    return token


@functools.lru_cache(maxsize=8)
def permutations(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The multipliers and offsets of `count` permutations, (count,) uint32 each, drawn by datasketch once."""
    a, b = MinHash(num_perm=count, seed=seed, scheme="affine32", hashfunc=_identity).permutations
    return np.asarray(a, np.uint32), np.asarray(b, np.uint32)


def mix(tokens: np.ndarray) -> np.ndarray:
    """MurmurHash3's 32-bit finaliser, a bijection: (n,) uint32 -> (n,) uint32."""
    h = tokens.astype(np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    return h ^ (h >> np.uint32(16))


def signature(tokens: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(n,) uint32 tokens, in any order and with repeats -> (count,) uint32 minima; all `EMPTY` where n is 0."""
    return signature_of(tokens, np.zeros(len(tokens), np.uint32), count, seed)[0]


def signature_of(tokens: np.ndarray, beside: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) uint32 tokens and what stands beside each, (n,) uint32 -> their signature, and what stands beside the token
    of each of its values, (count,) uint32 both; of equal tokens, the first's.
    """
    if not len(tokens):
        return np.full(count, EMPTY), np.zeros(count, np.uint32)
    a, b = permutations(count, seed)
    hashes = mix(tokens) * a[:, None]
    hashes += b[:, None]
    least = hashes.argmin(1)
    return hashes[np.arange(count), least], beside[least]
