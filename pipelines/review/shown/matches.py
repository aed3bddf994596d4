"""The matches of a comparison: who has some, and those that its report shows."""

import base64
import csv
import heapq
import io
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.review.shown.evidence import boxes_of
from lookalike.pipelines.run import manifest

COLUMNS = ("query", "match", "relation", "probability")
"""Of the list of those that have a match."""
SHOWN = ["uri", "thumbnail", "width", "height"]
"""Columns of a fingerprints table that pictures are shown from."""


def surest_of_each(output: str, record: dict[str, Any]) -> list[dict[str, Any]]:
    """A finished comparison -> for each image that has a match, in order of name, the surest."""
    best: dict[str, dict[str, Any]] = {}
    for table in manifest.tables(record, output, "matches", list(COLUMNS)):
        for row in table.to_pylist():
            known = best.get(row["query"])
            if known is None or row["probability"] > known["probability"]:
                best[row["query"]] = row
    return [best[name] for name in sorted(best)]


def nearest_of_each(output: str, record: dict[str, Any]) -> list[dict[str, Any]]:
    """A finished comparison with a list of known pictures -> the same, the match being the hash that is nearest."""
    best: dict[str, dict[str, Any]] = {}
    for table in manifest.tables(record, output, "known"):
        for row in sorted(table.to_pylist(), key=lambda row: (row["distance"], row["hash"])):
            best.setdefault(row["query"], {"query": row["query"], "match": row["hash"]})
    return [best[name] for name in sorted(best)]


def as_csv(rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows -> a CSV file with a header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def surest(output: str, record: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """A finished comparison -> the `most` surest rows of its matches table."""
    found: list[tuple[float, str, str, dict[str, Any]]] = []
    for table in manifest.tables(record, output, "matches") if most else ():
        rows = table.take(pc.sort_indices(table, _SUREST)[:most]).to_pylist()
        ranked = ((-row["probability"], row["query"], row["match"], row) for row in rows)
        found = heapq.nsmallest(most, [*found, *ranked])
    return [row for *_, row in found]


_SUREST = [("probability", "descending"), ("query", "ascending"), ("match", "ascending")]


def add_shots(rows: list[dict[str, Any]], sides: Mapping[str, Iterable[pa.Table]]) -> None:
    """Both thumbnails, base64, and the worst box as either picture has it, into rows of the matches table.

    sides: by 'query' and 'match', the columns SHOWN of either fingerprints table, part by part.
    """
    shown = {name: _pictures(tables, {row[name] for row in rows}) for name, tables in sides.items()}
    for row in rows:
        ends = [shown[name][row[name]] for name in ("query", "match")]
        boxes = boxes_of(row, *((end["width"], end["height"]) for end in ends))
        row["shots"] = [
            {"uri": end["uri"], "thumbnail": base64.b64encode(end["thumbnail"]).decode(), "box": box}
            for end, box in zip(ends, boxes, strict=True)
        ]


def _pictures(tables: Iterable[pa.Table], wanted: set[str]) -> dict[str, dict[str, Any]]:
    uris = pa.array(sorted(wanted), pa.string())
    found: dict[str, dict[str, Any]] = {}
    for table in tables if wanted else ():
        found |= {row["uri"]: row for row in table.filter(pc.is_in(table["uri"], uris)).to_pylist()}
    return found
