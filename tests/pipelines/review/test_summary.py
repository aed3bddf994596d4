"""What a command prints at its end."""

import pytest

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.review.summary import summarise, summarise_comparison


def audited(**relations):
    """The record of an audit in which pairs of these relations were found."""
    counted = {"listed": 9, "failures": 0, "clusters": 1, "duplicates": 1, "reclaimable": 0, "reclaimable_bytes": 0}
    none = dict.fromkeys(("variant", "view", "overlap", "overlaid", "part", "whole", "same"), 0)
    return {
        "counts": counted | {"capped_buckets": 0}, "seconds": {"listed": 1.0}, "sniffed": {}, "left_out": {},
        "configuration": Config().plain(), "relations": none | relations,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("relations", "told"),
    [
        ({"variant": 1, "view": 2}, "1 variant, 2 other views"),
        ({"variant": 1200, "view": 1, "overlap": 1, "part": 3}, "1,200 variants, 1 other view, 1 overlap"),
    ],
)
def test_pairs_that_make_no_cluster_are_counted(relations, told):
    assert f"pairs that make no cluster: {told}" in summarise(audited(**relations), "out").splitlines()


def test_errors_are_told_the_most_frequent_first():
    record = audited()
    record["counts"]["failures"] = 1_011
    record["errors"] = {"FileNotFoundError": 1_000, "undecodable": 8, "too_large": 2, "crashed": 1}
    told = "failures: out/failures/ (1,000 FileNotFoundError, 8 undecodable, 2 too_large, 1 crashed)"
    assert told in summarise(record, "out").splitlines()


def test_of_many_kinds_of_what_was_left_out_the_first_are_named():
    record = audited() | {"left_out": {f".{kind}": 9 - kind for kind in range(8)}}
    told = "44 files were left out: 9 .0, 8 .1, 7 .2, 6 .3, 5 .4, 4 .5, 5 of other kinds"
    assert told in summarise(record, "out").splitlines()


def test_without_such_pairs_there_is_no_line_about_them():
    assert "make no cluster" not in summarise(audited(same=1), "out")


def test_a_corpus_whose_images_resemble_one_another_is_told_of():
    record = audited()
    assert "resemble" not in summarise(record, "out")
    search = {"least_cosines": [0.1, 0.3, 0.71]}
    for cosines, is_told in (([0.2, 0.3], False), ([0.45, 0.6], True)):
        told = summarise(record | {"lsh": search | {"chance": {"cosines": cosines}}}, "out")
        assert ("one pair in 1,000 has a cosine of 0.60" in told and "have one of 0.71 were" in told) == is_told
    assert "resemble" not in summarise(record | {"lsh": search | {"chance": None}}, "out")


@pytest.mark.parametrize(("matches", "told"), [(1, "1 match"), (1200, "1,200 matches")])
def test_matches_of_a_comparison_are_counted(matches, told):
    counts = {"matched": 1, "queries": 2, "searched": 5, "matches": matches, "failures": 0, "capped_buckets": 0}
    record = {"counts": counts, "seconds": {"listed": 1.0}, "parts": {}, "sides": {"query": {}}}
    assert f"1 of 2 images have copies among 5 others: {told}, in 1.0 s" in summarise_comparison(record, "out")
