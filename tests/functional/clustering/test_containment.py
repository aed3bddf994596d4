"""Copies between folders: what two loops over all members say, and no more work than a cluster is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.clustering.containment import (
    MOST,
    Copies,
    are_nested,
    copies_between,
    nearest,
    with_parents,
)

FOLDERS = st.sampled_from(["/a", "/a/x", "/a/x/y", "/ab", "/b", "/b/x", "s3://bucket", "s3://bucket/a"])


@given(st.lists(st.tuples(FOLDERS, st.sampled_from([b"1", b"2"])), max_size=8))
def test_two_loops_say_the_same(members):
    folders = {one for folder, _ in members for one in with_parents(folder)}
    expected = {}
    for a in folders:
        for b in folders:
            mine = [pixels for folder, pixels in members if a in with_parents(folder)]
            theirs = [pixels for folder, pixels in members if b in with_parents(folder)]
            if not are_nested(a, b):
                expected[a, b] = Copies(len(mine), sum(pixels in theirs for pixels in mine))
    found = list(copies_between(members))
    assert dict(found) == expected and len(found) == len(expected)


@pytest.mark.parametrize(
    ("folder", "every"),
    [("/a/b", ["/a/b", "/a"]), ("/", []), ("s3://bucket/a", ["s3://bucket/a", "s3://bucket"]), ("rel", ["rel"])],
)
def test_what_a_folder_lies_in(folder, every):
    assert with_parents(folder) == every


def test_a_picture_that_lies_everywhere_says_nothing():
    deep = [(f"/all/{number}/x", b"1") for number in range(MOST - 1)]
    # too many with those that they lie in: only their own count
    found = dict(copies_between(deep))
    assert set(found.values()) == {Copies(1, 1)} and all(a.endswith("/x") for a, _ in found)
    assert len(found) == len(deep) * (len(deep) - 1)
    assert list(copies_between([(f"/{number}", b"1") for number in range(MOST + 1)])) == []


def test_the_innermost_of_folders_that_hold_the_same_is_named():
    found = {"/b": Copies(5, 1), "/b/c": Copies(5, 1), "/b/c/d": Copies(4, 1), "/e": Copies(5, 1), "/e/f": Copies(5, 0)}
    assert set(nearest(found)) == {"/b/c", "/b/c/d", "/e", "/e/f"}
