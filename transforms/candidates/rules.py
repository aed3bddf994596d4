"""Which pairs of a corpus are candidates: what the configuration allows chance to bring, at the size of the corpus."""

import math

import numpy as np

from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.functional.keypoints.shingles import CHANCE, MEET, RESIDUAL_SIGNS
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule, Chance, rule_for
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates
from lookalike.transforms.functional.lsh.codes.cross_polytopes import WIDTHS

_VALUES = 320
"""MinHash values of an image, of which `MEET` is told."""


def rates_of_photographs(pair: PairSettings, permutations: int = _VALUES) -> ChanceRates:
    """How often unrelated photographs agree: what is taken for a corpus that is too small to be measured."""
    widths = tuple(width.chance for width in WIDTHS)
    return ChanceRates(MEET * permutations / _VALUES, CHANCE, pair.chance_cosines, widths)


def chance_of(pair: PairSettings, rates: ChanceRates, exact: int) -> Chance:
    """What chance brings. rates: how often unrelated images of the corpus agree. exact: residual bits that must be
    equal for shingles to meet at all.
    """
    # fewer pairs of whose bits many differ meet by chance then
    signs = 2 * RESIDUAL_SIGNS
    equal = [math.comb(signs - exact, bits) / math.comb(signs, bits) for bits in range(len(rates.bits))]
    shares = np.diff([0.0, *rates.bits]) * equal
    return Chance(pair.chance_candidates, shares.tolist(), rates.cosines)


def candidate_rule(
    pair: PairSettings, confirm: ConfirmSettings, images: int, rates: ChanceRates, exact: int = 0
) -> CandidateRule:
    """The rule for a corpus of so many images. Otherwise as `chance_of`."""
    return rule_for(images, chance_of(pair, rates, exact), confirm.max_hamming, confirm.cosine)
