"""Compares a few thousand pictures pair by pair, and proposes those pairs that are worth aligning.

Shingles propose a pair that shares a token, by how many of its residual bits differ, where embeddings agree a little;
embeddings propose one by its cosine alone.
"""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.keypoints.shingles import KEPT, Shingles
from lookalike.transforms.functional.lsh.between import BandSide, collide_between
from lookalike.transforms.functional.lsh.buckets import Limits, hamming, runs, thinned
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule
from lookalike.transforms.functional.lsh.codes.hyperplanes import SKETCH_BITS
from lookalike.transforms.functional.lsh.ranks import best_of, bits_of, parity_of, rank_of

ALIKE = 0.92
"""Cosine of embeddings from which two pictures are nearly equal."""
NO_PARITY = -1
"""Of a pair that shingles do not propose."""
_PAIRS = 1 << 14
"""Pairs whose cosines are taken at once."""
_COMMON = 128
"""Shingles of more pictures are looked up pair by pair instead of listing all pairs that they make."""


class Posting(NamedTuple):
    """Every shingle of every picture, in arrays of one length. picture: (m,) int32; token, residual: (m,) uint32, the
    tokens distinct in one picture.
    """

    picture: np.ndarray
    token: np.ndarray
    residual: np.ndarray


class Proposals(NamedTuple):
    """Pairs of pictures by index, i < j: pairs (k, 2) int64; parity: (k,) int, index into `KeypointAxes.parity` of what
    the shingles suggest was done to the one, or NO_PARITY. near: (k,) bool, their embeddings alone propose the pair.
    """

    pairs: np.ndarray
    parity: np.ndarray
    near: np.ndarray


def posting(pictures: list[Shingles]) -> Posting:
    """Shingles of each picture -> one Posting."""
    count = [len(picture.tokens) for picture in pictures]
    nothing = [np.zeros(0, np.uint32)]
    return Posting(
        np.repeat(np.arange(len(pictures), dtype=np.int32), count),
        np.concatenate([picture.tokens for picture in pictures] or nothing),
        np.concatenate([picture.residual for picture in pictures] or nothing),
    )


def shared_tokens(post: Posting, wanted: np.ndarray) -> np.ndarray:
    """All (x, y) of the posting with one token and picture x < picture y, for the pairs of `wanted`: (k, 2) int64."""
    order, start, size = runs(post.token)  # of one token, in order of the pictures
    found = [np.zeros((0, 2), np.int64)]
    for length in np.unique(size[(size > 1) & (size <= _COMMON)]):
        rows = order[start[size == length][:, None] + np.arange(length)]
        i, j = np.triu_indices(length, 1)
        pairs = np.stack([rows[:, i].ravel(), rows[:, j].ravel()], 1)
        found.append(pairs[wanted[post.picture[pairs[:, 0]], post.picture[pairs[:, 1]]]])
    for first, length in zip(start[size > _COMMON], size[size > _COMMON], strict=True):
        rows = order[first : first + length]
        i, j = np.nonzero(np.triu(wanted[np.ix_(post.picture[rows], post.picture[rows])], 1))
        found.append(np.stack([rows[i], rows[j]], 1))
    return np.concatenate(found)


def propose_by_shingles(post: Posting, pictures: int, wanted: np.ndarray, differ: int) -> tuple[np.ndarray, np.ndarray]:
    """Posting of n pictures -> (k, 2) the pairs of `wanted`, (n, n) bool, read at i < j, that share a shingle with at
    most `differ` of the kept signs different, in order; and (k,) the rank of the shingle that agrees best.
    """
    x, y = shared_tokens(post, wanted).T
    bits = hamming(post.residual[x, None] & KEPT, post.residual[y, None] & KEPT)
    good = bits <= differ
    x, y = x[good], y[good]
    code = post.picture[x].astype(np.int64) * pictures + post.picture[y]
    code, rank = best_of(code, rank_of(bits[good], post.residual[x], post.residual[y]))
    return np.stack([code // max(1, pictures), code % max(1, pictures)], 1), rank


def cosines_of(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n, d) and (m, d) float16 unit embeddings -> (n, m) float64.

    In float64 products of float16 add up without rounding (they are multiples of 2^-48 below 16): no order of
    summation, and no shape of the matrix, can change the answer.
    """
    cosines: np.ndarray = some.astype(np.float64) @ others.astype(np.float64).T
    return cosines


def screen(pictures: list[Shingles], embeddings: np.ndarray, wanted: np.ndarray, rule: CandidateRule) -> Proposals:
    """Shingles and embeddings of n pictures -> the proposals among `wanted`, in order."""
    count = len(pictures)
    shared, rank = propose_by_shingles(posting(pictures), count, wanted, len(rule.shared) - 1)
    # of two blocks only those of the one with those of the other are wanted
    first, second = (np.flatnonzero(wanted.any(axis)) for axis in (1, 0))
    cosines = cosines_of(embeddings[first], embeddings[second])
    places = np.searchsorted(first, shared[:, 0]), np.searchsorted(second, shared[:, 1])
    good = rule.holds(bits_of(rank), cosines[places])
    shared, rank = shared[good], rank[good]
    i, j = np.nonzero((cosines >= rule.alone) & wanted[first[:, None], second] & (first[:, None] < second))
    near = np.stack([first[i], second[j]], 1)
    codes = [pairs[:, 0] * count + pairs[:, 1] for pairs in (shared, near)]
    every = np.union1d(*codes)
    out = np.full(len(every), NO_PARITY)
    out[np.searchsorted(every, codes[0])] = parity_of(rank)
    pairs = np.stack([every // max(1, count), every % max(1, count)], 1)
    return Proposals(pairs, out, np.isin(every, codes[1]))


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


class Screened(NamedTuple):
    """The pictures of one side. shingles: of all of n. embeddings: (n, d) float16. sets: (n,) uint32, the number of the
    set that each belongs to.
    """

    shingles: Posting
    embeddings: np.ndarray
    sets: np.ndarray


def screen_between(some: Screened, others: Screened, rule: CandidateRule) -> Proposals:
    """Pictures of two sides -> the proposals (i, j), i of the one and j of the other, where the set of j has the higher
    number, in order. Otherwise as `screen`.
    """
    x, y = some.shingles, others.shingles
    every = len(y.token) + 1
    limits = Limits((SKETCH_BITS,) * len(rule.shared), every, 0, every, every)
    met, _ = collide_between(_as_band(x, some.sets), _as_band(y, others.sets), limits)
    first, second = met.pairs.T
    width = max(1, len(others.sets))
    shared, rank = best_of(
        x.picture[first].astype(np.int64) * width + y.picture[second],
        rank_of(met.bits, x.residual[first], y.residual[second]),
    )
    cosines = cosines_of(some.embeddings, others.embeddings)
    good = rule.holds(bits_of(rank), cosines.ravel()[shared])
    shared, rank = shared[good], rank[good]
    near = np.flatnonzero((cosines >= rule.alone) & (some.sets[:, None] < others.sets))
    codes = np.union1d(shared, near)
    parity = np.full(len(codes), NO_PARITY)
    parity[np.searchsorted(codes, shared)] = parity_of(rank)
    return Proposals(np.stack(np.divmod(codes, width), 1), parity, np.isin(codes, near))


def _as_band(post: Posting, sets: np.ndarray) -> BandSide:
    residual = post.residual[:, None] & KEPT
    return BandSide(post.token, residual, residual, sets[post.picture])


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
