"""What people decided is respected by later audits."""

import csv
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.review.verdict_file import VerdictError, load
from tests.flows.test_audit import digests, run, table
from tests.synthetic import make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("verdicts")
    make_corpus(place / "images", groups=4)
    assert run("audit", place / "images", "--output", place / "audit") == 0
    return place


def together(output):
    """Clusters as sorted names of files."""
    found = {}
    for row in table(output, "clusters"):
        found.setdefault(row["cluster_id"], []).append(os.path.basename(row["uri"]))
    return sorted(sorted(names) for names in found.values())


def add(place, file, verdict, a, b, *more):
    uris = (place / "images" / a, place / "images" / b)
    return run("verdict", "add", file, *uris, "--audit", place / "audit", "--verdict", verdict, *more, workers=[])


@pytest.mark.parametrize("name", ["verdicts.csv", "verdicts.parquet"])
def test_verdicts_are_respected_and_survive_renames(place, tmp_path, name):
    file = tmp_path / name
    assert (
        add(place, file, "not duplicates", "g1.jpg", "g1-mirror.jpg", "--author", "ada", "--note", "no, 'really'") == 0
    )
    assert add(place, file, "duplicates", "s0.png", "s1.png") == 0
    assert add(place, file, "not duplicates", "g0.jpg", "g0-lossless.png") == 0  # of equal pixels
    os.rename(place / "images" / "g1-mirror.jpg", place / "images" / "renamed.jpg")
    try:
        assert run("audit", place / "images", "--output", tmp_path / "out", "--verdicts", file) == 0
        assert run("match", tmp_path / "out", "--verdicts", file) == 0
    finally:
        os.rename(place / "images" / "renamed.jpg", place / "images" / "g1-mirror.jpg")
    found = together(tmp_path / "out")
    assert ["s0.png", "s1.png"] in found
    assert not any({"g1.jpg", "renamed.jpg"} <= set(names) for names in found)
    assert not any({"g0.jpg", "g0-lossless.png"} <= set(names) for names in found)
    assert sum("g1-invert.jpg" in names for names in found) == 1
    joined = [
        row for row in table(tmp_path / "out", "clusters") if os.path.basename(row["uri"]) in ("s0.png", "s1.png")
    ]
    assert {row["match"] for row in joined} == {"exact", "verdict"}
    pairs = {frozenset(map(os.path.basename, (r["uri_a"], r["uri_b"]))) for r in table(tmp_path / "out", "pairs")}
    assert frozenset(("g1.jpg", "renamed.jpg")) not in pairs and frozenset(("s0.png", "s1.png")) in pairs


def test_the_latest_verdict_counts(place, tmp_path):
    file = tmp_path / "verdicts.csv"
    assert add(place, file, "not duplicates", "g1.jpg", "g1-mirror.jpg") == 0
    assert len(load(str(file)).apart) == 1
    assert add(place, file, "duplicates", "g1-mirror.jpg", "g1.jpg") == 0
    assert not load(str(file)).apart and len(load(str(file)).together) == 1
    assert run("audit", place / "images", "--output", tmp_path / "out", "--verdicts", file) == 0
    assert digests(tmp_path / "out") == digests(place / "audit")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"content_hash_a": "00", "content_hash_b": "11" * 32, "verdict": "duplicates"}, "64 hexadecimal digits"),
        ({"content_hash_a": "11" * 32, "content_hash_b": "11" * 32, "verdict": "duplicates"}, "are the same"),
        ({"content_hash_a": "00" * 32, "content_hash_b": "11" * 32, "verdict": "maybe"}, "not 'maybe'"),
        ({"content_hash_a": "00" * 32, "verdict": "duplicates"}, "no column 'content_hash_b'"),
    ],
)
def test_wrong_files_are_named(tmp_path, row, message):
    file = tmp_path / "verdicts.csv"
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, row)
        writer.writeheader()
        writer.writerow(row)
    with pytest.raises(VerdictError, match=message):
        load(str(file))
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "verdicts.parquet")
    with pytest.raises(VerdictError, match=message):
        load(str(tmp_path / "verdicts.parquet"))


def test_images_that_the_audit_does_not_know(place, tmp_path, capsys):
    assert add(place, tmp_path / "v.csv", "duplicates", "g1.jpg", "nowhere.jpg") == 2
    assert "no fingerprint of" in capsys.readouterr().err and not (tmp_path / "v.csv").exists()
    assert run("audit", place / "images", "--output", tmp_path / "out", "--verdicts", tmp_path / "none.csv") == 2
