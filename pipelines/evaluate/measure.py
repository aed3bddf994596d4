"""Computes what each threshold on the probability would give, from pairs that are known to be copies or not."""

from typing import NamedTuple

import scipy.stats

from lookalike.pipelines.evaluate.copies import Original, made_from
from lookalike.transforms.clustering.verdicts import Verdicts

PROBABILITIES = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    *(0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999),
)
"""Those that `confirm.probability` is measured at: the nearer to 0 or 1, the finer."""


CONFIDENCE = 0.95


class Point(NamedTuple):
    """What one threshold gives.

    Attributes:
        probability: the threshold.
        true: confirmed pairs that are copies.
        false: confirmed pairs that are not.
        precision: of the whole corpus.
        low: lower end of the confidence interval of the precision.
        high: its upper end.
        recall: share of the edited copies that are confirmed with their original.
    """

    probability: float
    true: int
    false: int
    precision: float
    low: float
    high: float
    recall: float


class Judged(NamedTuple):
    """A pair of files that may be copies: how probable that is, whether they are, and whether that is known."""

    a: str
    b: str
    probability: float
    right: bool
    known: bool


def judge(pairs: list[tuple[str, str, float]], originals: dict[str, Original], verdicts: Verdicts) -> list[Judged]:
    """Add to confirmed pairs what is known about them, by the originals they were made from or by a verdict."""
    judged = []
    for a, b, probability in pairs:
        x, y = made_from(a), made_from(b)
        hashes = tuple(sorted((originals[x].content, originals[y].content)))
        same = x == y or hashes[0] == hashes[1] or hashes in verdicts.together
        judged.append(Judged(a, b, probability, same, same or hashes in verdicts.apart))
    return judged


def point(judged: list[Judged], originals: dict[str, Original], copies: int, least: float, growth: float) -> Point:
    """Count what is a copy from one probability on. The confidence interval is that of Clopper and Pearson (1934).

    Args:
        judged: the confirmed pairs.
        originals: by name of their files.
        copies: number of edited copies that were made.
        least: the threshold on the probability.
        growth: size of the corpus as a multiple of the sample. True copies grow with the corpus and chance pairs with
            its square, so the precision is that of a corpus of this size.
    """
    at = [pair for pair in judged if pair.probability >= least]
    true, false = sum(pair.right for pair in at), sum(not pair.right for pair in at)
    found = {
        name for p in at for name, other in ((p.a, p.b), (p.b, p.a)) if other in originals and name[:5] == other[:5]
    }
    beta = scipy.stats.beta
    here = true / (true + false) if at else 1.0
    low = float(beta.ppf((1 - CONFIDENCE) / 2, true, false + 1)) if true else 0.0
    high = float(beta.ppf((1 + CONFIDENCE) / 2, true + 1, false)) if false else 1.0
    precision, low, high = (p / (p + (1 - p) * growth) for p in (here, low, high))
    recall = len(found - originals.keys()) / copies if copies else 0.0
    return Point(least, true, false, precision, low, high, recall)
