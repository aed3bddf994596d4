import itertools

import numpy as np
import pytest

from lookalike.transforms.functional.lsh.candidate_rule import (
    ANY,
    SMALL,
    CandidateRule,
    Chance,
    most_apart,
    rule_for,
    share_by_chance,
)

CHANCE = Chance(20, (1e-6, 1e-5, 1e-4, 1e-3), (0.15, 0.26, 0.38, 0.45))


def test_more_bits_and_larger_corpora_ask_for_more():
    rules = [rule_for(10**decade, CHANCE, 3, 0.39) for decade in range(3, 11)]
    assert rules[0].shared[0] == ANY and rules[0].alone == 0.39
    for rule in rules:
        assert list(rule.shared) == sorted(rule.shared) and rule.shared[-1] <= rule.alone <= 0.9
    for small, large in itertools.pairwise(rules):
        assert small.alone <= large.alone and all(a <= b for a, b in zip(small.shared, large.shared, strict=True))
    assert rules[0].shared == rule_for(SMALL, CHANCE, 3, 0.39).shared
    assert rule_for(10**6, CHANCE, 1, 0.39).shared[1] < rules[3].shared[1]  # two share what four did


def test_chance_brings_as_many_as_were_asked_for():
    # cosines of unrelated pairs that follow the table, and bits that do not depend on them
    rng, images = np.random.default_rng(0), 10**6
    rule = rule_for(images, CHANCE, 3, 0.39)
    decades = -np.log10(rng.random(4_000_000))
    cosines = np.interp(decades, range(8), [0, 0.075, 0.15, 0.26, 0.38, 0.45, 0.52, 0.59])
    expected = sum(rate * (cosines >= least).mean() for rate, least in zip(CHANCE.bits, rule.shared, strict=True))
    # a fourth of ten each, but for the first: of that there is one in a million
    assert images * expected == pytest.approx(1 + 3 * 2.5, rel=0.05)
    assert images * 10 ** -np.interp(rule.alone, [0.38, 0.45, 0.52], [4, 5, 6]) == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize("one_in", [1, 30, 100, 4_000, 10**5, 10**6])
def test_the_share_beyond_a_cosine_is_told_back(one_in):
    assert CHANCE.share(max(0.0, CHANCE.cosine(one_in))) == pytest.approx(1 / one_in, rel=1e-6)


def test_a_rule_foretells_what_chance_brings():
    images = 10**6
    rule = rule_for(images, CHANCE, 3, 0.0)
    assert images * share_by_chance(rule, CHANCE) == pytest.approx(10 + 1 + 3 * 2.5, rel=0.01)
    # a cosine that a user asks for leaves less
    assert share_by_chance(rule._replace(alone=0.6), CHANCE) < share_by_chance(rule, CHANCE)


def test_either_is_enough_and_bits_beyond_say_nothing():
    rule = CandidateRule((ANY, 0.2), 0.5)
    bits, cosines = np.array([0, 1, 1, 2, 2, 16383]), np.array([-0.9, 0.1, 0.2, 0.4, 0.5, 0.6])
    assert rule.holds(bits, cosines).tolist() == [True, False, True, False, True, True]


def test_sketches_are_asked_for_what_cosines_are():
    assert most_apart(ANY, 4) == 256 and most_apart(0.0, 0) == 128 and most_apart(0.0, 8) == 136
    assert most_apart(0.5, 0) == round(256 / 3)
    assert most_apart(ANY, 4, 1024) == 1024 and most_apart(0.5, 32, 1024) == round(1024 / 3) + 32
