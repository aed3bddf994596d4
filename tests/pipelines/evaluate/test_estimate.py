"""What one candidate costs is told by its kind, and without what is loaded with the first."""

from types import SimpleNamespace

import numpy as np
import pytest

from lookalike.pipelines.evaluate import estimate
from lookalike.transforms.functional.lsh.exhaustive import Proposals
from lookalike.transforms.io.pair_records import RECORD

LOADING, PREPARING, COPY, OTHER = 5.0, 0.125, 2.0, 0.25
"""Seconds of a clock that only stands for one: to load what the first pair asks for, to prepare a picture, and to
compare a copy and another candidate.
"""


class Compared:
    """Stands for a comparison: pair number k is that of images 2k and 2k + 1. copies: how many pairs are, the first."""

    def __init__(self, pairs: int, copies: int) -> None:
        self.copies, self.seconds, self.loaded, self.compared = copies, 0.0, False, 0
        self.prepared: set[int] = set()
        self.images = [
            SimpleNamespace(picture=SimpleNamespace(forget=lambda k=k: self.prepared.discard(k)))
            for k in range(2 * pairs)
        ]
        self.proposals = Proposals(
            np.arange(2 * pairs).reshape(-1, 2), np.zeros(pairs, np.int64), np.zeros(pairs, bool)
        )

    def records(self, proposals: Proposals, _: np.ndarray) -> np.ndarray:
        """Advances the clock."""
        fresh = set(proposals.pairs.ravel().tolist()) - self.prepared
        copies = proposals.pairs[:, 0] < 2 * self.copies
        self.seconds += 0 if self.loaded else LOADING
        self.seconds += PREPARING * len(fresh) + COPY * copies.sum() + OTHER * (~copies).sum()
        self.loaded, self.prepared = True, self.prepared | fresh
        self.compared += len(copies)
        out = np.zeros(len(copies), RECORD)
        out["relation"] = copies
        return out


def aligned(compared, grown, beyond, monkeypatch, **more):
    monkeypatch.setattr(estimate.time, "process_time", lambda: compared.seconds)
    monkeypatch.setattr(estimate, "decoder", lambda: SimpleNamespace(seconds=0.0))
    return estimate._aligned(compared, compared.proposals, compared.proposals, grown, beyond, **more)


def test_copies_and_other_candidates_are_priced_apart(monkeypatch):
    # copies grow a hundredfold, what looks alike ten thousandfold
    candidates, price = aligned(Compared(6, 2), 100.0, 100.0, monkeypatch)
    copies, others = 2 * 100, 4 * 100**2
    assert candidates == copies + others
    assert price * candidates == pytest.approx(copies * (COPY + 2 * PREPARING) + others * (OTHER + 2 * PREPARING))


def test_of_many_candidates_some_are_measured(monkeypatch):
    compared = Compared(5 * estimate.MEASURED + 3, 0)
    candidates, price = aligned(compared, 1.0, 1.0, monkeypatch)
    assert candidates == len(compared.proposals.pairs) and price == pytest.approx(OTHER + 2 * PREPARING)
    assert compared.compared <= 2 * len(compared.proposals.pairs) + estimate.MEASURED  # once to tell each kind


def test_no_candidate_costs_nothing(monkeypatch):
    assert aligned(Compared(0, 0), 10.0, 1.0, monkeypatch) == (0.0, 0.0)


def test_chance_may_bring_more_than_the_sample_has(monkeypatch):
    candidates, price = aligned(Compared(6, 2), 100.0, 100.0, monkeypatch, strangers=70_000.0)
    assert candidates == 2 * 100 + 70_000
    assert price * candidates == pytest.approx(200 * (COPY + 2 * PREPARING) + 70_000 * (OTHER + 2 * PREPARING))
