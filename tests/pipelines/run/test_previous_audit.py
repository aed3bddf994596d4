"""Which audit a night starts from, where its result goes, and which of the earlier pairs still hold."""

import re

import pytest

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.stages import match_digest
from lookalike.pipelines.run.previous_audit import PreviousAudit, next_in_catalog
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.storage.errors import OutputError

DAYS = [f"2026-01-0{day}T023000Z" for day in range(1, 6)]


def catalog(folder, finished=(), begun=(), others=()):
    """A folder of dated audits."""
    for name in (*finished, *begun, *others):
        (folder / name).mkdir()
    for name in finished:
        (folder / name / "audit.json").write_text("{}")
    return str(folder)


def test_the_first_night_has_nothing_to_start_from(tmp_path):
    for place in (str(tmp_path / "new"), catalog(tmp_path, others=["notes", "2026-01-01"])):
        found, since = next_in_catalog(place)
        assert re.fullmatch(rf"{place}/20\d\d-\d\d-\d\dT\d{{6}}Z", found) and since is None


def test_a_night_starts_from_the_latest_finished_audit(tmp_path):
    place = catalog(tmp_path, finished=[DAYS[0], DAYS[1]])
    found, since = next_in_catalog(place)
    assert since == f"{place}/{DAYS[1]}" and found > since


def test_a_night_is_later_than_the_one_that_it_starts_from_whatever_the_clock_says(tmp_path):
    place = catalog(tmp_path, finished=[DAYS[0], "2091-12-31T235959Z"])
    assert next_in_catalog(place) == (f"{place}/2092-01-01T000000Z", f"{place}/2091-12-31T235959Z")


@pytest.mark.parametrize(
    ("finished", "begun", "resumed"),
    [([0], [1], 1), ([0], [1, 2], 2), ([], [1], 1), ([1], [0], None), ([0, 3], [1, 2], None), ([0, 3], [1, 4], 4)],
)
def test_what_was_begun_since_then_is_resumed_and_nothing_older(tmp_path, finished, begun, resumed):
    place = catalog(tmp_path, [DAYS[day] for day in finished], [DAYS[day] for day in begun])
    found, since = next_in_catalog(place)
    assert since == (f"{place}/{DAYS[finished[-1]]}" if finished else None)
    if resumed is None:
        assert found.rsplit("/", 1)[1] not in DAYS
    else:
        assert found == f"{place}/{DAYS[resumed]}"


def test_an_audit_is_no_catalog(tmp_path):
    (tmp_path / "audit.json").write_text("{}")
    with pytest.raises(OutputError, match="is a finished run; give a folder for dated audits"):
        next_in_catalog(str(tmp_path))


def test_pairs_hold_only_for_the_same_rules_and_as_many_blocks():
    parts = [{"path": f"candidates/part-{number:05d}-of-00010.parquet"} for number in range(10)]
    config = Config()
    earlier = PreviousAudit("/old", {"parts": {"candidates": parts}, "digests": {"match": match_digest(config)}})
    assert len(earlier.candidates(config, 4)) == 10
    assert not earlier.candidates(config, 2) and not earlier.candidates(config, 8)
    assert not earlier.candidates(config.changed(pair=PairSettings(crowd=7).plain()), 4)
