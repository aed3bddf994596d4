"""What members of a cluster say of one another: disagreements, and all that the kept copy inherits."""

import collections

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.clustering.conflicts import conflict_rows, merge_row, merges_schema
from lookalike.transforms.core.columns import identity
from lookalike.transforms.core.schemas import CLUSTERS, CONFLICTS, MERGES

NAMES = ("label", "tags")


def row(name, *columns, best=False, goes=False):
    own = dict.fromkeys(CLUSTERS.names) | {
        "cluster_id": "c", "uri": f"/d/{name}.jpg", "is_representative": best, "representative_uri": "/d/k.jpg",
        "match": "near", "relation": "same", "reclaimable": goes,
    }  # fmt: skip
    return (*own.values(), *columns)


def conflicts(*rows, compared=("label",)):
    return [dict(zip(CONFLICTS.names, found, strict=True)) for found in conflict_rows(rows, NAMES, compared)]


def test_all_that_say_something_are_told_with_their_votes():
    found = conflicts(
        row("k", "cat", None, best=True), row("a", " cat", None), row("b", "dog", None), row("c", None, None),
        row("d", "  ", None),
    )  # fmt: skip
    told = [(one["uri"], one["value"], one["agreeing"], one["values"], one["is_representative"]) for one in found]
    assert told == [
        ("/d/k.jpg", "cat", 2, 2, True),
        ("/d/a.jpg", " cat", 2, 2, False),
        ("/d/b.jpg", "dog", 1, 2, False),
    ]


def test_lists_are_compared_as_sets():
    same = (row("k", None, ["x", "y"], best=True), row("a", None, ["y", "x"]), row("b", None, []))
    assert conflicts(*same, compared=("tags",)) == []
    (first, *_) = conflicts(*same, row("c", None, ["x"]), compared=("label", "tags"))
    assert first["value"] == '["x", "y"]' and first["column"] == "tags"


@given(st.lists(st.sampled_from([None, "", "cat", "dog", "cat "]), min_size=1, max_size=6))
def test_there_is_a_conflict_where_two_say_different_things_and_nowhere_else(values):
    rows = [row(str(number), value, None) for number, value in enumerate(values)]
    said = collections.Counter(identity(value) for value in values if identity(value))
    found = conflicts(*rows)
    assert len(found) == (said.total() if len(said) > 1 else 0)
    assert all(one["agreeing"] == said[identity(one["value"])] for one in found)


def test_the_kept_copy_inherits_from_what_goes_and_from_nothing_else():
    rows = [row("z", "dog", ["b", "a"], goes=True), row("k", "cat", ["a"], best=True), row("s", "fox", ["q"]),
            row("b", "cat", None, goes=True)]  # fmt: skip
    schema = merges_schema(pa.schema([("label", pa.string()), ("tags", pa.list_(pa.string()))]))
    merged = merge_row(rows, 2)
    assert dict(zip(schema.names, merged, strict=True)) == {
        "cluster_id": "c", "uri": "/d/k.jpg", "members": ["/d/b.jpg", "/d/z.jpg"], "folders": ["/d"],
        "label": ["cat", "dog"], "tags": ["a", "b"],
    }  # fmt: skip
    assert schema.names[: len(MERGES)] == MERGES.names
    assert pa.Table.from_pylist([dict(zip(schema.names, merged, strict=True))], schema).num_rows == 1
    assert merge_row([row("k", "cat", None, best=True), row("s", "fox", None)], 2) is None
