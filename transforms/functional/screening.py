"""Which pairs are worth aligning: words and embeddings of many pictures in, few pairs out; about a microsecond a pair.

Two pictures are proposed by their words when at least two words that they share lie in the same arrangement in
both (the weak geometric consistency of Jegou, Douze, Schmid 2008), and by their embeddings when the cosine says so.
"""

from typing import NamedTuple

import numpy as np

from transforms.functional.keypoints import Keypoints

PARITIES = ((False, False), (True, False), (False, True), (True, True))
"""(mirrored, inverted) by the index of `KeypointAxes.parity`."""

_MOST_SHARED = 12
"""Words in common that are looked at; of copies, two that agree are among far fewer."""
_CHUNK = 65536
"""Pairs that are handled at once."""
_COMMON = 128
"""Words of more pictures are looked up pair by pair instead of listing all pairs that they make."""


class Posting(NamedTuple):
    """Every word of every picture, in arrays of one length. picture: (m,) int32; word: (m,) uint32, distinct in
    one picture; xy: (m, 2) float32 px; log_size: (m,) float32, base 2; angle: (m,) float32 radians.
    """

    picture: np.ndarray
    word: np.ndarray
    xy: np.ndarray
    log_size: np.ndarray
    angle: np.ndarray


class Proposals(NamedTuple):
    """Pairs of pictures by index, i < j: pairs (k, 2) int64; shared: (k,) int, words in common; parity: (k,) int,
    index into PARITIES of the arrangement with most votes, and -1 where words did not propose the pair.
    """

    pairs: np.ndarray
    shared: np.ndarray
    parity: np.ndarray


def posting(pictures: list[tuple[Keypoints, np.ndarray, np.ndarray]]) -> Posting:
    """(keypoints, distinct words, a keypoint of each word) of each picture -> one Posting."""
    count = [len(words) for _, words, _ in pictures]
    return Posting(
        np.repeat(np.arange(len(pictures), dtype=np.int32), count),
        np.concatenate([words for _, words, _ in pictures] or [np.zeros(0, np.uint32)]),
        np.concatenate([k.xy[at] for k, _, at in pictures] or [np.zeros((0, 2), np.float32)]),
        np.log2(np.concatenate([k.size[at] for k, _, at in pictures] or [np.zeros(0, np.float32)])),
        np.concatenate([k.angle[at] for k, _, at in pictures] or [np.zeros(0, np.float32)]),
    )


def meetings(post: Posting, wanted: np.ndarray) -> np.ndarray:
    """All (x, y) of the posting with one word and picture x < picture y, for the pairs of `wanted`: (k, 2) int64."""
    order = np.lexsort((post.picture, post.word))
    word = post.word[order]
    start = np.flatnonzero(np.r_[True, word[1:] != word[:-1]]) if len(word) else np.zeros(0, np.int64)
    size = np.diff(np.r_[start, len(word)])
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


def propose_by_words(post: Posting, pictures: int, wanted: np.ndarray, tolerance: float = 12.0) -> Proposals:
    """Posting of n pictures -> the pairs of `wanted` whose shared words agree.

    wanted: (n, n) bool, read at i < j. tolerance: px in the keypoint plane of the second picture. What is said of a
    pair depends on its two pictures alone, whatever others are looked at with it.
    """
    at = meetings(post, wanted)
    code = post.picture[at[:, 0]].astype(np.int64) * pictures + post.picture[at[:, 1]]
    # of many shared words the same few are looked at wherever the pair is: by a mix of the word's own bits
    order = np.lexsort((post.word[at[:, 0]] * np.uint32(0x9E3779B1), code))
    at, code = at[order], code[order]
    start = np.flatnonzero(np.r_[True, code[1:] != code[:-1]]) if len(code) else np.zeros(0, np.int64)
    shared = np.diff(np.r_[start, len(code)])
    start, shared = start[shared >= 2], shared[shared >= 2]
    parity = np.full(len(start), -1)
    looked = np.minimum(shared, _MOST_SHARED)
    for count in np.unique(looked):
        members = np.flatnonzero(looked == count)
        for chunk in np.array_split(members, -(-len(members) * count * count // (_CHUNK * 4))):
            parity[chunk] = _best_parity(post, at[start[chunk][:, None] + np.arange(count)], tolerance)
    good = parity >= 0
    first = code[start[good]]
    pairs = np.stack([first // pictures, first % pictures], 1)
    return Proposals(pairs, shared[good], parity[good])


def _best_parity(post: Posting, at: np.ndarray, tolerance: float) -> np.ndarray:
    """(p, c, 2) indices: c shared words of each of p pairs -> (p,) the parity under which most agree, -1 for under 2.

    Each shared word proposes a similarity transform. Another agrees when its turn is within 30 degrees and
    its scale within a factor 1.6 of the proposal's, and the proposal puts its point within the tolerance.
    """
    x, y = at[..., 0], at[..., 1]
    a_xy, b_xy = post.xy[x], post.xy[y]
    log_scale = post.log_size[y] - post.log_size[x]
    scale = np.exp2(log_scale)
    same_scale = np.abs(log_scale[:, :, None] - log_scale[:, None, :]) < 0.68
    votes = np.empty((len(PARITIES), len(at)), np.int64)
    for index, (mirrored, inverted) in enumerate(PARITIES):
        flip = np.float32(-1 if mirrored else 1)
        turn = post.angle[y] - post.angle[x] * flip - np.float32(np.pi * (mirrored + inverted))
        cos, sin = np.cos(turn), np.sin(turn)
        same_turn = cos[:, :, None] * cos[:, None, :] + sin[:, :, None] * sin[:, None, :] > 0.866
        # where proposal k puts point l, less where it is: dx and dy, (p, c, c)
        step = a_xy[:, None, :, :] - a_xy[:, :, None, :]
        step_x, step_y = step[..., 0] * flip, step[..., 1]
        c, s = (scale * cos)[:, :, None], (scale * sin)[:, :, None]
        target = b_xy[:, None, :, :] - b_xy[:, :, None, :]
        dx = c * step_x - s * step_y - target[..., 0]
        dy = s * step_x + c * step_y - target[..., 1]
        agree = same_scale & same_turn & (dx * dx + dy * dy < tolerance * tolerance)
        votes[index] = agree.sum(2).max(1)
    best = votes.argmax(0)
    return np.where(votes.max(0) >= 2, best, -1)


def propose_by_cosine(embeddings: np.ndarray, wanted: np.ndarray, least: float) -> np.ndarray:
    """(n, d) float16 unit embeddings -> (k, 2) pairs i < j of `wanted`, (n, n) bool, with cosine at least `least`.

    In float64 products of float16 add up without rounding (they are multiples of 2^-48 below 16): no order of
    summation, and no shape of the matrix, can change the answer.
    """
    rows = embeddings.astype(np.float64)
    return np.stack(np.nonzero(np.triu(rows @ rows.T >= least, 1) & wanted), 1)
