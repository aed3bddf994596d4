"""Copies across two sides: what a whole audit finds between them, and nothing within either."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.matching import sides
from lookalike.pipelines.review.server.questions import Question
from lookalike.pipelines.review.server.session import Session
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.schemas import MATCHES
from lookalike.transforms.functional.verification.relations import COPIES, turned
from lookalike.transforms.weights import decision_models
from tests.faults.schedules import command, rows
from tests.results import digests
from tests.synthetic import make_corpus

TABLES = ("matches", "candidates", "failures", "query_images", "match_images")


pytestmark = pytest.mark.usefixtures("without_engine")


def name(uri):
    return uri.rpartition("/")[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Folders `train` and `test`, and the group of each picture: the originals lie in the one, most edits in the other,
    and either has copies of its own.
    """
    root = tmp_path_factory.mktemp("compare")
    truth = make_corpus(root / "all", groups=5, singles=3)
    for file in truth:
        train = ("-" not in file and file not in ("s0.png", "g4.jpg")) or file.startswith("g3-")
        place = root / "data" / ("train" if train else "test")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / "all" / file, place / file)
    shutil.copy(root / "all" / "g0.jpg", root / "data" / "train" / "g0-again.jpg")
    return root, {**truth, "g0-again.jpg": "g0"}


@pytest.fixture(scope="module")
def audited(data, tmp_path_factory):
    """An audit of everything."""
    output = tmp_path_factory.mktemp("audited") / "audit"
    assert command("audit", f"{data[0]}/data", "--output", str(output)).code == 0
    return output


@pytest.fixture(scope="module")
def compared(data, tmp_path_factory):
    """The test folder against the training folder."""
    output = tmp_path_factory.mktemp("compared") / "out"
    folder = data[0] / "data"
    told = command("compare", f"{folder}/test", "--against", f"{folder}/train", "--output", str(output), "--fail-on",
                   "matches>0")  # fmt: skip
    assert told.code == 3 and told.said[-1] == "lookalike: found matches>0"
    return output


def planted(data):
    root, truth = data
    test, train = ({path.name for path in (root / "data" / side).iterdir()} for side in ("test", "train"))
    return {(a, b) for a in test for b in train if truth[a] == truth[b]}


def test_all_planted_copies_across_are_found_and_none_within_a_side(data, compared):
    found = rows(compared, "matches")
    assert {(name(row["query"]), name(row["match"])) for row in found} == planted(data)
    assert len(found) == len(planted(data)) > 10  # g0-bytes.jpg with both of its equals, too
    assert all("/test/" in row["query"] and "/train/" in row["match"] for row in found)
    assert {row["kind"] for row in found} == {"exact", "pixels", "near"}


def test_what_is_said_of_a_pair_is_what_an_audit_says(audited, compared):
    said = {(row["uri_a"], row["uri_b"]): row for row in rows(audited, "pairs")}
    near = [row for row in rows(compared, "matches") if row["kind"] == "near"]
    assert near
    for row in near:
        backwards = row["match"] < row["query"]
        pair = said.get(tuple(sorted((row["query"], row["match"]))))
        if pair is None:
            assert name(row["query"]).startswith("g0-") or name(row["match"]).startswith("g0-")
            continue
        relation = turned(pair["relation"]) if backwards else pair["relation"]
        assert row["relation"] == relation
        for column in ("cosine", "jaccard", "ssim", "structure", "mirrored", "proposed_by"):
            assert row[column] == pair[column]
        # the audit knows what else the two pictures resemble
        shift = decision_models().near_misses.shift(np.array([pair["near_misses"]]))[0]
        alone = 1 / (1 + np.exp(shift) * (1 / pair["probability"] - 1))
        assert row["probability"] == pytest.approx(alone, abs=2e-4) and row["probability"] != pair["probability"]
        matrix = np.array([*pair["transform"], 0, 0, 1]).reshape(3, 3)
        wanted = np.linalg.inv(matrix) if backwards else matrix
        assert np.allclose(row["transform"], wanted[:2].ravel())


def test_only_pairs_across_cost_an_alignment(data, compared):
    record = json.loads((compared / "audit.json").read_text())
    aligned = rows(compared, "candidates")
    equal = sum(row["kind"] != "near" for row in rows(compared, "matches"))
    by_chance = 1
    assert len(aligned) <= len(planted(data)) - equal + by_chance
    assert record["counts"]["queries"] == len(list((data[0] / "data" / "test").iterdir()))
    assert pq.read_schema(next((compared / "matches").iterdir())).equals(MATCHES)


def test_the_list_names_each_image_that_has_a_match_once_with_the_surest(data, compared):
    with (compared / "drop.csv").open() as file:
        listed = list(csv.DictReader(file))
    assert [name(row["query"]) for row in listed] == sorted({a for a, _ in planted(data)})
    best = {}
    for row in rows(compared, "matches"):
        best[row["query"]] = max(best.get(row["query"], 0), row["probability"])
    assert {row["query"]: float(row["probability"]) for row in listed} == best


def test_the_report_shows_who_was_asked_for_on_the_left(compared):
    page = (compared / "report.html").read_text()
    assert page.count("<figure>") == len(rows(compared, "matches")) and page.startswith("<!doctype html>")
    for row in rows(compared, "matches"):
        assert f'title="{row["query"]} and {row["match"]}"' in page
    assert page.count("data:image/jpeg;base64,") == 2 * len(rows(compared, "matches"))
    parts = [row for row in rows(compared, "matches") if row["relation"] == "part"]
    assert parts and page.count("part of the other one, probability") == len(parts)


def test_a_comparison_is_reviewed_by_itself(data, compared, tmp_path):
    """Every match with its pictures, and nothing but those of the comparison is opened."""
    record = manifest.read(str(compared), kinds=(manifest.COMPARISON,))
    session = Session(str(tmp_path), str(compared), record, str(tmp_path / "verdicts.csv"), "ada")
    shown = session.page(Question(view="pairs"))
    found = rows(compared, "matches")
    ends = [tuple(member["uri"] for member in card["members"]) for card in shown["cards"]]
    assert sorted(ends) == sorted((row["query"], row["match"]) for row in found)[: len(ends)] and shown["total"] == len(
        found
    )
    for uri in ends[0]:
        assert session.pictures.thumbnail(uri).data[:2] == b"\xff\xd8"
        assert session.pictures.whole(uri).data == Path(uri).read_bytes()
    without = {str(path) for path in (data[0] / "data").rglob("*.*")} - {uri for pair in ends for uri in pair}
    with pytest.raises(LookupError):
        session.pictures.whole(min(without))
    near = next(card for card in shown["cards"] if "pair" in card["members"][1])
    assert session.judging.judge([member["uri"] for member in near["members"]], "duplicates").noted == 1
    session.close()


def test_finished_audits_are_not_read_again_and_give_the_same_bytes(data, compared, tmp_path):
    folder = data[0] / "data"
    for side in ("test", "train"):
        assert command("fingerprint", f"{folder}/{side}", "--output", f"{tmp_path}/{side}").code == 0
    shutil.move(folder, data[0] / "away")
    try:
        told = command("compare", f"{tmp_path}/test", "--against", f"{tmp_path}/train", "--output", f"{tmp_path}/out")
    finally:
        shutil.move(data[0] / "away", folder)
    assert told.code == 0
    assert digests(tmp_path / "out", TABLES) == digests(compared, TABLES)
    assert (tmp_path / "out" / "drop.csv").read_bytes() == (compared / "drop.csv").read_bytes()


def test_the_other_way_round_the_whole_of_a_part_is_found(data, compared, tmp_path):
    folder = data[0] / "data"
    command("compare", f"{folder}/train", "--against", f"{folder}/test", "--output", f"{tmp_path}/out")
    there = {(row["match"], row["query"]): row for row in rows(tmp_path / "out", "matches")}
    here = {(row["query"], row["match"]): row for row in rows(compared, "matches")}
    assert there.keys() == here.keys() and "part" in {row["relation"] for row in here.values()}
    for ends, row in here.items():
        assert there[ends]["relation"] == turned(row["relation"]) and there[ends]["probability"] == row["probability"]


@pytest.mark.parametrize("exhaustive", [10_000, 0], ids=["all pairs", "bands"])
def test_folders_of_one_audit_are_sets_and_the_smaller_asks(exhaustive, data, audited, compared, tmp_path):
    told = command("compare", str(audited), "--sets", "folder", "--output", f"{tmp_path}/out", "--set",
                   f"pair.exhaustive={exhaustive}")  # fmt: skip
    assert told.code == 0
    found = rows(tmp_path / "out", "matches")
    files = {side: len(list((data[0] / "data" / side).iterdir())) for side in ("test", "train")}
    small, large = sorted(files, key=lambda side: files[side])
    assert {(row["query_set"], row["match_set"]) for row in found} == {(small, large)}
    ends = {frozenset((row["query"], row["match"])) for row in found}
    assert ends == {frozenset((row["query"], row["match"])) for row in rows(compared, "matches")}


def test_bands_find_what_all_pairs_find(data, compared, tmp_path):
    folder = data[0] / "data"
    told = command("compare", f"{folder}/test", "--against", f"{folder}/train", "--output", f"{tmp_path}/out", "--set",
                   "pair.exhaustive=0", "--relations", ",".join(COPIES))  # fmt: skip
    assert told.code == 0 and json.loads((tmp_path / "out" / "audit.json").read_text())["lsh"]["minhash"]
    assert rows(tmp_path / "out", "matches") == rows(compared, "matches")


def test_a_comparison_that_was_killed_is_resumed_and_one_that_is_there_is_replaced_as_a_whole(data, compared, tmp_path):
    folder, output = data[0] / "data", tmp_path / "out"
    words = ("compare", f"{folder}/test", "--against", f"{folder}/train", "--output", str(output))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "run", None)
        assert command(*words).code == 1
    assert (output / ".run").is_dir() and not (output / "audit.json").exists()
    assert command(*words).code == 0 and not (output / ".run").exists()
    assert digests(output, TABLES) == digests(compared, TABLES)
    assert command(*words).code == 2
    assert command(*words, "--overwrite", "--relations", "part").code == 0
    assert {row["relation"] for row in rows(output, "matches")} == {"part"}
    assert not (output / ".run").exists()


def test_sets_that_are_none_are_refused_before_an_image_is_read(data, tmp_path):
    told = command("compare", f"{data[0]}/data/test", "--sets", "folder", "--output", f"{tmp_path}/out")
    assert told.code == 2 and len(told.said) == 1 and "needs 2 to 64 folders" in told.said[0], told
    assert not (tmp_path / "out").exists()


def test_wrong_use_is_one_line(data, audited, compared, tmp_path, capsys):
    folder = data[0] / "data"
    against = ("--against", f"{folder}/train", "--output", f"{tmp_path}/out")
    for words, said in (
        ((f"{folder}/test", *against, "--fail-on", "any-duplicates"), "matches>N"),
        ((f"{folder}/test", *against, "--relations", "alike"), "'alike'"),
        ((f"{folder}/test", str(audited), *against), "give it alone"),
        ((f"{folder}/test", "--sets", "folder", "--output", f"{tmp_path}/out"), "there are 0"),
        ((f"{folder}/test", "--against", str(compared), "--output", f"{tmp_path}/out"), "finished comparison"),
        ((f"{folder}/test", "--against", f"{folder}/train", "--output", str(audited), "--overwrite"), "finished audit"),
    ):
        told = command("compare", *words)
        assert told.code == 2 and len(told.said) <= 3 and said in told.said[-1], told
    for other in (("match", str(compared)), ("report", str(compared)), ("audit", str(folder), "--output",
                  str(compared), "--overwrite")):  # fmt: skip
        told = command(*other)
        assert told.code == 2 and "finished comparison" in told.said[-1]
    assert main(["compare", str(folder), "--output", str(tmp_path / "out")]) == 2
    assert "--against" in capsys.readouterr().err
