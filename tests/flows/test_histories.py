"""Any history of a corpus, night after night: whatever happened, the same bytes as an audit from nothing."""

import contextlib
import os
import random
import shutil
import tempfile
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.pipelines.run.steps import reuse
from lookalike.transforms.incremental import diff as changes
from tests.faults.eager import Runner
from tests.faults.schedules import cheap
from tests.flows.test_audit import digests, run
from tests.flows.test_history import BANDED
from tests.synthetic import draw_picture, encoded

PICTURES = 14
CUT = (*BANDED, "--set", "pair.bucket=2", "--set", "pair.heads=1")
CROWDED = ("--set", "pair.crowd=1", "--set", "pair.heads=1")
SEARCHES = [(), BANDED, CUT, CROWDED, (*BANDED, *CROWDED)]


@pytest.fixture(scope="module")
def contents():
    """Pictures and edited copies of half of them, as files' bytes."""
    found = []
    for number in range(PICTURES):
        pixels = draw_picture(number // 2, 160, 120)
        if number % 2:
            pixels = pixels[:, ::-1] if number % 4 == 1 else np.ascontiguousarray(pixels[8:, 10:])
        found.append(encoded(pixels, quality=95 - number))
    return found


WITH_A_PICTURE, OF_A_FILE = ("add", "change", "copy"), ("delete", "rename", "touch", "break")
STEPS = st.one_of(
    st.tuples(st.sampled_from(WITH_A_PICTURE), st.integers(0, 9), st.integers(0, PICTURES - 1)),
    st.tuples(st.sampled_from(OF_A_FILE), st.integers(0, 9), st.integers(0, 9)),
)
NIGHTS = st.lists(st.lists(STEPS, max_size=5), min_size=1, max_size=2)


def act(folder: Path, step: tuple[str, int, int], contents: list[bytes], clock: list[int]) -> None:
    """One change of the corpus, stamped with a time that has passed, and never with the same."""
    kind, which, other = step
    files = sorted(folder.iterdir())
    path = files[which % len(files)] if files and kind != "add" else folder / f"added-{clock[0]}.jpg"
    clock[0] += 60
    if kind == "delete":
        if len(files) > 1:  # a corpus of which nothing is left is taken for a disk that is not mounted
            path.unlink()
        return
    if kind == "rename" and path.exists():
        path.rename(folder / f"renamed-{clock[0]}-{other}.jpg")
        return
    if kind == "copy" and path.exists():
        data, path = path.read_bytes(), folder / f"copied-{clock[0]}.jpg"
    else:
        data = {"break": b"no image", "touch": path.read_bytes() if path.exists() else contents[0]}.get(kind)
        data = contents[other] if data is None else data
    path.write_bytes(data)
    os.utime(path, (clock[0], clock[0]))


HISTORIES = {
    "start": st.lists(st.integers(0, PICTURES - 1), max_size=9),
    "nights": NIGHTS,
    "how": st.sampled_from(SEARCHES),
    "many": st.sampled_from([reuse.MANY, 9.0]),
    "rows": st.sampled_from([1024, 4]),
}
"""`many`: the share of changed images from which all are matched. Each part is a batch of its own."""


@pytest.fixture
def order():
    """Decides in which order elements come; nothing is left of an engine but that."""
    chance = random.Random()
    with cheap(runner=Runner(order=chance)):
        yield chance


@pytest.mark.parametrize("kind", [*WITH_A_PICTURE, *OF_A_FILE])
def test_one_step_of_each_kind_in_a_corpus_of_some_pairs(contents, order, kind):
    order.seed(0)
    run_history(contents, [0, 1, 2, 3, 4, 6, 8], [[(kind, 0, 9)], [(kind, 2, 5)]], BANDED, 9.0, 4)


def test_copies_of_one_picture_that_come_in_one_night(contents, order):
    """Each is compared with all that came, and no pair of them twice."""
    order.seed(0)
    came = [("add", 0, 10), ("add", 0, 11), ("add", 0, 10), ("add", 0, 12), ("add", 0, 13)]
    run_history(contents, [0, 1, 2, 3, 4, 5, 6, 7, 8], [came, [("add", 0, 11)]], BANDED, 9.0, 4)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 99), **HISTORIES)
def test_any_history_ends_in_the_bytes_of_an_audit_from_nothing(contents, order, seed, start, nights, how, many, rows):
    order.seed(seed)
    run_history(contents, start, nights, how, many, rows)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(**HISTORIES)
def test_any_history_by_beams_own_runner(contents, start, nights, how, many, rows):
    run_history(contents, start, nights, how, many, rows)


def run_history(contents, start, nights, how, many, rows):
    place, clock = Path(tempfile.mkdtemp()), [1_000_000]
    how = (*how, "--set", f"output.rows_per_part={rows}")
    with mock.patch.object(reuse, "MANY", many), mock.patch.object(changes, "BATCH_BYTES", 1), removed(place):
        folder = place / "images"
        folder.mkdir()
        for picture in start:
            act(folder, ("add", 0, picture), contents, clock)
        assert run("audit", folder, "--catalog", place / "catalog", *how) == 0
        for number, night in enumerate(nights):
            for step in night:
                act(folder, step, contents, clock)
            since = (
                place / "catalog" / sorted(os.listdir(place / "catalog"))[-1]
                if number == 0
                else place / f"{number - 1}"
            )
            assert run("audit", folder, "--output", place / f"{number}", "--since", since, *how) == 0
        assert run("audit", folder, "--output", place / "whole", *how) == 0
        assert digests(place / f"{len(nights) - 1}") == digests(place / "whole")


@contextlib.contextmanager
def removed(place):
    try:
        yield
    finally:
        shutil.rmtree(place)
