"""Compares pairs of images: registers, measures and decides them, and makes records of the candidates table."""

import collections
import dataclasses
from collections.abc import Sequence

import numpy as np

from lookalike.transforms.candidates.rules import candidate_rule, rates_of_photographs
from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.keypoints.shingles import jaccard
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule
from lookalike.transforms.functional.lsh.exhaustive import (
    NO_PARITY,
    Proposals,
    Screened,
    screen,
    without_crowds,
)
from lookalike.transforms.functional.lsh.ranks import NO_RANK, bits_of, parity_of
from lookalike.transforms.functional.lsh.scopes import Scopes
from lookalike.transforms.functional.registration.affine import inverse
from lookalike.transforms.functional.verification.decision import decide
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.functional.verification.picture import Picture
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.ingest.scopes import ScopeRule
from lookalike.transforms.io.pair_records import RECORD, settle
from lookalike.transforms.verification.prepared_images import PreparedImage
from lookalike.transforms.weights import decision_models, keypoint_axes

MADE = 8192
"""Pictures of which a worker keeps what alignment makes of them, and which takes a seventh of a millisecond to make
again: 0.7 GB, whatever a block holds.
"""
COSINES_AT_ONCE = 4096
"""Pairs whose embeddings are compared at once."""
DECIDED_AT_ONCE = 256
"""Pairs that are decided at once."""


@dataclasses.dataclass(frozen=True)
class ComparisonRules:
    """What pairs are aligned, and which of these count as copies.

    confirm, pair: the blocks of the configuration; of the latter, what is done with crowds. candidates: which pairs are
    aligned in a corpus of this size.
    """

    confirm: ConfirmSettings = ConfirmSettings()
    pair: PairSettings = PairSettings()
    candidates: CandidateRule = dataclasses.field(
        default_factory=lambda: candidate_rule(
            PairSettings(), ConfirmSettings(), 1, rates_of_photographs(PairSettings())
        )
    )


def in_scope(wanted: np.ndarray, some: list[PreparedImage], others: list[PreparedImage], rule: ScopeRule) -> np.ndarray:
    """(n, m) bool, pairs of n and m images -> those of them that are asked for; the others are counted."""
    if not rule:
        return wanted
    scopes = Scopes(np.array([image.features.scope for image in [*some, *others]], np.uint64), rule.within)
    asked = scopes.kept(wanted, np.arange(len(some))[:, None], np.arange(len(others)) + len(some))
    count("ConfirmPairs", "out-of-scope-pairs", scopes.left_out)
    # images of equal pixels and different scopes are tied already
    a, b = (np.frombuffer(b"".join(image.features.pixels for image in side), "<u8") for side in (some, others))
    return asked & (a[:, None] != b)


class Recent:
    """The pictures that were aligned last; those before them forget what was made of them, about 90 KB each."""

    def __init__(self, most: int = MADE) -> None:
        self.most = most
        self.pictures: collections.OrderedDict[int, Picture] = collections.OrderedDict()

    def use(self, picture: Picture) -> None:
        """A picture is aligned now."""
        self.pictures[id(picture)] = picture
        self.pictures.move_to_end(id(picture))
        if len(self.pictures) > self.most:
            self.pictures.popitem(last=False)[1].forget()


class Comparison:
    """Some images, in order of key, ready to be compared with one another. aligned: pairs that were. recent: pictures
    that this worker has compared before.
    """

    def __init__(self, images: list[PreparedImage], rules: ComparisonRules, recent: Recent | None = None) -> None:
        self.images, self.rules, self.recent = images, rules, recent or Recent()
        self.axes, self.aligned = keypoint_axes(), 0

    def screened(self, some: Screened, others: Screened, wanted: np.ndarray) -> Proposals:
        """The pairs of `wanted`, (n, m) bool, that are worth aligning: of `some`, the first n images, with `others`,
        the last m, which may be the same.
        """
        found = screen(some, others, wanted, self.rules.candidates)
        vectors = some.embeddings if some is others else np.concatenate([some.embeddings, others.embeddings])
        found = found._replace(pairs=found.pairs + np.array([0, len(vectors) - len(others.embeddings)]))
        return without_crowds(found, vectors, self.rules.pair.crowd, self.rules.pair.heads)

    def listed(self, pairs: np.ndarray, rank: np.ndarray) -> Proposals:
        """(k, 2) pairs i < j that met, in order, and their ranks -> those that are worth aligning."""
        parity = np.where(rank == NO_RANK, NO_PARITY, parity_of(rank))
        cosines = self._cosines(pairs)
        near = cosines >= self.rules.candidates.alone
        # images of equal pixels and different scopes are tied already
        same = [self.images[i].features.pixels == self.images[j].features.pixels for i, j in pairs.tolist()]
        worth = self.rules.candidates.holds(bits_of(rank), cosines) & ~np.array(same, bool)
        return Proposals(pairs[worth], parity[worth], near[worth])

    def records(
        self, proposals: Proposals, known: np.ndarray, guesses: Sequence[np.ndarray] | None = None
    ) -> np.ndarray:
        """The records of the proposed pairs, in order.

        known: records of earlier comparisons, which hold where both pictures and what proposes the pair are the same.
        guesses: (3, 3) of each pair, where it is known nearly how its first picture lies on the second.
        """
        earlier = {ends: at for at, ends in enumerate(zip(known["a"].tolist(), known["b"].tolist(), strict=True))}
        out = np.zeros(len(proposals.pairs), RECORD)
        out["parity"], out["near"] = proposals.parity, proposals.near
        cosines = self._cosines(proposals.pairs).tolist()
        waiting: list[tuple[np.void, Evidence]] = []
        for number, (i, j) in enumerate(proposals.pairs.tolist()):
            record = out[number]
            a, b = self.images[i].features, self.images[j].features
            record["a"], record["b"], record["pixels_a"], record["pixels_b"] = a.key, b.key, a.pixels, b.pixels
            at = earlier.get((a.key, b.key))
            if at is not None and all(known[at][name] == record[name] for name in IDENTITY):
                out[number] = known[at]
            else:
                record["cosine"] = cosines[number]
                waiting.append((record, self._evidence(record, i, j, None if guesses is None else guesses[number])))
            if len(waiting) == DECIDED_AT_ONCE:
                self._decide(waiting)
                waiting.clear()
        self._decide(waiting)
        settle(out, self.rules.confirm.probability)
        return out

    def _cosines(self, pairs: np.ndarray) -> np.ndarray:
        """Those of (k, 2) pairs, some thousands at a time: float16 products add up exactly in float64."""
        vectors = [image.features.embedding for image in self.images]
        found = [np.zeros(0)]
        for first in range(0, len(pairs), COSINES_AT_ONCE):
            a, b = (np.stack([vectors[n] for n in side]) for side in pairs[first : first + COSINES_AT_ONCE].T.tolist())
            found.append((a.astype(np.float64) * b.astype(np.float64)).sum(1))
        return np.concatenate(found)

    def _evidence(self, record: np.void, i: int, j: int, guess: np.ndarray | None) -> Evidence:
        self.aligned += 1
        # which of two is aligned to the other changes the last digits: their content decides, not where they lie
        if self.images[j].features.pixels < self.images[i].features.pixels:
            i, j = j, i
            guess = None if guess is None else inverse(guess)
        a, b = self.images[i].picture, self.images[j].picture
        self._use(a, b)
        evidence = Evidence(a, b, self.axes, int(record["parity"]), float(record["cosine"]), guess)
        evidence.gather()
        return evidence

    def _decide(self, waiting: list[tuple[np.void, Evidence]]) -> None:
        decisions = decide([evidence for _, evidence in waiting], decision_models(), self.rules.confirm.probability)
        for (record, evidence), decision in zip(waiting, decisions, strict=True):
            record["log_odds"], record["likely"] = decision.log_odds, decision.likely
            record["copies"], record["otherwise"] = map(RELATIONS.index, (decision.copies, decision.otherwise))
            a, b = evidence.a, evidence.b
            self._use(a, b)
            measured = evidence.measured() if decision.copies or decision.otherwise else None
            if measured is None:
                continue
            record["mirrored"] = measured.mirrored
            record["jaccard"] = jaccard(a.shingles.tokens, b.shingles.tokens)
            record["transform"], record["recoloured"] = measured.matrix.ravel(), measured.recoloured
            record["least"] = measured.least
            record["worst"], record["laid"], record["cut"] = evidence.worst, evidence.laid, evidence.cut
            for name in ("ssim", "luminance", "contrast", "structure", "overlap", "covered"):
                record[name] = getattr(measured.agreement, name)

    def _use(self, a: Picture, b: Picture) -> None:
        self.recent.use(a)
        self.recent.use(b)


IDENTITY = ("pixels_a", "pixels_b", "parity", "near")
