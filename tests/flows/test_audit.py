"""The whole job on planted truth, on hostile input, and the bytes that it leaves."""

import collections
import json
import os
import random
import re
import shutil
import sys
import textwrap
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.evaluate.evaluate import evaluate
from lookalike.transforms.functional.verification.relations import turned
from lookalike.transforms.storage import stores
from tests.functional.images.test_decode import absurd_profile, bomb, broken_exif
from tests.results import digests, whole
from tests.synthetic import draw_picture, encoded, make_corpus

ONE = ["--", "--direct_num_workers=1"]


def run(*arguments, workers=ONE):
    return main([*map(str, arguments), *workers])


def table(output, name):
    return pq.ParquetDataset(output / name).read().to_pylist()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus") / "images"
    return folder, make_corpus(folder)


@pytest.fixture(scope="module")
def audited(corpus, tmp_path_factory):
    output = tmp_path_factory.mktemp("audited") / "out"
    assert run("audit", corpus[0], "--output", output) == 0
    return output


def test_planted_copies_come_together_and_nothing_else(corpus, audited):
    _, truth = corpus
    clusters: dict[str, set[str]] = {}
    for row in table(audited, "clusters"):
        clusters.setdefault(row["cluster_id"], set()).add(os.path.basename(row["uri"]))
    planted: dict[str, set[str]] = {}
    for name, group in truth.items():
        planted.setdefault(group, set()).add(name)
    assert sorted(map(sorted, clusters.values())) == sorted(sorted(s) for s in planted.values() if len(s) > 1)


def test_rows_of_clusters_say_what_the_contract_says(audited):
    rows = table(audited, "clusters")
    by_cluster: dict[str, list[dict]] = {}
    for row in rows:
        by_cluster.setdefault(row["cluster_id"], []).append(row)
    pairs = {(p["uri_a"], p["uri_b"]): p for p in table(audited, "pairs")}
    assert all(a < b for a, b in pairs)
    for members in by_cluster.values():
        (best,) = (r for r in members if r["is_representative"])
        pixels = best["width"] * best["height"]
        for row in members:
            assert row["size"] == len(members) and row["representative_uri"] == best["uri"]
            assert row["reclaimable_bytes"] == sum(r["bytes"] for r in members if r["reclaimable"])
            assert row["match"] == "near" or row["reclaimable"] != row["is_representative"]
            assert row["bytes"] == os.path.getsize(row["uri"])
            if row["match"] == "near":
                pair = pairs[tuple(sorted((row["uri"], best["uri"])))]
                assert row["ssim"] == pair["ssim"] and pair["proposed_by"]
            assert row["width"] * row["height"] <= pixels or row["match"] == "near"
    matches = {os.path.basename(r["uri"]): r["match"] for r in rows}
    assert {matches["g0.jpg"], matches["g0-bytes.jpg"], matches["g0-lossless.png"]} == {"exact", "pixels"}
    near = {os.path.basename(r["uri"]): r["reclaimable"] for r in rows if r["match"] == "near"}
    stays = ("-invert.jpg", "-mirror.jpg", "-turn.jpg")
    assert not [name for name, goes in near.items() if goes and name.endswith(stays)]
    assert {name[3:-4] for name, goes in near.items() if goes} >= {"jpeg", "half"}
    relation = {os.path.basename(r["uri"]): r["relation"] for r in rows}
    assert all(told == ("part" if name.endswith("-crop.jpg") else "same") for name, told in relation.items())
    for row in rows:
        pair = pairs.get(tuple(sorted((row["uri"], row["representative_uri"]))))
        if pair:
            first = pair["uri_a"] == row["uri"]
            assert pair["relation"] == (row["relation"] if first else turned(row["relation"]))
            assert 0 < pair["probability"] <= 1 and len(pair["worst"]) == 4
    assert {name[3:-4] for name in near} >= {"jpeg", "half", "mirror", "invert", "crop", "turn"}


def test_the_record_counts_and_hashes_everything(corpus, audited):
    record = json.loads((audited / "audit.json").read_text())
    assert record["counts"]["listed"] == record["counts"]["fingerprints"] == len(corpus[1])
    assert record["counts"]["failures"] == 0
    members = table(audited, "clusters")
    assert record["counts"]["reclaimable"] == sum(row["reclaimable"] for row in members) > 0
    of_relation = collections.Counter(row["relation"] for row in table(audited, "pairs"))
    of_relation["part"] += of_relation.pop("whole", 0)
    assert of_relation["part"] > 0 and +of_relation == +collections.Counter(record["relations"])
    assert record["counts"]["reclaimable_bytes"] == sum(row["bytes"] for row in members if row["reclaimable"])
    assert whole(audited) == digests(audited)
    assert record["lsh"]["exhaustive"] and record["configuration"]["confirm"]["probability"]
    assert not (audited / ".run").exists()


def test_the_counters_agree_with_one_another_and_with_the_tables(audited):
    """Nothing is lost between two stages."""
    record = json.loads((audited / "audit.json").read_text())
    counted, counts = collections.Counter(record["counters"]), record["counts"]
    assert counted["listed-images"] == counts["listed"] == counted["decoded-images"] + counted["failed-images"]
    assert counted["decoded-images"] == counts["fingerprints"]
    confirmed = {name.rpartition("-")[2]: n for name, n in counted.items() if name.startswith("confirmed-pairs-")}
    assert counted["candidate-pairs"] == counted["aligned-pairs"] == counted["refused-pairs"] + sum(confirmed.values())
    near = collections.Counter(row["relation"] for row in table(audited, "pairs") if row["match"] == "near")
    assert sum(near.values()) == sum(confirmed.values()) > 0
    assert counted["follower-images"] == len(table(audited, "pairs")) - sum(near.values()) > 0
    for name, of in (
        ("clusters", "clusters"),
        ("duplicate-images", "duplicates"),
        ("reclaimable-images", "reclaimable"),
    ):
        assert counted[name] == counts[of] > 0


def test_fingerprints_are_small_and_typed(audited):
    dataset = pq.ParquetDataset(audited / "fingerprints").read()
    size = sum(p.stat().st_size for p in (audited / "fingerprints").iterdir())
    # each of the small parts has a footer of its own; of 3,399 photographs it is 14.6 kB an image
    assert size / dataset.num_rows < 19_000
    assert str(dataset.schema.field("embedding").type).startswith("fixed_size_list<")
    assert "halffloat" in str(dataset.schema.field("embedding").type)
    assert "uint32" in str(dataset.schema.field("minhash").type)


def test_two_workers_and_a_shuffled_listing_give_the_same_bytes(corpus, audited, tmp_path):
    folder, truth = corpus
    names = [str(folder / name) for name in truth]
    random.Random(1).shuffle(names)
    (tmp_path / "shuffled.txt").write_text("\n".join([*names, names[0]]))  # one of them twice
    output = tmp_path / "out"
    assert run("audit", tmp_path / "shuffled.txt", "--output", output, workers=["--", "--direct_num_workers=2"]) == 0
    assert digests(output) == digests(audited)


def test_the_banded_search_finds_the_planted_copies_too(corpus, tmp_path):
    output = tmp_path / "out"
    settings = ["--set", "pair.exhaustive=0", "--set", "pair.assumed_corpus_size=1000000"]
    assert run("audit", corpus[0], "--output", output, *settings) == 0
    record = json.loads((output / "audit.json").read_text())
    assert not record["lsh"]["exhaustive"] and record["lsh"]["minhash"]["bands"] > 1
    write_truth(corpus[1], tmp_path / "truth.csv")
    scored = evaluate(str(tmp_path / "truth.csv"), str(output))
    assert scored.precision == 1 and scored.recall > 0.9


def write_truth(truth, path):
    path.write_text("file,group\n" + "".join(f"{name},{group}\n" for name, group in truth.items()))


def test_the_halves_one_by_one_are_the_whole(corpus, audited, tmp_path, capsys):
    output = tmp_path / "out"
    assert run("fingerprint", corpus[0], "--output", output) == 0
    assert not (output / "clusters").exists() and "lookalike match" in capsys.readouterr().out
    assert run("report", output, workers=[]) == 2 and "fingerprints only" in capsys.readouterr().err
    assert run("match", output) == 0
    assert digests(output) == digests(audited)
    assert run("match", output, "--set", "cluster.join=[same]") == 0
    # what joins nothing any more stands in the same rows, and in no cluster
    assert "pairs that make no cluster: 4 parts" in capsys.readouterr().out
    assert table(output, "pairs") == table(audited, "pairs")
    assert {row["relation"] for row in table(output, "clusters")} == {"same"}
    assert len(table(output, "clusters")) == len(table(audited, "clusters")) - 2
    assert run("match", output, "--set", "sketch.keypoints=200") == 2
    assert "sketch.keypoints was 250 and is 200" in capsys.readouterr().err
    assert run("match", output) == 0
    assert digests(output) == digests(audited) and not (output / ".run").exists()


def test_evaluate_scores_a_run(corpus, audited, tmp_path, capsys):
    write_truth(corpus[1], tmp_path / "truth.csv")
    assert run("evaluate", audited, "--truth", tmp_path / "truth.csv", workers=[]) == 0
    assert "precision 1.0000   pair recall 1.0000" in capsys.readouterr().out


def test_ten_hostile_files_among_a_hundred_good_ones(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(100):
        (folder / f"good{number:03d}.jpg").write_bytes(encoded(draw_picture(number, 96, 72)))
    good = encoded(draw_picture(500, 200, 150))
    hostile = {
        "empty.jpg": b"",
        "zero.png": b"\0" * 4096,
        "truncated.jpg": good[: len(good) // 2],
        "text.jpg": b"once upon a time",
        "bomb.png": bomb(50_000, 50_000),
        "exif.jpg": broken_exif(),
        "icc.jpg": absurd_profile(),
        "pixel.png": encoded(np.zeros((1, 1, 3), np.uint8), "PNG"),
    }
    for name, data in hostile.items():
        (folder / name).write_bytes(data)
    (folder / "folder.jpg").mkdir()
    (folder / "folder.jpg" / "inside.jpg").write_bytes(good)
    (folder / "dangling.jpg").symlink_to(tmp_path / "nowhere")  # what an unreadable file is, to root as well
    assert run("audit", folder, "--output", tmp_path / "out") == 0
    failed = {os.path.basename(r["uri"]): r["error"] for r in table(tmp_path / "out", "failures")}
    record = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert record["errors"] == dict(collections.Counter(sorted(failed.values())).most_common())
    usable = {os.path.basename(r["uri"]) for r in table(tmp_path / "out", "fingerprints")}
    assert failed == {
        "empty.jpg": "undecodable",
        "zero.png": "undecodable",
        "truncated.jpg": "undecodable",
        "text.jpg": "undecodable",
        "bomb.png": "too_large",
        "dangling.jpg": "broken_link",
    }
    assert {"exif.jpg", "icc.jpg", "pixel.png", "inside.jpg"} <= usable and len(usable) == 104
    messages = [r["message"] for r in table(tmp_path / "out", "failures")]
    assert all(messages) and not any("\n" in m for m in messages)


def test_a_file_without_permission_is_a_failure(tmp_path, monkeypatch):
    """Refused by the store itself: file modes would not stop root, which CI may be."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "secret.jpg").write_bytes(encoded(draw_picture(1, 64, 64)))
    real = stores.open_regular

    def refuse(path):
        if path.endswith("secret.jpg"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(stores, "open_regular", refuse)
    assert run("audit", tmp_path / "in", "--output", tmp_path / "out") == 0
    (failure,) = table(tmp_path / "out", "failures")
    assert (failure["error"], failure["message"]) == ("PermissionError", "Permission denied")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_tiny_corpora(tmp_path, count):
    (tmp_path / "in").mkdir()
    for number in range(count):
        (tmp_path / "in" / f"{number}.png").write_bytes(encoded(draw_picture(0, 200, 150), "PNG"))
    assert run("audit", tmp_path / "in", "--output", tmp_path / "out") == 0
    assert len(table(tmp_path / "out", "clusters")) == (3 if count == 3 else 0)
    page = (tmp_path / "out" / "report.html").read_text()
    assert ("No duplicates were found" in page) == (count < 3)


def test_blank_pages_match_by_pixels_only(tmp_path):
    (tmp_path / "in").mkdir()
    for number, value in enumerate((250, 250, 251, 252)):
        (tmp_path / "in" / f"{number}.png").write_bytes(encoded(np.full((300, 200, 3), value, np.uint8), "PNG"))
    assert run("audit", tmp_path / "in", "--output", tmp_path / "out") == 0
    assert sorted(os.path.basename(r["uri"]) for r in table(tmp_path / "out", "clusters")) == ["0.png", "1.png"]
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["counters"]["structureless-images"] == 3


@pytest.mark.parametrize("banded", [(), ("--set", "pair.exhaustive=0")])
def test_a_crowd_of_copies_is_one_cluster_and_costs_a_star(tmp_path, banded):
    folder, rng = tmp_path / "images", np.random.default_rng(0)
    truth = make_corpus(folder, groups=3)
    picture = draw_picture(77, 320, 240).astype(int)
    crowd = {f"crowd-{number}.jpg" for number in range(40)}
    for number, name in enumerate(sorted(crowd)):
        noisy = np.clip(picture + rng.integers(-3, 4, picture.shape), 0, 255).astype(np.uint8)
        (folder / name).write_bytes(encoded(noisy, quality=80 + number % 10))
    assert run("audit", folder, "--output", tmp_path / "out", *banded, "--set", "pair.crowd=5") == 0
    clusters: dict[str, set[str]] = {}
    for row in table(tmp_path / "out", "clusters"):
        clusters.setdefault(row["cluster_id"], set()).add(row["uri"].rsplit("/", 1)[-1])
    assert crowd in clusters.values()
    assert {name for names in clusters.values() for name in names} - crowd <= truth.keys()
    # all pairs would be 780; each of the crowd has a few of the first beside it
    assert len(table(tmp_path / "out", "candidates")) < 40 * 6 + 100


def test_a_finished_output_is_kept_unless_told(corpus, audited, tmp_path, capsys):
    output = tmp_path / "out"
    shutil.copytree(audited, output)
    before = digests(output)
    assert run("audit", corpus[0], "--output", output) == 2
    assert "--overwrite" in capsys.readouterr().err and digests(output) == before
    assert run("audit", corpus[0], "--output", output, "--overwrite") == 0
    assert digests(output) == before


def test_a_wrong_input_costs_nobody_a_finished_run(corpus, audited, tmp_path):
    output = tmp_path / "out"
    shutil.copytree(audited, output)
    before = digests(output)
    assert run("audit", corpus[0], tmp_path / "nowhere", "--output", output, "--overwrite") == 2
    assert digests(output) == before and (output / "audit.json").exists() and not (output / ".run").exists()
    assert run("audit", tmp_path / "nowhere", "--output", tmp_path / "new") == 2
    assert not (tmp_path / "new").exists()


def test_a_run_that_dies_is_not_finished_and_can_be_run_again(corpus, audited, tmp_path, monkeypatch):
    output = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("lookalike.pipelines.matching.corpus.MatchCorpus", None)
        assert run("audit", corpus[0], "--output", output) == 1
    assert list((output / "fingerprints").iterdir()) and not (output / "audit.json").exists()
    assert run("report", output, workers=[]) == 2
    assert run("audit", corpus[0], "--output", output) == 0
    assert digests(output) == digests(audited)


def test_an_output_that_holds_somebody_elses_files_is_refused(corpus, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert run("audit", corpus[0], "--output", tmp_path) == 2
    assert "no run wrote" in capsys.readouterr().err and (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{tmp}/nowhere", "--output", "{tmp}/out"], "input not found: {tmp}/nowhere"),
        (["{tmp}/in", "--output", "{tmp}/out", "--set", "confirm.probabilit=1"], "did you mean confirm.probability?"),
        (["{tmp}/in", "--output", "{tmp}/out", "--config", "{tmp}/none.yaml"], "no configuration file"),
        (["{tmp}/in", "--output", "/proc/lookalike"], "/proc/lookalike can't be written"),
        (["{tmp}/in", "--output", "{tmp}/file"], "is a file"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(tmp_path, capfd, arguments, message):
    (tmp_path / "in").mkdir()
    (tmp_path / "file").write_text("x")
    assert run("audit", *(a.format(tmp=tmp_path) for a in arguments)) == 2
    lines = [line for line in capfd.readouterr().err.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("lookalike: ") and message.format(tmp=tmp_path) in lines[0]


def test_no_arguments_is_wrong_use(capsys):
    assert main([]) == 2 and "usage: lookalike" in capsys.readouterr().err


def test_the_example_in_the_readme_runs_as_it_stands(audited, tmp_path, monkeypatch, capsys):
    """In an environment that has what setup.py installs, and no more: pandas is not in it."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (example,) = re.findall(r"^    import .*\n(?:(?:    .*)?\n)*", readme, re.MULTILINE)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "audit").symlink_to(audited)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pandas", None)
    exec(textwrap.dedent(example), {})
    said = capsys.readouterr().out
    copies = [row["uri"] for row in table(audited, "clusters") if not row["is_representative"]]
    assert copies and any(os.path.basename(uri) in said for uri in copies)


def test_workers_that_have_to_compute_in_floats_are_in_the_record(corpus, audited, tmp_path, monkeypatch, capsys):
    assert "workers-in-floats" not in json.loads((audited / "audit.json").read_text())["counters"]
    monkeypatch.setattr("lookalike.transforms.embedding.embedder.why_floats", lambda: "as a test wants it")
    assert run("fingerprint", corpus[0], "--output", tmp_path / "out") == 0
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["counters"]["workers-in-floats"] == 1
    assert "1 workers computed embeddings in floats" in capsys.readouterr().err
