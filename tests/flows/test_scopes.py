"""Audits in which not all pairs are asked for: within shops, and across them; in buckets, at night, and planned."""

import csv
import json
import os

import pyarrow.parquet as pq
import pytest

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.evaluate.estimate import estimate
from lookalike.transforms.core.keys import key_of
from tests.flows.test_audit import digests, run, table
from tests.flows.test_history import BANDED
from tests.synthetic import make_corpus

pytestmark = pytest.mark.usefixtures("without_engine")

SHOPS = {"g0.jpg": "x", "g0-bytes.jpg": "y", "g0-lossless.png": "x", "g0-jpeg.jpg": "y", "g0-half.jpg": "x",
         "g1.jpg": "x", "g1-mirror.jpg": "x", "g1-invert.jpg": "y", "g2.jpg": "y", "g2-crop.jpg": "y",
         "g2-turn.jpg": "", "s0.png": "x"}  # fmt: skip
TONIGHT = {"g1.jpg": "y", "g2-turn.jpg": "y", "g3.jpg": "x"}
"""An image moves to another shop, one comes into one, and one is new; no file changes."""
TABLES = ("columns", "clusters", "pairs", "candidates", "fingerprints")


def write_list(path, shops):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows([("path", "shop"), *((f"images/{name}", shop) for name, shop in shops.items())])


def ends(output, shops):
    """Of all pairs and candidates: their shops, and the clusters as sets of names."""
    keys = {key_of(row["uri"]): os.path.basename(row["uri"]) for row in table(output, "columns")}
    pairs = [(os.path.basename(row["uri_a"]), os.path.basename(row["uri_b"])) for row in table(output, "pairs")]
    compared = [(keys[row["a"]], keys[row["b"]]) for row in table(output, "candidates")]
    found = [(shops[a], shops[b]) for a, b in [*pairs, *compared]]
    clusters: dict[str, set[str]] = {}
    for row in table(output, "clusters"):
        clusters.setdefault(row["cluster_id"], set()).add(os.path.basename(row["uri"]))
    return found, sorted(map(sorted, clusters.values()))


@pytest.fixture(scope="module")
def shops(tmp_path_factory):
    """An audit within shops, one of the next night, and one from nothing."""
    place = tmp_path_factory.mktemp("shops")
    truth = make_corpus(place / "images", groups=3, singles=1)
    for path in (place / "images").iterdir():
        os.utime(path, (10**9, 10**9))
    how = ("--columns", "shop", "--set", "pair.scope=within:shop", *BANDED)
    write_list(place / "list.csv", SHOPS)
    assert run("audit", place / "list.csv", *how, "--output", place / "first") == 0
    (place / "images" / "g3.jpg").write_bytes((place / "images" / "s0.png").read_bytes())
    write_list(place / "list.csv", SHOPS | TONIGHT)
    assert run("audit", place / "list.csv", *how, "--output", place / "second", "--since", place / "first") == 0
    assert run("audit", place / "list.csv", *how, "--output", place / "whole") == 0
    return place, truth


def counters(output):
    return json.loads((output / "audit.json").read_text())["counters"]


def test_within_shops_the_planted_copies_of_one_shop_are_found_and_no_others(shops):
    place, truth = shops
    found, clusters = ends(place / "first", SHOPS)
    assert found and all(a == b != "" for a, b in found)
    planted: dict[tuple[str, str], list[str]] = {}
    for name, group in sorted(truth.items()):
        if SHOPS[name]:
            planted.setdefault((group, SHOPS[name]), []).append(name)
    assert clusters == sorted(names for names in planted.values() if len(names) > 1)
    counted = counters(place / "first")
    assert counted["aligned-pairs"] == len(table(place / "first", "candidates"))


def test_a_night_in_which_shops_change_ends_in_the_bytes_of_an_audit_from_nothing(shops):
    place, _ = shops
    assert digests(place / "second", TABLES) == digests(place / "whole", TABLES)
    now = SHOPS | TONIGHT
    found, clusters = ends(place / "second", now)
    assert all(a == b != "" for a, b in found) and ["g1-invert.jpg", "g1.jpg"] in clusters
    assert ["g2-crop.jpg", "g2-turn.jpg", "g2.jpg"] in clusters and ["g3.jpg", "s0.png"] in clusters
    counted = counters(place / "second")
    assert (
        counted["kept-images"] == len(SHOPS) and counted["aligned-pairs"] < counters(place / "whole")["aligned-pairs"]
    )


def test_across_shops_no_pair_of_one_is_compared_however_they_are_searched(shops):
    """In buckets and pair by pair, and equal pixels too."""
    place, truth = shops
    now, output = SHOPS | TONIGHT, place / "whole"
    found = []
    for search in (BANDED, ()):
        assert run("match", output, "--set", "pair.scope=across:shop", *search) == 0
        compared, clusters = ends(output, now)
        assert compared and all(a != b for a, b in compared)
        counted = counters(output)
        assert counted["out-of-scope-pairs"] > 0
        assert counted["aligned-pairs"] <= len(table(output, "candidates"))
        found.append((digests(output, ("pairs", "clusters")), clusters))
    assert found[0] == found[1]
    best = {os.path.basename(row["representative_uri"]) for row in table(output, "clusters")}
    # of g0 and g1 both shops have copies; of g2 and of the single picture one has
    assert {truth[name] for name in best} == {"g0", "g1"} and len(best) == 2
    for name in best:
        others = {other for other in truth if truth[other] == truth[name] and now[other] != now[name]}
        assert sorted({name, *others}) in found[0][1]
    matches = {os.path.basename(row["uri"]): row["match"] for row in table(output, "clusters")}
    # of these three, of equal pixels, the cluster holds those of the other shop beside its best image
    equal = [matches[name] for name in ("g0.jpg", "g0-bytes.jpg", "g0-lossless.png") if name in matches]
    assert len(equal) > 1 and {*equal} <= {"exact", "pixels", "near"}


def test_a_plan_counts_what_is_asked_for(shops, tmp_path, capfd):
    place, _ = shops
    carried = ["columns.carry=[shop]", "pair.scope=within:shop"]
    found = estimate([str(place / "list.csv")], load(None, carried), 100)
    # the plan searches all images of equal pixels
    assert len(table(place / "first", "candidates")) <= found.candidates <= 12
    assert run("plan", place / "list.csv", "--set", "pair.scope=within:shop", workers=()) == 2
    assert "pair.scope names 'shop', which is not carried along; give --columns shop" in capfd.readouterr().err
    assert run("audit", place / "list.csv", "--set", "pair.scope=within:shop", "--output", tmp_path / "x") == 2
    assert "pair.scope names 'shop'" in capfd.readouterr().err
    assert pq.read_schema(next((place / "first" / "columns").iterdir())).names == ["uri", "shop"]
