import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.synthetic import grey
from transforms.functional import keypoints, screening, words
from transforms.weights import keypoint_axes

AXES = keypoint_axes()


def described(picture):
    found = keypoints.detect(picture, AXES, 200)
    distinct, at = np.unique(words.canonical_words(found.code, words.parity_masks(AXES, 22), 22), return_index=True)
    return found, distinct, at


def posting_of(sets):
    pictures = []
    for values in sets:
        n = len(values)
        found = keypoints.Keypoints(
            np.zeros((n, 2), np.float32), np.ones(n, np.float32), np.zeros(n, np.float32), np.zeros((n, 32), np.uint8)
        )
        pictures.append((found, np.array(sorted(values), np.uint32), np.arange(n)))
    return screening.posting(pictures)


@settings(max_examples=60)
@given(st.lists(st.sets(st.integers(0, 12), max_size=6), min_size=1, max_size=8), st.integers(0, 8), st.integers(0, 9))
def test_meetings_are_those_of_two_loops_wherever_words_are_looked_up(sets, common, seed):
    post = posting_of(sets)
    wanted = np.random.default_rng(seed).random((len(sets), len(sets))) < 0.7
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screening, "_COMMON", common)
        at = screening.meetings(post, wanted)
    found = sorted((int(post.picture[x]), int(post.picture[y]), int(post.word[x])) for x, y in at)
    pairs = [(i, j) for i, j in itertools.combinations(range(len(sets)), 2) if wanted[i, j]]
    assert found == sorted((i, j, word) for i, j in pairs for word in sets[i] & sets[j])


def test_what_is_said_of_a_pair_does_not_depend_on_the_company():
    pictures = [described(grey(seed // 2, 220, 220)) for seed in range(12)]
    everything = np.ones((12, 12), bool)
    whole = screening.propose_by_words(screening.posting(pictures), 12, everything)
    said = dict(zip(map(tuple, whole.pairs.tolist()), whole.parity.tolist(), strict=True))
    assert len(said) >= 6
    for (i, j), parity in said.items():
        alone = screening.propose_by_words(screening.posting([pictures[i], pictures[j]]), 2, np.ones((2, 2), bool))
        assert alone.parity.tolist() == [parity]


def test_words_propose_copies_with_the_parity_of_the_edit_and_no_strangers():
    picture = grey(1, 220, 220)
    pictures = [
        described(p) for p in (picture, picture[:, ::-1].copy(), 255 - picture, grey(2, 220, 220), grey(3, 220, 220))
    ]
    everything = np.ones((5, 5), bool)
    found = screening.propose_by_words(screening.posting(pictures), 5, everything)
    parity = dict(zip(map(tuple, found.pairs.tolist()), found.parity.tolist(), strict=True))
    assert parity == {(0, 1): 1, (0, 2): 2, (1, 2): 3}
    everything[0, 1] = False
    found = screening.propose_by_words(screening.posting(pictures), 5, everything)
    assert {tuple(p) for p in found.pairs.tolist()} == {(0, 2), (1, 2)}


def test_nothing_comes_of_nothing():
    found = screening.propose_by_words(posting_of([]), 0, np.zeros((0, 0), bool))
    assert found.pairs.shape == (0, 2)


def test_cosines_propose_what_two_loops_do():
    vectors = np.random.default_rng(0).standard_normal((20, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = {tuple(p) for p in screening.propose_by_cosine(vectors, np.ones((20, 20), bool), 0.5).tolist()}
    assert found == {(i, j) for i, j in itertools.combinations(range(20), 2) if vectors[i] @ vectors[j] >= 0.5}
