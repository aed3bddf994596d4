"""One corpus, every engine: the same bytes. A night of one engine is a full audit of another."""

import shutil

import pytest

from lookalike.pipelines.cli.main import main
from tests.engines.conftest import BANDED
from tests.flows.test_audit import digests
from tests.synthetic import draw_picture, encoded

ENGINES = ("local-2", "prism", "flink-embedded", "flink-cluster", "dataflow")


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_the_same_bytes(engine, images, reference, tmp_path):
    output = tmp_path / "out"
    assert main(["audit", str(images), "--output", str(output), *BANDED, *engine]) == 0
    assert digests(output) == digests(reference)
    assert not (output / ".run").exists()


NIGHTS = ("prism", pytest.param("flink-cluster", marks=pytest.mark.slow))


@pytest.mark.parametrize("engine", NIGHTS, indirect=True)
def test_the_same_night(engine, images, reference, tmp_path):
    grown, whole = tmp_path / "out", tmp_path / "whole"
    extra = images / "new.jpg"
    try:
        extra.write_bytes(encoded(draw_picture(1001, 240, 180), quality=60))
        since = ("--since", str(reference))
        assert main(["audit", str(images), "--output", str(grown), *since, *BANDED, *engine]) == 0
        assert main(["audit", str(images), "--output", str(whole), *BANDED, "--", "--direct_num_workers=1"]) == 0
    finally:
        extra.unlink()
    assert digests(grown) == digests(whole) != digests(reference)
    shutil.rmtree(whole)
