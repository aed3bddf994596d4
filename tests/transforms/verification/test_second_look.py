"""Pairs that copies propose: what is compared, and how it is guessed that they lie."""

import numpy as np

from lookalike.transforms.core.pairs import LOOK
from lookalike.transforms.verification import comparison, second_look
from lookalike.transforms.verification.comparison import Comparison, ComparisonRules
from lookalike.transforms.verification.prepared_images import prepared_images
from lookalike.transforms.verification.second_look import found_features, looked_again, named


def test_the_guess_leads_from_the_picture_that_is_aligned_to_the_other(features, monkeypatch):
    seen = []

    class Recorded(comparison.Evidence):
        def __init__(self, a, b, axes, parity, cosine, guess=None):
            seen.append((a, b, parity, guess))
            super().__init__(a, b, axes, parity, cosine, guess)

    monkeypatch.setattr(comparison, "Evidence", Recorded)
    images = prepared_images(features)
    guess = np.array([[2.0, 0, 5], [0, 3, -4], [0, 0, 1]])
    looks = np.array([(features[0].key, other.key, guess[:2].ravel()) for other in features[1:]], LOOK)
    records = looked_again(Comparison(images, ComparisonRules()), looks)
    assert [(r["a"].tobytes(), r["b"].tobytes()) for r in records] == [(a, b) for a, b, _ in looks.tolist()]
    turned = 0
    for other, (a, b, parity, given) in zip(images[1:], seen, strict=True):
        first = other.features.pixels > images[0].features.pixels
        turned += not first
        assert (a, b) == ((images[0].picture, other.picture) if first else (other.picture, images[0].picture))
        np.testing.assert_allclose(given, guess if first else np.linalg.inv(guess), atol=1e-12)
        assert parity == -1
    assert 0 < turned < len(seen)


def test_copies_are_found_under_the_right_guess_and_others_are_not(features):
    images = prepared_images(features)
    same = np.eye(3)[:2].ravel()
    ends = [(a.key, b.key, same) for i, a in enumerate(features) for b in features[i + 1 :]]
    looks = np.array(ends, LOOK)
    away = looks.copy()
    away["guess"][:, 2] = 150.0
    found = looked_again(Comparison(images, ComparisonRules()), looks)["relation"]
    assert np.count_nonzero(found) == len(features) // 2
    assert not looked_again(Comparison(images, ComparisonRules()), away)["relation"].any()


def test_images_are_looked_up_for_all_that_ask(features, monkeypatch):
    monkeypatch.setattr(second_look, "read_parquet", lambda path, columns: path)
    monkeypatch.setattr(second_look, "features_of", {"part": features}.__getitem__)
    keys = [one.key for one in features]
    wanted = [(keys[1], b"one"), (keys[0], b"two"), (keys[1], b"two")]
    found = list(found_features(0, {"wanted": wanted, "paths": ["part"]}))
    assert sorted((one.key, name) for name, one in found) == sorted(wanted)
    assert list(found_features(0, {"wanted": [], "paths": []})) == []


def test_looks_have_names_of_their_own():
    assert named(b"a", b"1")[0] != named(b"a", b"2")[0] and named(b"a", b"1")[1] == (b"a", b"1")
