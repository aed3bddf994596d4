"""Clusters whose members disagree in a carried column, as the report shows them."""

from typing import Any

from lookalike.pipelines.run import manifest

MEMBERS = 6
"""Most that are shown of one conflict: the first of each value, then others."""


def first_conflicts(output: str, record: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """A finished run -> its first `most` conflicts, in order of cluster and column; parts beyond them are not read."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for table in manifest.tables(record, output, "conflicts") if most else ():
        for row in table.to_pylist():
            found.setdefault((row["cluster_id"], row["column"]), []).append(row)
        if len(found) > most:
            break
    return [_conflict(name, column, rows) for (name, column), rows in sorted(found.items())[:most]]


def _conflict(name: str, column: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    first: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (not row["is_representative"], row["uri"])):
        first.setdefault(row["value"], row)
    chosen = [*first.values(), *(row for row in rows if row is not first[row["value"]])][:MEMBERS]
    return {
        "id": name,
        "column": column,
        "hidden": len(rows) - MEMBERS,
        "members": [{"uri": row["uri"], "value": row["value"]} for row in chosen],
    }
