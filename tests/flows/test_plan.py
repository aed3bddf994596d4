"""What an audit would cost: close to what it then does, and nothing is written."""

import json

import pytest

from lookalike.pipelines.cli.main import main
from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.evaluate.estimate import estimate
from lookalike.transforms.candidates.bands import BandPlan
from tests.flows.test_audit import run
from tests.synthetic import make_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan") / "images"
    make_corpus(folder, groups=30, singles=60, width=200, height=150)
    (folder / "broken.jpg").write_bytes(b"no image")
    return folder


# where bands are searched, `confirm.max_hamming` says nothing of who is compared
@pytest.mark.parametrize("changed", [["pair.exhaustive=10000"], ["pair.exhaustive=0", "confirm.max_hamming=1"]])
def test_the_whole_as_its_own_sample(corpus, changed, tmp_path):
    found = estimate([str(corpus)], load(None, changed), 10_000)
    assert run("audit", corpus, "--output", tmp_path / "out", *(f"--set={value}" for value in changed)) == 0
    record = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert found.images == found.sample == record["counts"]["listed"] and 0 < found.unreadable < 0.01
    assert found.kept == pytest.approx(
        sum(part["bytes"] for part in record["parts"]["fingerprints"]) / record["counts"]["fingerprints"], rel=0.1
    )
    # the audit searches one image of equals; the estimate all
    assert found.candidates == pytest.approx(record["counters"]["candidate-pairs"], rel=0.5)
    assert found.fingerprint > 0 and found.shuffled > 0


def test_a_part_speaks_for_the_whole(corpus):
    small = estimate([str(corpus)], load(), 60)
    large = estimate([str(corpus)], load(), 60, 1_000_000)
    assert large.images == 1_000_000 and large.kept == small.kept and isinstance(large.plan, BandPlan)
    assert large.candidates > small.candidates and large.size > 1000 * small.size


def test_the_command(corpus, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["plan", str(corpus), "--sample", "20", "--price", "0.05", "--cores", "8"]) == 0
    said = capsys.readouterr().out
    assert "CPU hours" in said and "8 cores" in said and "price" in said and "GPU" not in said
    assert main(["plan", str(corpus), "--sample", "20", "--log", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] > 100
    assert main(["plan", str(tmp_path / "nothing")]) == 2 and main(["plan", str(corpus), "--sample", "1"]) == 2
    assert not list(tmp_path.iterdir())
