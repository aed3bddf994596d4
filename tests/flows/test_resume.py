"""Runs that are killed: nothing half is left, what was committed is not done again, and the end is the same."""

import os
import random
import signal
import subprocess
import sys

import pytest

from lookalike.transforms.fingerprinting import fingerprints_table as fingerprints
from tests.flows.test_audit import digests, run
from tests.synthetic import make_corpus

KILLS = 10


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("resume")
    make_corpus(place / "images", groups=40, singles=160, width=200, height=150)
    assert run("audit", place / "images", "--output", place / "whole") == 0
    return place


def read_uris(patch):
    from lookalike.transforms.decoding import read_images as images

    seen = []
    real = images.read_bytes
    patch.setattr(images, "read_bytes", lambda source, most: seen.append(source.uri) or real(source, most))
    return seen


def kill_in_first_half(place, output, monkeypatch):
    """An audit that ends after some chunks are committed, and others are not."""
    real = fingerprints.write_bytes
    with monkeypatch.context() as patch:
        seen = read_uris(patch)

        def fail(path, data):
            if len(seen) > 100:
                raise RuntimeError("killed")
            real(path, data)

        patch.setattr(fingerprints, "write_bytes", fail)
        assert run("audit", place / "images", "--output", output) == 1
    assert list((output / ".run" / "chunks").glob("*.json"))
    assert not (output / "audit.json").exists()


def test_committed_chunks_are_not_read_again(place, tmp_path, monkeypatch):
    output = tmp_path / "out"
    kill_in_first_half(place, output, monkeypatch)
    with monkeypatch.context() as patch:
        seen = read_uris(patch)
        assert run("audit", place / "images", "--output", output) == 0
    assert 0 < len(seen) < len(list((place / "images").iterdir())) - 30
    assert digests(output) == digests(place / "whole")


def test_what_other_versions_committed_is_made_again(place, tmp_path, monkeypatch):
    """Whoever upgrades a package between two tries: its bytes would be mixed with those of the new one."""
    output = tmp_path / "out"
    kill_in_first_half(place, output, monkeypatch)
    with monkeypatch.context() as patch:
        seen = read_uris(patch)
        patch.setattr("lookalike.pipelines.configuration.stages.versions", lambda: {"pillow": "99"})
        assert run("audit", place / "images", "--output", output) == 0
    assert len(seen) == len(list((place / "images").iterdir()))
    assert digests(output) == digests(place / "whole")


def test_committed_groups_are_not_compared_again(place, tmp_path, monkeypatch):
    from lookalike.transforms.verification.comparison import Comparison

    output, calls = tmp_path / "out", []
    real = Comparison.records
    with monkeypatch.context() as patch:
        patch.setattr("lookalike.transforms.clustering.gathered.unpack", lambda _: 1 / 0)
        assert run("audit", place / "images", "--output", output) == 1
    assert list((output / ".run" / "groups").glob("*.json"))
    with monkeypatch.context() as patch:
        patch.setattr(Comparison, "records", lambda *arguments: calls.append(1) or real(*arguments))
        seen = read_uris(patch)
        assert run("audit", place / "images", "--output", output) == 0
    assert not calls and not seen
    assert digests(output) == digests(place / "whole")


def test_a_file_that_changed_in_between_is_read_again(place, tmp_path, monkeypatch):
    output, folder = tmp_path / "out", tmp_path / "images"
    make_corpus(folder, groups=3)
    with monkeypatch.context() as patch:
        patch.setattr("lookalike.pipelines.matching.corpus.MatchCorpus", None)
        assert run("audit", folder, "--output", output) == 1
    (folder / "g1.jpg").write_bytes((folder / "g2.jpg").read_bytes())
    assert run("audit", folder, "--output", output) == 0
    assert run("audit", folder, "--output", tmp_path / "whole") == 0
    assert digests(output) == digests(tmp_path / "whole")


def test_kill_9_at_ten_moments(place, tmp_path):
    """The launcher and its workers are killed at any time; the run is begun again each time, and ends the same."""
    output, rng = tmp_path / "out", random.Random(1)
    command = [sys.executable, "-m", "lookalike", "audit", str(place / "images"), "--output", str(output)]
    killed = 0
    for number in range(KILLS):
        with open(tmp_path / "log", "wb") as log:
            process = subprocess.Popen(
                [*command, "--", f"--direct_num_workers={1 + number % 2}"],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            process.wait(timeout=rng.uniform(1.5, 7))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        if (output / "audit.json").exists():
            break
    assert killed
    if not (output / "audit.json").exists():
        assert (
            subprocess.run([*command, "--", "--direct_num_workers=2"], capture_output=True, check=False).returncode == 0
        )
    assert digests(output) == digests(place / "whole")
    left = {path.name for path in output.iterdir()}
    assert ".run" not in left and not [p for p in output.rglob(".*") if p.is_file()]
