"""What a run's tables hold, counted part by part, and the check that no image was lost on the way."""

import collections
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.io.parquet_sink import Part, written_count
from lookalike.transforms.storage.reading import read_parquet


def count_fingerprints(root: str, tables: dict[str, list[Part]]) -> dict[str, int]:
    """Counts of the first half, from its committed tables below `root`.

    Raises:
        RuntimeError: an image is neither a fingerprint nor a failure.
    """
    failed = count_failures(root, tables["failures"])
    unusable = failed["list"] + failed["read"]
    listed = written_count(root, "sources") + failed["list"]
    fingerprints = sum(part.rows for part in tables["fingerprints"])
    if listed != fingerprints + unusable:
        raise RuntimeError(f"{listed} images listed, but {fingerprints} fingerprints and {unusable} failures written")
    return {
        "listed": listed,
        "fingerprints": fingerprints,
        "failures": unusable,
        "capped_buckets": failed.total() - unusable,
    }


def count_all(root: str, tables: dict[str, list[Part]]) -> dict[str, int]:
    """Counts of both halves. Raises as `count_fingerprints`."""
    sums: collections.Counter[str] = collections.Counter()
    columns = ["is_representative", "reclaimable", "reclaimable_bytes"]
    for table in read_parts(root, tables["clusters"], columns):
        best = table["is_representative"]
        sums["clusters"] += pc.sum(best, min_count=0).as_py()
        sums["reclaimable"] += pc.sum(table["reclaimable"], min_count=0).as_py()
        sums["bytes"] += pc.sum(table.filter(best)["reclaimable_bytes"], min_count=0).as_py()
    conflicts: set[tuple[str, str]] = set()
    for table in read_parts(root, tables.get("conflicts", []), ["cluster_id", "column"]):
        conflicts.update(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return {
        **count_fingerprints(root, tables),
        **({"conflicts": len(conflicts)} if "conflicts" in tables else {}),
        "pairs": sum(part.rows for part in tables["pairs"]),
        "clusters": sums["clusters"],
        "duplicates": sum(part.rows for part in tables["clusters"]) - sums["clusters"],
        "reclaimable": sums["reclaimable"],
        "reclaimable_bytes": sums["bytes"],
    }


def count_relations(root: str, pairs: list[Part]) -> dict[str, int]:
    """Parts of the pairs table -> how many rows each relation has; `part` and `whole` are one, from either side."""
    counted = dict.fromkeys((name for name in RELATIONS if name not in ("", "whole")), 0)
    for table in read_parts(root, pairs, ["relation"]):
        for row in table["relation"].value_counts().to_pylist():
            counted["part" if row["values"] == "whole" else row["values"]] += row["counts"]
    return counted


def count_failures(root: str, failures: list[Part]) -> collections.Counter[str]:
    """Parts of the failures table -> how many rows each stage has: 'list', 'read' or 'pair'."""
    counted: collections.Counter[str] = collections.Counter()
    for table in read_parts(root, failures, ["stage"]):
        for row in table["stage"].value_counts().to_pylist():
            counted[row["values"]] += row["counts"]
    return counted


def count_errors(root: str, failures: list[Part]) -> dict[str, int]:
    """Parts of the failures table -> how many images had each error, the most frequent first."""
    counted: collections.Counter[str] = collections.Counter()
    for table in read_parts(root, failures, ["stage", "error"]):
        unusable = table.filter(pc.not_equal(table["stage"], "pair"))
        for row in unusable["error"].value_counts().to_pylist():
            counted[row["values"]] += row["counts"]
    return dict(sorted(counted.items(), key=lambda kind: (-kind[1], kind[0])))


def read_parts(root: str, parts: list[Part], columns: list[str]) -> Iterator[pa.Table]:
    """Some columns of one table of a run, part by part: never more than one in memory."""
    return (read_parquet(f"{root}/{part.path}", columns) for part in parts if part.rows)
