"""Calibration: a promise from one half of a corpus, kept on the other."""

import csv
import hashlib
import io
import itertools
import json
import os

import fsspec
import numpy as np
import pytest
import yaml

from lookalike.pipelines.evaluate.calibrate import to_label
from lookalike.pipelines.evaluate.copies import Original
from lookalike.pipelines.evaluate.measure import Judged, point
from lookalike.pipelines.review import verdict_file
from lookalike.pipelines.run import lock
from lookalike.transforms.functional.verification.decision import Decision
from lookalike.transforms.storage.writing import write_bytes
from lookalike.transforms.verification import comparison
from tests.flows.test_audit import run, table
from tests.synthetic import draw_picture, encoded, make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")

WIDE = ("--set=confirm.cosine=0.2",)
"""More pairs are looked at."""


def doubtful(evidences, _, __):
    """Decisions that are often wrong, and know how sure they are: by the share of keypoints that agree."""
    sure = [0.0 if evidence.found is None else min(1.0, 2 * evidence.found.share) for evidence in evidences]
    with np.errstate(divide="ignore"):
        log_odds = np.log(sure) - np.log1p(-np.array(sure))
    copies = ["same" if evidence.agreed else "" for evidence in evidences]
    return list(map(Decision, log_odds.tolist(), copies))


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """Two folders of pictures on one template each, so that rules that are too loose merge them. What they share ends
    in a wave, or it would be a panel, which is compared by itself.
    """
    place, banner = tmp_path_factory.mktemp("calibrate"), draw_picture(9, 240, 180)
    shared = np.arange(180)[:, None] < 60 + 12 * np.sin(np.arange(240) / 9)
    for half in range(2):
        (place / f"half{half}").mkdir()
        for number in range(24):
            pixels = draw_picture(half * 1000 + number, 240, 180)
            pixels[shared] = banner[shared]
            (place / f"half{half}" / f"{number}.jpg").write_bytes(encoded(pixels, quality=92))
    return place


def test_a_promise_is_kept_on_images_that_it_has_not_seen(halves, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(comparison, "decide", doubtful)
    output = tmp_path / "calibration"
    wish = ("--precision", "0.97", "--sample", "24", "--copies", "5")
    assert run("calibrate", halves / "half0", "--output", output, *wish, *WIDE) == 0
    told = json.loads((output / "calibration.json").read_text())
    probability = yaml.safe_load((output / "calibrated.yaml").read_text())["confirm"]["probability"]
    first = told["points"][0]
    assert told["probability"] == probability and f"probability {probability}" in capsys.readouterr().out
    assert first["false"] > 0 and probability > first["probability"], "pictures that share a banner are merged"
    precisions = [point["low"] for point in told["points"] if point["probability"] <= probability]
    assert precisions[-1] >= 0.97 > max(precisions[:-1])
    assert (output / "curve.svg").read_text().startswith("<svg") and not (output / "images").exists()
    merged = {}
    for name, least in (("loose", first["probability"]), ("calibrated", probability)):
        made = ("--output", tmp_path / name, *WIDE, f"--set=confirm.probability={least}")
        assert run("audit", halves / "half1", *made) == 0
        merged[name] = len(table(tmp_path / name, "pairs"))
    assert merged["loose"] > 100 and merged["calibrated"] <= 0.03 * merged["loose"]  # no two of that half are copies


def judged(probability, right):
    return Judged("00000-crop.jpg", "00000.png" if right else "00001.png", probability, right, True)


def test_the_least_probability_that_keeps_the_promise_is_told():
    """98 right ones above .9, 1 right and 2 wrong ones around .5; views and variants are no copies, and not counted."""
    originals = {f"{n:05d}.png": Original(f"/{n}", bytes([n]) * 32) for n in range(2)}
    pairs = [*(judged(0.97, True) for _ in range(98)), judged(0.5, True), *(judged(p, False) for p in (0.5, 0.55))]
    told = [point(pairs, originals, 10, least, 1.0) for least in (0.01, 0.5, 0.6, 0.95, 0.98)]
    assert [(p.true, p.false) for p in told] == [(99, 2), (99, 2), (98, 0), (98, 0), (0, 0)]
    assert [p.precision for p in told] == [99 / 101, 99 / 101, 1, 1, 1]
    assert told[2].low == pytest.approx(0.963, abs=0.001) and told[4].low == 0 and told[4].high == 1
    assert [p.recall for p in told] == [0.1, 0.1, 0.1, 0.1, 0]  # of ten copies one was confirmed
    # of a corpus ten times as large, with as many copies and a hundred times as many pairs
    assert point(pairs, originals, 10, 0.5, 10.0).precision == pytest.approx(99 / (99 + 20))


def test_what_nobody_can_know_is_left_to_a_person(tmp_path, capsys):
    make_corpus(tmp_path / "images", groups=4)
    output = tmp_path / "calibration"
    wish = ("--precision", "0.95", "--copies", "2")
    assert run("calibrate", tmp_path / "images", "--output", output, *wish) == 1
    assert "to_label.csv" in capsys.readouterr().out
    rows = (output / "to_label.csv").read_text().splitlines()
    assert rows[0].startswith("content_hash_a,content_hash_b,verdict") and len(rows) > 4
    ends = [row.split(",")[-2:] for row in rows[1:]]
    assert all(os.path.basename(a)[:2] == os.path.basename(b)[:2] for a, b in ends)
    labelled = [rows[0], *(row.replace(",,,,,", ",duplicates,me,2026-01-01,,", 1) for row in rows[1:])]
    (tmp_path / "verdicts.csv").write_text("\n".join(labelled) + "\n")
    assert (
        run("calibrate", tmp_path / "images", "--output", output, *wish, "--verdicts", tmp_path / "verdicts.csv") == 0
    )
    assert "to_label.csv" not in capsys.readouterr().out


def test_a_promise_that_can_not_be_given_is_not(tmp_path, capsys):
    make_corpus(tmp_path / "images", groups=2)
    wish = ("--precision", "0.9999", "--copies", "1")
    assert run("calibrate", tmp_path / "images", "--output", tmp_path / "out", *wish) == 1
    assert "can't be promised" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [("--precision", "1.5"), ("--copies", "99"), ("--sample", "1")])
def test_wrong_wishes(tmp_path, flags):
    (tmp_path / "in").mkdir()
    assert run("calibrate", tmp_path / "in", "--output", tmp_path / "out", *flags) == 2


def test_too_few_images(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    assert run("calibrate", tmp_path / "in", "--output", tmp_path / "out") == 2
    assert "at least two images" in capsys.readouterr().err


def test_what_is_left_to_a_person_comes_back_as_verdicts_whatever_the_images_are_called(tmp_path):
    names = ['/f/Größe, "neu".jpg', "/f/猫\n2.png", "/f/плюс.tif"]
    originals = {f"{n:05d}.png": Original(name, bytes([n]) * 32) for n, name in enumerate(names)}
    text = to_label([("00000.png", "00001.png"), ("00001.png", "00002.png")], originals)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["uri_a"], row["uri_b"]) for row in rows] == list(itertools.pairwise(names))
    file = tmp_path / "to_label.csv"
    for encoding in ("utf-8", "utf-8-sig"):  # as it was written, and as a spreadsheet saves it
        file.write_text(text, encoding=encoding, newline="")
        assert verdict_file.load(str(file)) == verdict_file.Verdicts()  # nobody has judged any yet
        rows[0]["verdict"] = "not duplicates"
        labelled = io.StringIO(newline="")
        writer = csv.DictWriter(labelled, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        file.write_text(labelled.getvalue(), encoding=encoding, newline="")
        assert verdict_file.load(str(file)).apart == {(b"\0" * 32, b"\1" * 32)}


def test_a_store_in_memory_is_for_one_process(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_corpus(tmp_path / "images", groups=2)
    wish = ("calibrate", "images", "--output", "memory://calibration", "--copies", "1", "--sample", "4")
    assert run(*wish, workers=["--", "--direct_num_workers=2"]) == 2
    assert "can't reach it" in capsys.readouterr().err
    fs = fsspec.filesystem("memory")
    try:
        assert run(*wish, "--precision", "0.01") == 0
        names = sorted(path.rsplit("/", 1)[-1] for path in fs.find("/calibration"))
        assert names == ["calibrated.yaml", "calibration.json", "curve.svg", "to_label.csv"]
    finally:
        fs.rm("/calibration", recursive=True)
    assert [path.name for path in tmp_path.iterdir()] == ["images"]


def test_labels_that_somebody_gave_are_not_replaced(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    labels = tmp_path / "out" / "to_label.csv"
    labels.parent.mkdir()
    labels.write_text("mine")
    digest = hashlib.sha256(b"what was written").hexdigest()
    (tmp_path / "out" / "calibration.json").write_text(json.dumps({"files": {"to_label.csv": digest}}))
    assert run("calibrate", tmp_path / "in", "--output", tmp_path / "out") == 2
    assert "to_label.csv was changed" in capsys.readouterr().err and labels.read_text() == "mine"


def test_the_work_of_whoever_took_the_lock_over_is_left_to_it(tmp_path, monkeypatch, capsys):
    def robbed(*_):
        for name, text in (("lock", json.dumps(vars(lock.read(f"{tmp_path}/out/.run")) | {"token": "theirs"})),
                           ("started", "calibrate"), ("images/theirs.png", "theirs")):  # fmt: skip
            write_bytes(f"{tmp_path}/out/.run/{name}", text.encode())
        raise RuntimeError("what was read is gone")

    make_corpus(tmp_path / "in", groups=1)
    monkeypatch.setattr("lookalike.pipelines.evaluate.calibrate.make_copies", robbed)
    assert run("calibrate", tmp_path / "in", "--output", tmp_path / "out", workers=[]) == 4
    assert "was taken over by" in capsys.readouterr().err
    assert (tmp_path / "out" / ".run" / "images" / "theirs.png").exists()
