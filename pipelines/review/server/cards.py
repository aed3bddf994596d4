"""Makes the cards that the page draws from rows of the index.

They are like those of the report, but without pictures.
"""

from typing import Any

from lookalike.pipelines.review.shown.clusters import WORDS
from lookalike.pipelines.review.shown.evidence import EVIDENCE, boxes_of, edits_of
from lookalike.transforms.functional.verification.relations import turned

_SHOWN = ("uri", "match", "relation", "width", "height", "bytes", "reclaimable", "reason", "verdict", "said")

Card = dict[str, Any]


def cluster_card(group: dict[str, Any], kept: dict[str, Any], members: list[dict[str, Any]]) -> Card:
    """Make the card of a cluster.

    Args:
        group: its row of `groups`.
        kept: its first member.
        members: the members that are shown, the first among them.
    """
    return {
        "id": group["cluster_id"],
        "size": group["size"],
        "bytes": group["bytes"],
        "change": group["change"],
        "hidden": group["size"] - len(members),
        "members": [member_card(member, kept) for member in members],
    }


def member_card(member: dict[str, Any], kept: dict[str, Any]) -> Card:
    """Make the part of a card that shows one member; `kept` is the first member of its cluster."""
    card = {name: member[name] for name in _SHOWN}
    card |= {"is": WORDS[member["relation"]], "edits": [], "hash": member["content_hash"].hex()}
    if member["transform"] is None:  # the kept copy, and copies of equal pixels
        return card
    sides = [(one["width"], one["height"]) for one in (kept, member)]
    return card | _evidence(member, sides, member["from_best"])


def pair_card(couple: dict[str, Any]) -> Card:
    """Make the card of a pair from its row of `couples`: image a, then image b and what it is to a."""
    ends = [
        {
            "uri": couple[f"uri_{end}"], "match": couple["match"], "relation": couple["relation"],
            "width": couple[f"width_{end}"], "height": couple[f"height_{end}"], "bytes": couple[f"bytes_{end}"],
            "hash": couple[f"hash_{end}"].hex(), "is": "", "edits": [], "verdict": None,
        }
        for end in "ab"
    ]  # fmt: skip
    second = ends[1]
    second |= {"is": WORDS[turned(couple["relation"])].replace("kept", "first"), "verdict": couple["verdict"]}
    if couple["match"] in ("near", "part"):
        second |= _evidence(couple, [(one["width"], one["height"]) for one in ends], True)
    return {"id": f"pair-{couple['number']}", "pair": couple["relation"], "size": 2, "hidden": 0, "members": ends}


def _evidence(row: dict[str, Any], sides: list[tuple[int, int]], from_best: bool) -> Card:
    """Describe how the second of two pictures lies on the first, and where they disagree; `sides` are their sizes."""
    boxes = boxes_of(row, *(sides if from_best else sides[::-1]))
    return {
        "pair": {name: row[name] for name in EVIDENCE} | {"from_best": from_best},
        "boxes": boxes if from_best else boxes[::-1],
        "edits": edits_of(row),
    }
