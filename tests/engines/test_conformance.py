"""One corpus, every engine: the same bytes, optional tables too. A night of one engine is a full audit of another."""

import shutil

import pytest

from lookalike.pipelines.cli.main import main
from tests.engines.conftest import BANDED
from tests.flows.test_audit import digests, run, table
from tests.results import ASKED_FOR, whole
from tests.synthetic import draw_picture, encoded

ENGINES = ("local-2", "prism", "flink-embedded", "flink-cluster", "dataflow")


LABELLED = ("--label-from", "folder", "--set", "output.folders=true")


@pytest.fixture(scope="module")
def labelled(images, tmp_path_factory):
    """The corpus in two folders, as labels, a third that one of them contains, and an audit of all by Beam's own runner
    in one process.
    """
    place = tmp_path_factory.mktemp("labelled")
    even, odd, again = folders = [place / "images" / name for name in ("even", "odd", "again")]
    for folder in folders:
        folder.mkdir(parents=True)
    for number, path in enumerate(sorted(images.iterdir())):
        shutil.copy(path, odd if number % 2 else even)
        if number in range(0, 10, 2):
            shutil.copy(path, again)
    assert run("audit", place / "images", "--output", place / "out", *LABELLED, *BANDED) == 0
    return place


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_the_same_bytes(engine, labelled, tmp_path):
    output = tmp_path / "out"
    assert main(["audit", str(labelled / "images"), "--output", str(output), *LABELLED, *BANDED, *engine]) == 0
    assert whole(output) == whole(labelled / "out")
    assert all(table(output, name) for name in ASKED_FOR)
    assert not (output / ".run").exists()


NIGHTS = ("prism", pytest.param("flink-cluster", marks=pytest.mark.slow))


@pytest.mark.parametrize("engine", NIGHTS, indirect=True)
def test_the_same_night(engine, images, reference, tmp_path):
    grown, again = tmp_path / "out", tmp_path / "again"
    extra = images / "new.jpg"
    try:
        extra.write_bytes(encoded(draw_picture(1001, 240, 180), quality=60))
        since = ("--since", str(reference))
        assert main(["audit", str(images), "--output", str(grown), *since, *BANDED, *engine]) == 0
        assert main(["audit", str(images), "--output", str(again), *BANDED, "--", "--direct_num_workers=1"]) == 0
    finally:
        extra.unlink()
    assert digests(grown) == digests(again) != digests(reference)
    shutil.rmtree(again)
