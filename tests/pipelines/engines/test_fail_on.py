"""What a run must have found for exit code 3."""

import pytest

from lookalike.pipelines.engines.fail_on import parse, parse_comparison

NOTHING = dict.fromkeys(("new", "grown", "shrunk", "changed", "split", "merged", "resolved"), 0)


def record(delta=None, **counts):
    found = {"counts": {"duplicates": 0, "failures": 0, "conflicts": 0, "matches": 0} | counts}
    return found if delta is None else found | {"delta": NOTHING | delta}


@pytest.mark.parametrize(
    ("change", "is_new"),
    [("new", True), ("grown", True), ("merged", True), ("changed", True)]
    + [(name, False) for name in ("shrunk", "split", "resolved")],
)
def test_clusters_that_have_new_duplicates(change, is_new):
    (condition,) = parse(["new-duplicates"], compared=True)
    assert condition.holds(record({change: 1}, duplicates=9)) == is_new
    assert not condition.holds(record({}, duplicates=9))


def test_in_the_first_night_all_duplicates_are_new():
    (condition,) = parse(["new-duplicates"], compared=True)
    assert condition.holds(record(duplicates=1)) and not condition.holds(record())


def test_any_duplicates():
    (condition,) = parse(["any-duplicates"], compared=False)
    assert condition.holds(record({}, duplicates=1)) and not condition.holds(record({"new": 1}))


@pytest.mark.parametrize("text", ["failures>2", "conflicts > 2", "matches>2"])
def test_more_than_so_many(text):
    name = text.split(">")[0].strip()
    (condition,) = parse_comparison([text]) if name == "matches" else parse([text], compared=False, carried=True)
    assert [condition.holds(record(**{name: count})) for count in (0, 2, 3)] == [False, False, True]
