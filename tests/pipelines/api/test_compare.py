"""Two images compared: what an audit says of them, and nothing else."""

import itertools
from pathlib import Path

import numpy as np
import pytest

import lookalike
from lookalike import errors
from tests.pipelines.api.guest import images

FOLLOWER = "a/packed"
"""Its pixels are those of another, which an audit compares in its stead."""


def test_of_every_two_images_it_says_what_an_audit_says(audit):
    rows = {(row["uri_a"], row["uri_b"]): row for row in audit.pairs.to_arrow().to_pylist()}
    given, seen = images(), set()
    del given["broken"]
    for a, b in itertools.combinations(given, 2):
        found = lookalike.compare(given[a], given[b])
        row = rows.pop((a, b), None)
        if row is None:
            assert found.relation is None or FOLLOWER in (a, b), (a, b)
            continue
        seen.add((found.relation, found.match, found.mirrored))
        assert found.transform.ravel().tolist() == row.pop("transform")
        assert list(found.worst or [0.0] * 4) == row.pop("worst")
        others = {"uri_a", "uri_b", "near_misses"} | ({"probability"} if row["near_misses"] else set())
        for name in row.keys() - others:
            value = getattr(found, name)
            assert (list(value) if name == "proposed_by" else value) == row[name], (a, b, name)
    assert not rows
    assert {("same", "near", False), ("same", "near", True), ("whole", "near", False)} <= seen
    assert {("same", "pixels", False), ("same", "part", False)} <= seen


def test_it_is_the_same_from_either_side_and_by_path(audit):
    given = images()
    one, other = (lookalike.compare(*ends) for ends in ((given["a"], given["a/crop"]), (given["a/crop"], given["a"])))
    assert (one.relation, other.relation) == ("whole", "part") and one.probability == other.probability
    back = np.vstack([one.transform, [0, 0, 1]]) @ np.vstack([other.transform, [0, 0, 1]])
    np.testing.assert_allclose(back, np.eye(3), atol=1e-6)
    by_path = {path.name[:6]: path for path in Path(f"{audit.output}.images").iterdir()}
    again = lookalike.compare(by_path["000000"], str(by_path["000002"]))
    assert again.relation == "whole" and (again.transform == one.transform).all()


def test_unrelated_and_blank_images_have_no_relation():
    given = images()
    for other in ("c", "blank"):
        found = lookalike.compare(given["a"], given[other])
        assert (found.relation, found.match, found.ssim, found.transform) == (None, None, None, None)
        assert not found.is_copy and found.probability < 0.5 and found.cosine < 0.5


def test_the_configuration_counts():
    given = images()
    assert lookalike.compare(given["a"], given["a/crop"], config={"confirm": {"probability": 1.0}}).relation is None


def test_it_shows_both_pictures():
    given = images()
    page = lookalike.compare(given["a"], given["a/half"])._repr_html_()
    assert page.count("data:image/jpeg;base64,/9j/") == 2 and "<b>same</b>" in page


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (b"nothing at all", r"the image b can't be read \(undecodable: not an image in any known format"),
        ("nowhere.jpg", "input not found: nowhere.jpg"),
        (".", "holds several images"),
        ("text.jpg", r"text\.jpg can't be read \(undecodable"),
        (7, "the image b is a int"),
        (np.zeros((4, 4, 2), np.uint8), r"shape \(4, 4, 2\)"),
        (np.zeros((4, 4), np.float32), "array of float32"),
    ],
)
def test_what_is_no_image_is_told(other, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("text.jpg", "more.jpg"):
        (tmp_path / name).write_text("text")
    with pytest.raises(errors.InputError, match=message) as raised:
        lookalike.compare(np.zeros((40, 40, 3), np.uint8), other)
    assert "\n" not in str(raised.value)


def test_limits_are_those_of_an_audit():
    with pytest.raises(errors.InputError, match="too_large"):
        lookalike.compare(
            np.zeros((40, 40, 3), np.uint8), np.zeros((40, 41), np.uint8), config={"read": {"max_pixels": 1600}}
        )
