"""The pages of an audit of 400 clusters beside what its tables say, row by row."""

import pytest

from lookalike.pipelines.review.server.questions import PAGE, Question
from lookalike.pipelines.run import manifest


@pytest.fixture(scope="module")
def rows(many, large):
    """Name -> rows of the audit's tables."""
    return {
        name: [row for table in manifest.tables(many.record, large, name) for row in table.to_pylist()]
        for name in ("clusters", "pairs")
    }


def asked(session, **question):
    """All cards of all pages."""
    first = session.page(Question(**question))
    pages = [first, *(session.page(Question(**question, page=n)) for n in range(2, first["pages"] + 1))]
    cards = [card for page in pages for card in page["cards"]]
    assert len(cards) == first["total"] and all(len(page["cards"]) <= PAGE for page in pages)
    return cards


def ids(cards):
    return [card["id"] for card in cards]


def test_pages_hold_every_cluster_once(many, rows):
    cards = asked(many)
    assert sorted(ids(cards)) == sorted({row["cluster_id"] for row in rows["clusters"]})
    assert [card["size"] for card in cards] == sorted((card["size"] for card in cards), reverse=True)
    assert many.page(Question(page=99)) == {"total": 400, "pages": 14, "cards": [], "noted": 0}
    members = {member["uri"]: member for card in cards for member in card["members"]}
    assert len(members) == len(rows["clusters"])
    for row in rows["clusters"]:
        member = members[row["uri"]]
        assert all(member[name] == row[name] for name in ("match", "relation", "reclaimable", "bytes", "reason"))


def test_a_card_has_the_evidence_of_its_pairs(many, rows):
    pairs = {frozenset((row["uri_a"], row["uri_b"])): row for row in rows["pairs"]}
    (card,) = asked(many, text="0000002-0")
    kept, *copies = card["members"]
    assert kept["uri"].endswith("0000002-0.jpg") and "pair" not in kept and len(copies) == 3
    for copy in copies:
        row = pairs[frozenset((kept["uri"], copy["uri"]))]
        assert copy["pair"]["probability"] == row["probability"] and copy["pair"]["from_best"]
        assert (copy["boxes"] == [[0.25, 0.25, 0.5, 0.5]] * 2 and copy["edits"] == ["retouched"][:0]) or copy["edits"]


def copies_like(rows, wanted):
    """Ids of clusters that have a copy of this kind, beside the kept one."""
    return {row["cluster_id"] for row in rows["clusters"] if not row["is_representative"] and wanted(row)}


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        (dict(relation="part"), lambda row: row["relation"] == "part"),
        (dict(match="near"), lambda row: row["match"] == "near"),
        (dict(match="exact"), lambda row: False),
        (dict(reclaimable="yes"), lambda row: row["reclaimable"]),
        (dict(reclaimable="no"), lambda row: not row["reclaimable"]),
        (dict(low=0.6, high=0.7), lambda row: 0.6 <= round(row["ssim"], 4) <= 0.7),  # drawn equal to the probability
        (dict(smallest=3, largest=3), lambda row: row["size"] == 3),
        (dict(folder="/pictures/07"), lambda row: row["uri"].startswith("/pictures/07/")),
        (dict(folder="/pictures/0"), lambda row: False),
        (dict(folder="07/"), lambda row: "/07/" in row["uri"]),
        (dict(text="PICTURES/07/000010"), lambda row: "/pictures/07/000010" in row["uri"]),
        (dict(text="%"), lambda row: False),
        (dict(text="'; DROP TABLE members; --"), lambda row: False),
        (
            dict(relation="whole", folder="/pictures/01", reclaimable="no"),
            lambda row: row["relation"] == "whole" and "/01/" in row["uri"] and not row["reclaimable"],
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_is_asked_of_clusters_holds_for_a_copy_of_theirs(many, rows, question, wanted):
    assert set(ids(asked(many, **question))) == copies_like(rows, wanted)


def test_a_name_or_folder_may_be_that_of_the_kept_copy(many):
    assert len(asked(many, text="0000011-0")) == 1
    assert asked(many, text="0000011-0", reclaimable="yes") == []


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("bytes", lambda card: (-card["bytes"], card["id"])),
        ("id", lambda card: card["id"]),
        ("unsure", lambda card: (min(m["pair"]["probability"] for m in card["members"][1:]), card["id"])),
        ("sure", lambda card: (-min(m["pair"]["probability"] for m in card["members"][1:]), card["id"])),
    ],
)
def test_clusters_are_sorted(many, sort, key):
    cards = asked(many, sort=sort)
    assert cards == sorted(cards, key=key) and len(cards) == 400


@pytest.mark.parametrize("relation", ["variant", "view", "overlap", "part", ""])
def test_pairs_of_a_relation_are_a_view_of_their_own(many, rows, relation):
    cards = asked(many, view="pairs", relation=relation, sort="sure")
    either = {"part": ("part", "whole")}.get(relation, (relation,))
    wanted = [row for row in rows["pairs"] if not relation or row["relation"] in either]
    ends = [frozenset(member["uri"] for member in card["members"]) for card in cards]
    assert set(ends) == {frozenset((row["uri_a"], row["uri_b"])) for row in wanted} and len(ends) == len(wanted) > 10
    probabilities = [card["members"][1]["pair"]["probability"] for card in cards]
    assert probabilities == sorted(probabilities, reverse=True)


def test_pairs_are_asked_for_by_either_name_and_by_probability(many):
    for end in "ab":
        (card,) = asked(many, view="pairs", text=f"beside/0000010-{end}")
        assert [member["uri"][-5] for member in card["members"]] == ["a", "b"] and card["pair"] == "view"
    found = asked(many, view="pairs", low=0.9, folder="/pictures/beside")
    assert found and all(card["members"][1]["pair"]["probability"] >= 0.9 for card in found)
    assert len(found) < len(asked(many, view="pairs", folder="beside")) == 40


@pytest.mark.parametrize(
    "wrong", [dict(page=0), dict(view="members"), dict(sort="uri; --"), dict(low=2), dict(nosuch=1), dict(verdict="x")]
)
def test_questions_that_are_none(wrong):
    with pytest.raises(ValueError):
        Question(**wrong)
