"""How well the fingerprints of two images must agree for the pair to be a candidate, which is what gets aligned.

Chance makes shingles agree and embeddings similar independently of one another. So a shingle in common of which some
residual bits differ is enough where the embeddings are a little similar too, and the cosine that is asked for rises
with the bits that differ and with the size of the corpus.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.lsh.codes.hyperplanes import SKETCH_BITS, collision

ANY = -1.0
"""Below every cosine: none is asked for."""
SMALL = 200_000
"""Images: a smaller corpus is searched by shingles as one of so many is. To search it more widely would cost more
alignments than it finds copies.
"""
MOST = 0.9
"""Cosine that is asked for at most: pairs beyond it are all but the same, of which crowds have but a few compared."""
STEP = 0.001
"""What cosines are told to."""
ALONE = 0.5
"""Share of the chance candidates that may come from embeddings alone."""


class Chance(NamedTuple):
    """What chance brings. candidates: images of a corpus that may be candidates of one by chance. bits: shares of
    unrelated pairs of whose best shingle in common 0, 1 ... residual bits differ. cosines: what one in 100,
    1,000 ... of unrelated pairs exceeds.
    """

    candidates: float
    bits: Sequence[float]
    cosines: Sequence[float]

    def cosine(self, one_in: float) -> float:
        """The cosine that one in so many unrelated pairs exceeds; ANY where that is all of them."""
        if one_in <= 1:
            return ANY
        wanted = float(np.log10(one_in))
        beyond = max(0.0, wanted - self._decades[-1]) * (self.cosines[-1] - self.cosines[-2])
        return float(min(MOST, np.interp(wanted, self._decades, [0.0, *self.cosines]) + beyond))

    def share(self, cosine: float) -> float:
        """The share of unrelated pairs that exceed a cosine; the inverse of `cosine`."""
        last, step = self.cosines[-1], max(STEP, self.cosines[-1] - self.cosines[-2])
        beyond = max(0.0, cosine - last) / step
        return float(10 ** -(np.interp(cosine, [0.0, *self.cosines], self._decades) + beyond))

    @property
    def _decades(self) -> list[int]:
        """Of 0 and of each of the cosines, the decimal logarithm of the pairs of which one exceeds it."""
        return [0, *range(2, 2 + len(self.cosines))]


class CandidateRule(NamedTuple):
    """Which pairs are candidates. shared: the least cosines of embeddings where 0, 1 ... residual bits of the best
    shingle in common differ; where more do, it says nothing. alone: the least cosine without one.
    """

    shared: tuple[float, ...]
    alone: float

    def holds(self, bits: np.ndarray, cosines: np.ndarray) -> np.ndarray:
        """(k,) residual bits that differ, any large number where no shingle is shared, and (k,) cosines -> (k,) bool,
        which pairs are candidates.
        """
        least = np.minimum([*self.shared, self.alone], self.alone)
        held: np.ndarray = cosines >= least[np.minimum(bits, len(self.shared))]
        return held


def rule_for(images: int, chance: Chance, max_hamming: int, cosine: float) -> CandidateRule:
    """The rule for a corpus of so many images: half of the chance candidates may come from embeddings alone, and of the
    other half each number of bits may bring as many as each other.

    Args:
        images: in the corpus.
        chance: what chance brings.
        max_hamming: most residual bits that may differ at all.
        cosine: the least cosine at which embeddings alone make a candidate, however small the corpus is.
    """
    alone = max(cosine, chance.cosine(images / (ALONE * chance.candidates)))
    rates = chance.bits[: max_hamming + 1]
    each = (1 - ALONE) * chance.candidates / len(rates)
    met = (max(images, SMALL) * rate for rate in rates)
    return CandidateRule(tuple(min(alone, chance.cosine(many / each)) for many in met), alone)


def share_by_chance(rule: CandidateRule, chance: Chance) -> float:
    """Share of the unrelated pairs that a rule makes candidates of, if shingles and embeddings agree independently."""
    least = np.minimum(rule.shared, rule.alone).tolist()
    shared = sum(rate * chance.share(cosine) for rate, cosine in zip(chance.bits, least, strict=False))
    return shared + chance.share(rule.alone)


def most_apart(cosine: float, slack: int, bits: int = SKETCH_BITS) -> int:
    """The least cosine -> most bits of sketches that may differ, where they tell it before the embeddings are read.

    slack: bits more, since sketches tell an angle with a standard deviation of half the root of their `bits`.
    """
    return min(bits, round(bits * (1 - float(collision(cosine)))) + slack)
