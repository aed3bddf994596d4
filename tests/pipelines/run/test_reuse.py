"""When a night's changes are looked at one by one, and when the whole corpus is matched again."""

from types import SimpleNamespace

import pytest

from lookalike.pipelines.run.steps import reuse
from lookalike.transforms.candidates.bands import AllPairs
from lookalike.transforms.core.settings.cluster import ClusterSettings

SCALE = 1 << 20
BANDS = SimpleNamespace(scale=SCALE)


def few(monkeypatch, before=100_000, now=100_000, kept=100_000, search=BANDS, cluster=None, scale=SCALE):
    """before, now: images of the two nights. kept: those that both have."""
    monkeypatch.setattr(reuse, "written_count", lambda root, what: kept)
    was = ClusterSettings().plain()
    record = {"lsh": {"scale": scale}, "configuration": {"cluster": was}, "counts": {"fingerprints": before}}
    config = SimpleNamespace(cluster=cluster or ClusterSettings())
    stages = SimpleNamespace(pair=SimpleNamespace(plan=lambda: search))
    job = SimpleNamespace(
        previous=SimpleNamespace(record=record),
        request=SimpleNamespace(config=config),
        stages=lambda rows: stages,
        root="",
    )
    fingerprints = SimpleNamespace(images=now, listing=SimpleNamespace(rows=now))
    return reuse.few_changed(job, fingerprints)


@pytest.mark.parametrize(
    ("before", "now", "kept", "is_few"),
    [
        (100_000, 100_000, 100_000, True),
        (100_000, 100_000, 90_000, True),  # a tenth came, and as many went
        (100_000, 100_000, 89_999, False),
        (100_000, 95_000, 89_999, False),  # more than a tenth of what is there went
        (1_000_000, 1_000_000, 990_000, True),
        (1_000_000, 1_000_001, 990_000, False),  # too many, however large the corpus
        (1_000_000, 1_020_000, 1_000_000, True),
    ],
)
def test_so_many_changes_are_few(monkeypatch, before, now, kept, is_few):
    assert few(monkeypatch, before, now, kept) == is_few


def test_other_searches_and_other_leaders_are_no_few_changes(monkeypatch):
    assert not few(monkeypatch, search=AllPairs(SCALE, 1))
    assert not few(monkeypatch, scale=SCALE // 2)
    assert not few(monkeypatch, cluster=ClusterSettings(prefer=("smallest",)))
