"""Folders that are contained in others, as the report shows them: the largest, and none that follows from another."""

import heapq
from typing import Any

from lookalike.pipelines.run import manifest


def contained_folders(output: str, record: dict[str, Any], most: int) -> list[dict[str, Any]]:
    """Read the table of folders of a finished run, part by part.

    Args:
        output: folder or URL of the run.
        record: its `audit.json`.
        most: number of rows that are shown.

    Returns:
        Rows of the table, of folders with the most images first. What is said of a folder and of one that it lies in is
        said once.
    """
    best: list[tuple[int, float, str, str, dict[str, Any]]] = []
    for table in manifest.tables(record, output, "folders") if most else ():
        rows = table.to_pylist()
        ranked = ((-row["images"], -row["share"], row["folder"], row["contained_in"], row) for row in rows)
        best = heapq.nsmallest(4 * most, [*best, *ranked], key=lambda one: one[:4])
    shown: list[dict[str, Any]] = []
    for *_, row in best:
        if not any(_lies_in(row["folder"], one["folder"], row["contained_in"], one["contained_in"]) for one in shown):
            shown.append(row)
    return shown[:most]


def _lies_in(folder: str, wider: str, container: str, wider_container: str) -> bool:
    """Is one folder in another, and what it is contained in, in what that is contained in?"""
    return f"{folder}/".startswith(f"{wider}/") and f"{container}/".startswith(f"{wider_container}/")
