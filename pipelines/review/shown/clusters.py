"""Selects the clusters that the report shows: the largest, each with its representative and its first members."""

import heapq
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.run import manifest

WORDS = {
    "same": "the same",
    "overlaid": "something laid over one",
    "part": "part of the kept one",
    "whole": "shows the kept one and more",
    "overlap": "each shows something of its own",
    "variant": "the same design with other content",
    "view": "another photograph of the same scene",
}
"""How the report words each relation of a member to the kept copy."""


def largest_clusters(output: str, record: dict[str, Any], most: int, members: int) -> list[dict[str, Any]]:
    """Select the largest clusters of a finished run.

    The parts of the clusters table are read one by one, first for the sizes and then for the rows of the selected
    clusters. This works because all members of a cluster are in one part.

    Args:
        output: folder or URL of the run.
        record: its `audit.json`.
        most: number of clusters to select.
        members: number of members of each, the representative first and then by falling SSIM.

    Returns:
        One dictionary for each cluster, the largest first, as `templates/report.html` takes it.
    """
    best: list[tuple[int, str]] = []
    for table in manifest.tables(record, output, "clusters", ["cluster_id"]):
        counted = table["cluster_id"].value_counts().to_pylist()
        best = heapq.nsmallest(most, [*best, *((-row["counts"], row["values"]) for row in counted)])
    chosen = pa.array([name for _, name in best], pa.string())
    found = {}
    for table in manifest.tables(record, output, "clusters") if best else ():
        rows = table.filter(pc.is_in(table["cluster_id"], chosen))
        for name in rows["cluster_id"].unique().to_pylist():
            found[name] = _cluster(name, rows.filter(pc.equal(rows["cluster_id"], name)), members)
    return [found[name] for _, name in best]


_SHOWN = ("uri", "match", "relation", "width", "height", "bytes", "reclaimable", "reason")


_ORDER = [("is_representative", "descending"), ("ssim", "descending"), ("uri", "ascending")]


def _cluster(name: str, rows: pa.Table, members: int) -> dict[str, Any]:
    copies = rows.filter(pc.invert(rows["is_representative"]))
    shown = rows.take(pc.sort_indices(rows, _ORDER)[:members]).to_pylist()
    return {
        "id": name,
        "size": len(rows),
        "bytes": shown[0]["reclaimable_bytes"],
        "score": pc.min(copies["ssim"]).as_py() if len(copies) else 1.0,
        "kinds": sorted({*copies["match"].to_pylist(), *(WORDS[name] for name in copies["relation"].to_pylist())}),
        "hidden": len(rows) - members,
        "members": [
            {field: row[field] for field in _SHOWN} | {"is": WORDS[row["relation"]], "edits": []} for row in shown
        ],
    }
