"""The whole flow on a store that fails: a few dozen of the schedules of `python -m tests.faults`, and chosen faults."""

import random

import pytest

from tests.faults.filesystem import FAULTS, Schedule
from tests.faults.schedules import Flow, cheap, drawn, rows
from tests.results import whole


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    with cheap():
        yield Flow(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_schedules_of_a_store(first, flow):
    for seed in range(first, first + 10):
        flow.check(drawn(seed))


def test_schedules_of_this_machine(tmp_path):
    with cheap(tmp_path):
        here = Flow(tmp_path, "")
        for seed in range(100, 115):
            here.check(drawn(seed))


class Chosen(Schedule):
    """Faults by a rule instead of by chance."""

    def __init__(self, rule):
        super().__init__(0)
        object.__setattr__(self, "rule", rule)

    def kind(self, operation, path, time):
        return self.rule(operation, path, time) or ""


def new_run(flow):
    """The command of a new run, what it gives without faults, and an empty output."""
    seed = next(seed for seed in range(100) if flow.arguments(random.Random(seed))[0] == "new")
    _, arguments = flow.arguments(random.Random(seed))
    truth = flow.truth("new", arguments)
    flow.prepare("new")
    return arguments, truth


def run(flow, arguments, rule):
    schedule = Chosen(rule)
    object.__setattr__(schedule, "below", str(flow.root))
    FAULTS.begin(schedule)
    found = flow._run(*arguments)
    FAULTS.begin(None)
    return found


def test_what_could_not_be_read_is_read_when_the_run_goes_on(flow):
    arguments, truth = new_run(flow)
    failing = ("/images/a/1.jpg", "/images/c/3.jpg")
    found = run(
        flow,
        arguments,
        lambda operation, path, _: (
            "ESTALE" if operation == "read" and path in failing else "EROFS" if path.startswith("/out/pairs/") else ""
        ),
    )
    assert found.code == 1 and list((flow.output / ".run" / "chunks").iterdir())
    assert sum(row["error"] == "OSError" for row in rows(flow.output, "failures")) == len(failing)
    assert flow._run(*arguments).code == 0 and whole(flow.output) == truth


def test_no_room_is_said_with_what_to_do(flow):
    arguments, truth = new_run(flow)
    found = run(flow, arguments, lambda operation, path, _: "ENOSPC" if path.startswith("/out/fingerprints/") else "")
    (said,) = found.said
    assert found.code == 1 and "no room for faulty://" in said
    assert "make some, and give the same command again; it goes on from what is done" in said
    assert not list((flow.output / "fingerprints").iterdir()), "no draft is left where there is no room"
    assert flow._run(*arguments).code == 0 and whole(flow.output) == truth
