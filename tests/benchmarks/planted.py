"""Stands for the confirmation of synthetic fingerprints, which have no pictures: what was planted is confirmed."""

from collections.abc import Iterator

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.candidate_groups import CANDIDATE, CandidateGroup
from lookalike.transforms.core.pairs import MATCHES, MEASURES, PAIR, PROPOSER_BIT
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule
from lookalike.transforms.functional.lsh.ranks import bits_of
from lookalike.transforms.functional.verification.relations import RELATIONS
from tests.benchmarks import fingerprints

SAMPLE = 50
"""Of the pairs of a group that are no copies, those whose embeddings are compared: the others are counted by these."""


class ConfirmPlanted(beam.DoFn):
    """Stands for the confirmation: of each group's candidates, those that were planted. Counts go to `root`/met."""

    def __init__(self, root: str, corpus: fingerprints.Corpus, rule: CandidateRule) -> None:
        self.root, self.corpus, self.rule = root, corpus, rule

    def setup(self) -> None:
        """Images in order of key, and where each block of them starts."""
        self.number = np.load(f"{self.root}/searched.npy", mmap_mode="r")
        self.starts = np.load(f"{self.root}/starts.npy")
        self.original = np.load(f"{self.root}/original.npy", mmap_mode="r")

    def process(self, asked: CandidateGroup) -> Iterator[bytes]:
        """See the class."""
        (own, other), packed = asked
        pairs = np.frombuffer(packed or b"", CANDIDATE)
        a = self.number[pairs["a"] + self.starts[own]]
        b = self.number[pairs["b"] + self.starts[other]]
        true, bits = self.original[a] == self.original[b], bits_of(pairs["rank"])
        direct = true & ((self.original[a] == a) | (self.original[b] == b))
        copies = np.where(self.original[a] == a, b, a)[direct]
        kept = self.rule.holds(bits[direct], self.corpus.cosines(copies))
        direct[direct] = kept
        true &= direct | ((self.original[a] != a) & (self.original[b] != b))
        some = np.flatnonzero(self.original[a] != self.original[b])
        rest, some = len(some), some[:: max(1, len(some) // SAMPLE)]
        vectors = [self.corpus.embeddings(ends[some]).astype(np.float64) for ends in (a, b)]
        by_chance = self.rule.holds(bits[some], (vectors[0] * vectors[1]).sum(1))
        candidates = true.sum() + rest * (by_chance.mean() if rest else 0)
        np.save(f"{self.root}/met/{own}-{other}", np.r_[len(pairs), round(candidates), true.sum(), copies[kept]])
        yield pairs_of(a[true], b[true])


def pairs_of(a: np.ndarray, b: np.ndarray) -> bytes:
    """Numbers of images, those of a pair in order of key -> PAIR records of them, confirmed."""
    pairs = np.zeros(len(a), PAIR)
    for name, numbers in (("a", a), ("b", b)):
        pairs[name] = np.frombuffer(b"".join(map(fingerprints.key, numbers.tolist())), "V16")
    pairs["match"], pairs["proposed_by"] = MATCHES.index("near"), PROPOSER_BIT["minhash"]
    for name in MEASURES:
        pairs[name] = 0.9
    pairs["transform"] = 1, 0, 0, 0, 1, 0
    pairs["relation"], pairs["probability"] = RELATIONS.index("same"), 1.0
    return pairs.tobytes()
