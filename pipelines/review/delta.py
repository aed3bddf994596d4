"""Compares the clusters of two audits: which are new, grown, shrunk, changed, split, merged or resolved."""

import collections
import math
from typing import Any

import pyarrow as pa

from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.transforms.core.partitions import overlapping
from lookalike.transforms.io.parquet_sink import Part, write_table
from lookalike.transforms.storage.reading import read_parquet

SCHEMA = pa.schema(
    [
        ("change", pa.string()),
        ("cluster_id", pa.string()),
        ("previous_ids", pa.list_(pa.string())),
        ("size", pa.int32()),
        ("previous_size", pa.int32()),
        ("added", pa.list_(pa.string())),
        ("removed", pa.list_(pa.string())),
    ]
)
CHANGES = ("new", "grown", "shrunk", "changed", "split", "merged", "resolved")
PATH = "delta/part-00000-of-00001.parquet"

Clusters = dict[str, frozenset[str]]
"""Maps the id of each cluster to the URIs of its members."""


def write(output: str, written: dict[str, list[Part]], earlier: PreviousAudit) -> tuple[Part, dict[str, int]]:
    """Write the delta table: what became of the clusters of a previous audit.

    Args:
        output: folder or URL of this run.
        written: the parts that this run has written, by table.
        earlier: the previous audit.

    Returns:
        The part of the table, and the number of clusters for each kind of change.
    """
    now = [f"{output}/{part.path}" for part in written["clusters"]]
    rows = compare(*changed_clusters(manifest.parts(earlier.record, earlier.output, "clusters"), now))
    columns = {name: [row[name] for row in rows] for name in SCHEMA.names}
    part = write_table(output, PATH, pa.table(columns, schema=SCHEMA))
    counted = collections.Counter(row["change"] for row in rows)
    return part, {change: counted[change] for change in CHANGES}


def read_clusters(paths: list[str]) -> Clusters:
    """Read the clusters of some parts of the clusters table."""
    members: dict[str, set[str]] = {}
    for path in paths:
        table = read_parquet(path, ["cluster_id", "uri"])
        for name, uri in zip(table["cluster_id"].to_pylist(), table["uri"].to_pylist(), strict=True):
            members.setdefault(name, set()).add(uri)
    return {name: frozenset(uris) for name, uris in members.items()}


def changed_clusters(before: list[str], now: list[str]) -> tuple[Clusters, Clusters]:
    """Find the clusters that are not the same in both of two clusters tables.

    Parts are ranges of cluster ids and are read side by side. Memory holds the clusters that differ, and one range of
    ids:
    that of a part of the table with the larger parts.

    Args:
        before: paths of the parts of the earlier table, in order.
        now: paths of the parts of the later table, in order.

    Returns:
        The clusters of the earlier table that the later one does not have, and the reverse.
    """
    ranges = math.gcd(len(before), len(now))
    changed: tuple[Clusters, Clusters] = {}, {}
    for number in range(ranges):
        sides = [
            read_clusters([paths[part] for part in overlapping(number, ranges, len(paths))]) for paths in (before, now)
        ]
        for some, others, differing in zip(sides, reversed(sides), changed, strict=True):
            differing.update((name, uris) for name, uris in some.items() if others.get(name) != uris)
    return changed


def compare(before: Clusters, now: Clusters) -> list[dict[str, Any]]:
    """Describe what became of each cluster.

    A later cluster descends from the earlier clusters that some of its members were in. It is `new` if there are none,
    `merged` if there are several, and `split` if it is one of several descendants of one cluster. Otherwise it is
    `grown`, `shrunk` or `changed`, if members came, went, or both. An earlier cluster without descendants is
    `resolved`. If only the representative and hence the id of a cluster changed, this is not a change.

    Args:
        before: the earlier clusters that changed.
        now: the later clusters that changed.

    Returns:
        One row of the delta table for each change, in order of the kind of change and the id.
    """
    was_in = {uri: name for name, uris in before.items() for uri in uris}
    parents = {name: sorted({was_in[uri] for uri in uris if uri in was_in}) for name, uris in now.items()}
    children: dict[str, list[str]] = {}
    for name, names in parents.items():
        for parent in names:
            children.setdefault(parent, []).append(name)
    rows = []
    for name, uris in now.items():
        old = frozenset().union(*(before[parent] for parent in parents[name]))
        change = _change(uris, old, parents[name], children)
        if change:
            rows.append(_row(change, name, parents[name], uris, old))
    rows += [_row("resolved", name, [name], frozenset(), uris) for name, uris in before.items() if name not in children]
    return sorted(rows, key=lambda row: (CHANGES.index(row["change"]), row["cluster_id"]))


def _change(uris: frozenset[str], old: frozenset[str], parents: list[str], children: dict[str, list[str]]) -> str:
    if not parents:
        return "new"
    if len(parents) > 1:
        return "merged"
    if len(children[parents[0]]) > 1:
        return "split"
    if uris == old:
        return ""
    return "grown" if uris > old else "shrunk" if uris < old else "changed"


def _row(change: str, name: str, parents: list[str], uris: frozenset[str], old: frozenset[str]) -> dict[str, Any]:
    return {
        "change": change,
        "cluster_id": name,
        "previous_ids": parents,
        "size": len(uris),
        "previous_size": len(old),
        "added": sorted(uris - old),
        "removed": sorted(old - uris),
    }
