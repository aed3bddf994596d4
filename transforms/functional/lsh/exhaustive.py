"""Compares a few thousand pictures pair by pair, and proposes those pairs that are worth aligning.

Shingles propose a pair that shares a token, by how many of its residual bits differ, where embeddings agree a little;
embeddings propose one by its cosine alone.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.shingles import KEPT, Shingles
from lookalike.transforms.functional.lsh.between import ranges
from lookalike.transforms.functional.lsh.buckets import hamming, runs, thinned
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule
from lookalike.transforms.functional.lsh.ranks import NO_RANK, bits_of, parity_of, rank_of
from lookalike.transforms.functional.native.kernels import compiled

ALIKE = 0.92
"""Cosine of embeddings from which two pictures are nearly equal."""
NO_PARITY = -1
"""Of a pair that shingles do not propose."""
_PAIRS = 1 << 14
"""Pairs whose cosines are taken at once."""


class Posting(NamedTuple):
    """Every shingle of every picture, in arrays of one length, in order of token, and of picture where that is the
    same. picture: (m,) int32; token, residual: (m,) uint32, the tokens distinct in one picture.
    """

    picture: np.ndarray
    token: np.ndarray
    residual: np.ndarray


class Proposals(NamedTuple):
    """Pairs of pictures by index: pairs (k, 2) int64; parity: (k,) int, index into `KeypointAxes.parity` of what the
    shingles suggest was done to the one, or NO_PARITY. near: (k,) bool, their embeddings alone propose the pair.
    """

    pairs: np.ndarray
    parity: np.ndarray
    near: np.ndarray


class Screened(NamedTuple):
    """What is screened of n pictures. shingles: of all of them. embeddings: (n, d) float16."""

    shingles: Posting
    embeddings: np.ndarray


def posting(pictures: list[Shingles]) -> Posting:
    """Shingles of each picture -> one Posting."""
    count = [len(picture.tokens) for picture in pictures]
    nothing = [np.zeros(0, np.uint32)]
    token = np.concatenate([picture.tokens for picture in pictures] or nothing)
    residual = np.concatenate([picture.residual for picture in pictures] or nothing)
    order, _, _ = runs(token)
    return Posting(np.repeat(np.arange(len(pictures), dtype=np.int32), count)[order], token[order], residual[order])


def best_ranks(some: Posting, others: Posting, wanted: np.ndarray, differ: int) -> np.ndarray:
    """Postings of n and of m pictures -> (n, m) uint16, for the pairs of `wanted`, (n, m) bool: the rank of the shingle
    in common that agrees best, with at most `differ` of the kept signs different, or NO_RANK.

    In `functional/native/ranks.c`, or, where that was not built, here: with the same result.
    """
    best = np.full(wanted.shape, NO_RANK)
    if compiled is not None:
        (picture, token, residual), (theirs, their_token, their_residual) = some, others
        compiled.best_ranks(
            *(picture, token, residual, theirs, their_token, their_residual),
            *(np.ascontiguousarray(wanted), best, *wanted.shape, differ, int(KEPT), int(KEPT).bit_length()),
        )
        return best
    low, high = (np.searchsorted(others.token, some.token, side) for side in ("left", "right"))
    shared = np.flatnonzero(high > low)
    for number, y in ranges(low[shared], (high - low)[shared]):
        x = shared[number]
        asked = wanted[some.picture[x], others.picture[y]]
        x, y = x[asked], y[asked]
        bits = hamming(some.residual[x, None] & KEPT, others.residual[y, None] & KEPT)
        good = bits <= differ
        x, y = x[good], y[good]
        ranks = rank_of(bits[good], some.residual[x], others.residual[y])
        np.minimum.at(best, (some.picture[x], others.picture[y]), ranks)
    return best


def cosines_of(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n, d) and (m, d) float16 unit embeddings -> (n, m) float64.

    In float64 products of float16 add up without rounding (they are multiples of 2^-48 below 16): no order of
    summation, and no shape of the matrix, can change the answer.
    """
    cosines: np.ndarray = some.astype(np.float64) @ others.astype(np.float64).T
    return cosines


def screen(some: Screened, others: Screened, wanted: np.ndarray, rule: CandidateRule) -> Proposals:
    """N and m pictures -> the proposals (i, j), i of the one and j of the other, among `wanted`, (n, m) bool, in order.
    Pictures are compared with one another if both are the same, and i < j for what is wanted.
    """
    best = best_ranks(some.shingles, others.shingles, wanted, len(rule.shared) - 1)
    cosines = cosines_of(some.embeddings, others.embeddings)
    i, j = np.nonzero(wanted & ((best != NO_RANK) | (cosines >= rule.alone)))
    rank, cosine = best[i, j], cosines[i, j]
    good = rule.holds(bits_of(rank), cosine)
    parity = np.where(rank == NO_RANK, NO_PARITY, parity_of(rank))
    return Proposals(np.stack([i, j], 1)[good], parity[good], (cosine >= rule.alone)[good])


def without_crowds(proposals: Proposals, embeddings: np.ndarray, crowd: int, heads: int) -> Proposals:
    """Proposals among pictures with (n, d) float16 `embeddings` -> the same, but that a picture which is all but the
    same as more than `crowd` of those before it stays with the first `heads` of these (`collisions.Limits`).
    """
    i, j = proposals.pairs.T
    near = np.zeros(len(i), bool)
    rows = np.flatnonzero(np.bincount(j, minlength=len(embeddings))[j] > crowd)
    for some in np.array_split(rows, len(rows) // _PAIRS + 1):
        # exact, as in `cosines_of`
        products = embeddings[i[some]].astype(np.float64) * embeddings[j[some]].astype(np.float64)
        near[some] = products.sum(1) >= ALIKE
    keep = thinned(proposals.pairs, near, np.bincount(j[near], minlength=len(embeddings)) > crowd, heads)
    return Proposals(*(values[keep] for values in proposals))


def without_crowds_between(
    proposals: Proposals, some: np.ndarray, others: np.ndarray, crowd: int, heads: int
) -> Proposals:
    """Proposals (i, j) between pictures with (n, d) and (m, d) float16 embeddings -> the same, but that a picture i
    which is all but the same as more than `crowd` others stays with the first `heads` of these.
    """
    i, j = proposals.pairs.T
    near = np.zeros(len(i), bool)
    rows = np.flatnonzero(np.bincount(i, minlength=len(some))[i] > crowd)
    for part in np.array_split(rows, len(rows) // _PAIRS + 1):
        # exact, as in `cosines_of`
        near[part] = (some[i[part]].astype(np.float64) * others[j[part]].astype(np.float64)).sum(1) >= ALIKE
    crowded = np.bincount(i[near], minlength=len(some)) > crowd
    keep = thinned(proposals.pairs[:, ::-1], near, crowded, heads)
    return Proposals(*(values[keep] for values in proposals))
