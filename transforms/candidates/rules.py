"""Which pairs of a corpus are candidates: what the configuration allows chance to bring, at the size of the corpus."""

import math

import numpy as np

from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.functional.keypoints.shingles import CHANCE, RESIDUAL_SIGNS
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule, Chance, rule_for


def candidate_rule(pair: PairSettings, confirm: ConfirmSettings, images: int, exact: int = 0) -> CandidateRule:
    """The rule for a corpus of so many images. exact: residual bits that must be equal for shingles to meet at all."""
    # fewer pairs of whose bits many differ meet by chance then
    signs = 2 * RESIDUAL_SIGNS
    equal = [math.comb(signs - exact, bits) / math.comb(signs, bits) for bits in range(len(CHANCE))]
    rates = np.diff([0.0, *CHANCE]) * equal
    chance = Chance(pair.chance_candidates, rates.tolist(), pair.chance_cosines)
    return rule_for(images, chance, confirm.max_hamming, confirm.cosine)
