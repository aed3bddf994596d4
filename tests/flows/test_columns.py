"""Audits of labelled corpora: planted conflicts are found and no others, and labels are never those of last night."""

import csv
import json
import os

import pyarrow.parquet as pq
import pytest

import lookalike
from lookalike.pipelines.run import manifest
from tests.flows.test_audit import digests, run, table
from tests.results import ASKED_FOR, whole
from tests.synthetic import make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")

TABLES = (*ASKED_FOR, "clusters", "pairs", "candidates", "fingerprints")
PLANTED = {"g1.jpg": "wolf", "g2-turn.jpg": "bird", "g0-bytes.jpg": "fox"}
"""Files whose label is another than that of their copies."""
CAPTIONED = ("g3-jpeg.jpg", "g3-half.jpg")


def write_list(path, truth, planted):
    """Labels by the planted groups but for some; two singles share the label of a group, and captions are rare."""
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "label", "caption"])
        for name, group in sorted(truth.items()):
            label = planted.get(name, "dog" if group.startswith("s") else f"of {group}")
            rows.writerow([f"images/{name}", label, f"this is {name}" if name in CAPTIONED else ""])


def conflicts(output):
    return {os.path.basename(row["uri"]): (row["value"], row["agreeing"]) for row in table(output, "conflicts")}


def expected(truth, planted):
    labels = {name: planted.get(name, f"of {group}") for name, group in truth.items()}
    groups = {truth[name] for name in planted}
    members = [name for name, group in truth.items() if group in groups]
    return {
        name: (labels[name], sum(labels[other] == labels[name] and truth[other] == truth[name] for other in members))
        for name in members
    }


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """An audit with labels, one of the same files after labels were changed, and one from nothing."""
    place = tmp_path_factory.mktemp("labelled")
    truth = make_corpus(place / "images", groups=4, singles=3)
    for path in (place / "images").iterdir():
        os.utime(path, (10**9, 10**9))
    write_list(place / "list.csv", truth, PLANTED)
    how = ("--columns", "label, caption", "--set", "cluster.columns=[caption]")
    assert run("audit", place / "list.csv", *how, "--output", place / "first", "--fail-on", "conflicts>2") == 3
    later = {"g3.jpg": "cow"}
    write_list(place / "list.csv", truth, later)
    since = ("--since", place / "first", "--fail-on", "conflicts>1")
    assert run("audit", place / "list.csv", *how, "--output", place / "second", *since) == 0
    assert run("audit", place / "list.csv", *how, "--output", place / "whole") == 0
    return place, truth, later


def test_planted_conflicts_are_found_and_no_others(nights, capsys):
    place, truth, later = nights
    assert conflicts(place / "first") == expected(truth, PLANTED)
    assert conflicts(place / "second") == expected(truth, later)
    record = manifest.read(str(place / "first"))
    assert record["counts"]["conflicts"] == 3 == record["counters"]["conflicts"]
    assert whole(place / "first") and (place / "first" / "report.html").read_text().count("<b>wolf</b>") == 1


def test_columns_are_those_of_tonight_and_nothing_is_read_for_them(nights):
    place, truth, _ = nights
    assert digests(place / "second", TABLES) == digests(place / "whole", TABLES)
    counters = manifest.read(str(place / "second"))["counters"]
    assert counters["kept-images"] == len(truth) and not counters.get("decoded-images")
    labels = {os.path.basename(row["uri"]): row["label"] for row in table(place / "second", "clusters")}
    assert labels["g3.jpg"] == "cow" and labels["g1.jpg"] == "of g1"


def test_the_kept_copy_has_a_caption_and_inherits_the_rest(nights):
    place, _, _ = nights
    (merged,) = (row for row in table(place / "first", "merges") if "/g3" in row["uri"])
    best = os.path.basename(merged["uri"])
    assert best in CAPTIONED and merged["label"] == ["of g3"]
    gone = {os.path.basename(uri) for uri in merged["members"]}
    assert merged["caption"] == [f"this is {best}", *(f"this is {n}" for n in CAPTIONED if n in gone)]
    reasons = {os.path.basename(row["uri"]): row["reason"] for row in table(place / "first", "clusters")}
    assert reasons["g3.jpg"] == "a preferred value in the kept copy" and best == "g3-jpeg.jpg"


def test_a_finished_audit_keeps_its_columns_when_it_is_matched_again(nights, tmp_path, capfd):
    place, truth, _ = nights
    again = place / "whole"
    before = digests(again, ("columns", "fingerprints"))
    assert run("match", again, "--set", "columns.conflicts=[label, caption]") == 0
    assert digests(again, ("columns", "fingerprints")) == before and whole(again)
    columns = {row["column"] for row in table(again, "conflicts")}
    assert columns == {"label", "caption"} and manifest.read(str(again))["counts"]["conflicts"] == 2
    assert run("match", again, "--set", "columns.carry=[caption]") == 2
    assert "stay as they are (label, caption)" in capfd.readouterr().err
    with lookalike.Audit.open(again) as audit:
        assert audit.conflicts.to_arrow().num_rows == len(table(again, "conflicts"))
        going = {row["cluster_id"] for row in table(again, "clusters") if row["reclaimable"]}
        assert len(audit.columns) == len(truth) and len(audit.merges) == len(going) > 0


REFUSED = {
    "--columns split": "has no column 'split'; there are path, label, caption",
    "--columns path,reason": "columns.carry names 'reason', and tables have a column of that name",
    "--columns label,label": "'label', and it is named twice",
    "--columns label --label-from folder": "'label', and columns.label_from makes one of that name",
    "--set cluster.columns=[split=train]": "cluster.columns names 'split', which is not carried along",
    "--columns caption --set columns.conflicts=[split]": "columns.conflicts names 'split', which is not carried along",
    "--columns caption --fail-on conflicts>0": "--fail-on conflicts needs a label",
    "--fail-on conflicts": "--fail-on takes",
    "--columns ,": "columns.carry",
}


@pytest.mark.parametrize("arguments", REFUSED)
def test_what_cannot_be_is_refused_before_anything_is_written(arguments, nights, tmp_path, capfd):
    place = nights[0]
    assert run("audit", place / "list.csv", "--output", tmp_path / "out", *arguments.split(" ")) == 2
    assert REFUSED[arguments] in capfd.readouterr().err and not list(tmp_path.rglob("*.parquet"))


def test_folders_are_labels_and_a_whole_audit_of_one_has_no_other_columns(tmp_path):
    for name, group in make_corpus(tmp_path / "flat", groups=2, singles=0).items():
        folder = tmp_path / "images" / ("cat" if group == "g0" and "half" not in name else "dog")
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / "flat" / name).rename(folder / name)
    assert run("audit", tmp_path / "images", "--label-from", "folder", "--output", tmp_path / "out") == 0
    assert pq.read_schema(next((tmp_path / "out" / "columns").iterdir())).names == ["uri", "label"]
    assert set(conflicts(tmp_path / "out")) == {name for name in os.listdir(tmp_path / "images" / "cat")} | {
        "g0-half.jpg"
    }
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["counts"]["conflicts"] == 1
