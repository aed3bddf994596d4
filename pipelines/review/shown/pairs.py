"""Selects the confirmed pairs that make no cluster, a section of the report for each relation."""

import heapq
from typing import Any

import pyarrow.compute as pc

from lookalike.pipelines.run import manifest
from lookalike.transforms.functional.verification.relations import from_either_side

SECTIONS = {
    "variant": (
        "Variants",
        "The same design or background, and each has content of its own: neither can replace the other.",
    ),
    "view": ("Other views", "Other photographs of the same scene or thing."),
    "overlap": ("Overlaps", "Each shows something that the other does not, such as two views of a scrolled page."),
    "overlaid": ("Something laid over one", "A picture, and the same with a caption, a sticker or a watermark."),
    "part": ("Parts", "One was cut out of the other, or is shown in it among other things."),
}
"""Title and explanation of the section of each relation. Only relations that make no clusters get one. The relation
`whole` is `part` from the other side, and shares its section.
"""


def pairs_beside(output: str, record: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """Select the most probable pairs of each relation that makes no clusters.

    Args:
        output: folder or URL of the run.
        record: its `audit.json`.
        most: number of pairs of each relation.

    Returns:
        The sections that have pairs, each with a title, a text, the number of all of its pairs, and the selected ones.
    """
    joining = from_either_side(record["configuration"]["cluster"]["join"])
    best: dict[str, list[tuple[float, str, str, dict[str, Any]]]] = {
        name: [] for name in SECTIONS if name not in joining
    }
    counts = dict.fromkeys(best, 0)
    for table in manifest.tables(record, output, "pairs") if best else ():
        relation = pc.if_else(pc.equal(table["relation"], "whole"), "part", table["relation"])
        for name in best:
            rows = table.filter(pc.equal(relation, name))
            counts[name] += len(rows)
            surest = rows.take(pc.sort_indices(rows, _SUREST)[:most]).to_pylist()
            ranked = ((-row["probability"], row["uri_a"], row["uri_b"], row) for row in surest)
            best[name] = heapq.nsmallest(most, [*best[name], *ranked])
    return [
        {
            "title": SECTIONS[name][0],
            "text": SECTIONS[name][1],
            "count": counts[name],
            "pairs": [{field: row[field] for field in _BESIDE} for *_, row in found],
        }
        for name, found in best.items()
        if counts[name]
    ]


_SUREST = [("probability", "descending"), ("uri_a", "ascending"), ("uri_b", "ascending")]


_BESIDE = ("uri_a", "uri_b", "probability", "ssim", "transform", "worst")
