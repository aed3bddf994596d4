import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.pipelines.review.delta import compare


def clusters(**members):
    return {name: frozenset(uris) for name, uris in members.items()}


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({}, {"x": "ab"}, [("new", "x", "ab", "")]),
        ({"x": "ab"}, {}, [("resolved", "x", "", "ab")]),
        ({"x": "ab"}, {"x": "abc"}, [("grown", "x", "c", "")]),
        ({"x": "abc"}, {"y": "ab"}, [("shrunk", "y", "", "c")]),
        ({"x": "abc"}, {"y": "abd"}, [("changed", "y", "d", "c")]),
        ({"x": "ab"}, {"y": "ab"}, []),
        ({"x": "ab", "y": "cd"}, {"x": "abcd"}, [("merged", "x", "", "")]),
        ({"x": "abcd"}, {"x": "ab", "y": "cd"}, [("split", "x", "", "cd"), ("split", "y", "", "ab")]),
        ({"x": "ab"}, {"y": "cd"}, [("new", "y", "cd", ""), ("resolved", "x", "", "ab")]),
    ],
)
def test_what_became_of_clusters(before, now, told):
    rows = compare(clusters(**before), clusters(**now))
    assert [(r["change"], r["cluster_id"], "".join(r["added"]), "".join(r["removed"])) for r in rows] == told
    for row in rows:
        assert row["previous_size"] + len(row["added"]) - len(row["removed"]) == row["size"]


PARTITIONS = st.dictionaries(st.integers(0, 9), st.integers(0, 3), max_size=10)


def grouped(owner):
    groups = {}
    for member, group in owner.items():
        groups.setdefault(group, set()).add(str(member))
    return {f"{group}{min(uris)}": frozenset(uris) for group, uris in groups.items() if len(uris) > 1}


@given(PARTITIONS, PARTITIONS)
def test_every_cluster_is_told_once_or_is_the_same(before, now):
    before, now = grouped(before), grouped(now)
    rows = compare(before, now)
    told = [row["cluster_id"] for row in rows if row["change"] != "resolved"]
    assert len(set(told)) == len(told)
    assert all(uris in before.values() for name, uris in now.items() if name not in told)
    lost = {row["cluster_id"] for row in rows if row["change"] == "resolved"}
    kept = {parent for row in rows for parent in row["previous_ids"]} | {
        n for n, u in before.items() if u in now.values()
    }
    assert lost | kept == set(before)


def test_nothing_is_nothing():
    assert compare({}, {}) == []
