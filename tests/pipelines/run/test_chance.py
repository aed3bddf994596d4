"""By which rules a night compares its pairs: those that the night before measured, where it takes over its pairs."""

import contextlib
import dataclasses
import json
from types import SimpleNamespace

import pytest

from lookalike.pipelines import audit
from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.matching import sides
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.pipelines.run.steps import chance
from lookalike.pipelines.run.steps.record import record_of_search
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates

BEFORE, NOW = (
    ChanceRates(0.02, (1e-5, 1e-4, 1e-3, *[2e-3] * 6), (low, 0.6, 0.7, 0.78, 0.8), (0.1, 0.05, 0.02, 3e-3, 9e-4))
    for low in (0.4, 0.5)
)


def stages(rates, images=100_000):
    return Stages(Config(), Corpus("/out", images, rates=rates))


@dataclasses.dataclass(frozen=True)
class Night:
    """Stands for a job."""

    rates: ChanceRates | None = None
    previous: PreviousAudit | None = None
    fingerprints_root: str = "/out"

    root: str = "/out"
    progress: SimpleNamespace = dataclasses.field(
        default_factory=lambda: SimpleNamespace(watch=lambda *_: contextlib.nullcontext(), done=lambda *_: None)
    )

    @property
    def request(self):
        return SimpleNamespace(config=Config(), options=None)

    def stages(self, images):
        return stages(self.rates, images)


@pytest.mark.parametrize("rates", [BEFORE, None])
def test_what_was_measured_is_recorded_and_read_again(rates):
    record = json.loads(json.dumps({"lsh": record_of_search(stages(rates).pair)}))
    assert PreviousAudit("/before", record).rates == rates
    assert record["lsh"]["least_cosines"][-1] == stages(rates).rules.candidates.alone


def test_an_audit_without_a_search_has_measured_nothing():
    assert PreviousAudit("/before", {}).rates is None


def test_images_that_resemble_one_another_are_asked_for_more():
    plain, alike = stages(None), stages(BEFORE)
    assert alike.rules.candidates.alone > plain.rules.candidates.alone + 0.2
    assert alike.digest() != plain.digest()  # what was compared by other rules is not resumed
    # an image may meet as many by chance as ever
    large = stages(BEFORE, 1 << 20).pair.band_plan()
    assert large.polytopes.codes < stages(None, 1 << 20).pair.band_plan().polytopes.codes
    assert (1 << 20) * (large.minhash.chance + large.polytopes.chance) < Config().pair.chance_collisions


@pytest.mark.parametrize("local", [True, False])
def test_pairs_that_are_taken_over_are_joined_by_the_rules_that_made_them(local, monkeypatch):
    record = {"lsh": record_of_search(stages(BEFORE).pair)}
    fingerprints = SimpleNamespace(paths=lambda root: [root], listing=SimpleNamespace(rows=100_000))
    monkeypatch.setattr(chance, "measure_chance", lambda *_: NOW)
    monkeypatch.setattr(audit, "reusable_candidates", lambda *_: ["candidates"])
    monkeypatch.setattr(audit, "few_changed", lambda *_: True)
    monkeypatch.setattr(audit, "match_changes", lambda job, *_: job.rates if local else None)
    monkeypatch.setattr(audit, "match_corpus", lambda job, *_: job.rates)
    assert audit._match(Night(previous=PreviousAudit("/before", record)), fingerprints) == (BEFORE if local else NOW)


def test_both_sides_of_a_comparison_are_one_corpus(monkeypatch):
    measured = []
    monkeypatch.setattr(chance, "measure_chance", lambda tables, images, *_: measured.append((tables, images)) or NOW)
    monkeypatch.setattr(sides, "comparing_sides", lambda job, stages, *_: stages)
    monkeypatch.setattr(sides, "run", lambda *_: {})
    monkeypatch.setattr(sides, "written_parts", lambda *_: {"matches": []})
    few, many = (
        SimpleNamespace(root=root, parts=[SimpleNamespace(path="part")], listed=listed, counters={})
        for root, listed in (("/few", 10), ("/many", 90_000))
    )
    assert sides.match_sides(Night(), few, many).search.context.rates == NOW
    sides.match_sides(Night(), many, many)  # across sets of one
    assert measured == [([["/few/part"], ["/many/part"]], 90_010), ([["/many/part"]], 90_000)]
