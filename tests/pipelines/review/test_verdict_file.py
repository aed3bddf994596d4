"""Which of several verdicts about one pair counts."""

from datetime import datetime, timezone

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.review.verdict_file import load
from lookalike.transforms.clustering.verdicts import DUPLICATES, NOT_DUPLICATES

A, B = "aa" * 32, "bb" * 32


def written(path, *verdicts):
    """A file of verdicts about one pair, each with its time."""
    lines = [f"{A},{B},{verdict},ada,{time}," for verdict, time in verdicts]
    path.write_text("\n".join(["content_hash_a,content_hash_b,verdict,author,time,note", *lines]) + "\n")
    return load(str(path))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-01-01T10:00:00+00:00", "2026-01-01T10:00:01+00:00"),
        ("2026-01-01T10:00:00+02:00", "2026-01-01T09:00:00+00:00"),
        ("2026-01-01T10:00:00+00:00", "2026-01-01T10:00:00.500Z"),  # as the report's page writes it
        ("2026-01-01T09:00:00Z", "2026-01-01 10:00:00"),  # as pandas does
        ("", "2026-01-01"),
        ("yesterday", "2026-01-01"),
    ],
)
def test_the_latest_counts_wherever_it_stands(tmp_path, earlier, later):
    for verdicts in (
        [(NOT_DUPLICATES, earlier), (DUPLICATES, later)],
        [(DUPLICATES, later), (NOT_DUPLICATES, earlier)],
    ):
        found = written(tmp_path / "v.csv", *verdicts)
        assert len(found.together) == 1 and not found.apart


@pytest.mark.parametrize("time", ["", "yesterday", "2026-01-01T10:00:00+00:00"])
def test_of_those_of_one_time_the_last_counts(tmp_path, time):
    assert written(tmp_path / "v.csv", (NOT_DUPLICATES, time), (DUPLICATES, time)).together
    assert written(tmp_path / "v.csv", (DUPLICATES, time), (NOT_DUPLICATES, time)).apart


def test_times_of_parquet_are_times(tmp_path):
    times = [datetime(2026, 1, 1, hour, tzinfo=timezone.utc) for hour in (10, 9)]
    columns = {"content_hash_a": [A, A], "content_hash_b": [B, B], "verdict": [DUPLICATES, NOT_DUPLICATES]}
    pq.write_table(pa.table(columns | {"time": times}), tmp_path / "v.parquet")
    assert load(str(tmp_path / "v.parquet")).together
