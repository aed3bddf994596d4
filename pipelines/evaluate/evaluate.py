"""Scores a finished run against a labelled truth: precision and recall."""

import posixpath
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.evaluate.truth import TIERS, TruthError, base_names, match_names, read_truth
from lookalike.pipelines.run import manifest


class Recall(NamedTuple):
    """The recall of one kind of copies.

    Attributes:
        copies: how many there are.
        found: how many share a cluster with their original.
    """

    copies: int
    found: int

    @property
    def rate(self) -> float:
        """The share of copies that were found."""
        return self.found / self.copies


class Evaluation(NamedTuple):
    """The scores of a run.

    Attributes:
        true_pairs: pairs of images of one cluster that are of one group of the truth.
        false_pairs: pairs of images of one cluster that are of two groups.
        wanted_pairs: pairs of images of one group.
        tiers: recall by the column `tier` of the truth, if it has one.
        edits: recall by the column `edit` of the truth, if it has one.
        unknown: files of the truth that the run did not fingerprint.
    """

    true_pairs: int
    false_pairs: int
    wanted_pairs: int
    tiers: dict[str, Recall]
    edits: dict[str, Recall]
    unknown: int

    @property
    def precision(self) -> float:
        """The share of the pairs inside clusters that are of one group; 1 if there are no clusters."""
        pairs = self.true_pairs + self.false_pairs
        return self.true_pairs / pairs if pairs else 1.0

    @property
    def recall(self) -> float:
        """The share of the pairs inside groups that are in one cluster; 1 if there are no groups."""
        return self.true_pairs / self.wanted_pairs if self.wanted_pairs else 1.0

    def table(self) -> str:
        """The scores as text for a terminal."""
        lines = [
            f"pair precision {self.precision:.4f}   pair recall {self.recall:.4f}   "
            f"(true {self.true_pairs:,}, false {self.false_pairs:,}, wanted {self.wanted_pairs:,})"
        ]
        if self.unknown:
            lines.append(f"{self.unknown:,} files of the truth are not among the run's fingerprints")
        for title, table in (("tier", self.tiers), ("edit", self.edits)):
            if table:
                lines.append(f"{title:<32} copies  with their original")
                lines += [f"  {name:<30} {value.copies:>6}  {value.rate:.3f}" for name, value in table.items()]
        return "\n".join(lines)


def evaluate(truth: str, output: str) -> Evaluation:
    """Score the clusters of a finished run.

    Args:
        truth: CSV or Parquet. It needs a column of files (`file`, `uri` or `path`, matched by the longest common end)
            and a column of groups (`group`, `cluster_id` or `label`); files of one group are copies of one picture. If
            a column `role` says 'copy' for edited copies, recall is also measured as the share of copies that share a
            cluster with the original of their group, by the columns `tier` and `edit` if there are such.
        output: folder or URL of the run.

    Raises:
        TruthError: columns are missing, or the run knows no file of the truth.
        OutputError: the run is not finished.
    """
    record = manifest.read(output)
    rows = read_truth(truth)
    files = [row["file"] for row in rows]
    place = match_names(files, named_uris(record, output, files))
    known = [(row, uri) for row, uri in zip(rows, place, strict=True) if uri is not None]
    if not known:
        raise TruthError(f"no file of {truth} is among the fingerprints of {output}; compare their names")
    cluster_of = clusters_of(record, output, [uri for _, uri in known])
    clusters = _codes([cluster_of.get(uri, uri) for _, uri in known])
    groups = _codes([row["group"] for row, _ in known])
    return _score([row for row, _ in known], clusters, groups, len(rows) - len(known))


def _score(rows: list[dict[str, Any]], clusters: np.ndarray, groups: np.ndarray, unknown: int) -> Evaluation:
    both = _codes(list(zip(clusters.tolist(), groups.tolist(), strict=True)))
    together, true = _pairs(clusters), _pairs(both)
    original = {
        g: c for row, g, c in zip(rows, groups.tolist(), clusters.tolist(), strict=True) if row["role"] != "copy"
    }
    tables: dict[str, dict[str, list[bool]]] = {"tier": {}, "edit": {}}
    for row, group, cluster in zip(rows, groups.tolist(), clusters.tolist(), strict=True):
        if row["role"] == "copy" and group in original:
            for name, table in tables.items():
                if row[name]:
                    table.setdefault(row[name], []).append(cluster == original[group])
    return Evaluation(
        true,
        together - true,
        _pairs(groups),
        recalls(tables["tier"], by_tier),
        recalls(tables["edit"], str),
        unknown,
    )


def by_tier(name: str) -> tuple[int, str]:
    """The sort key of a tier: known tiers come first, from easy to hard."""
    return (TIERS.index(name) if name in TIERS else len(TIERS), name)


def recalls(table: dict[str, list[bool]], order: Any) -> dict[str, Recall]:
    """Count what was found of each kind, sorted by `order` of the kind."""
    return {name: Recall(len(table[name]), sum(table[name])) for name in sorted(table, key=order)}


def _codes(values: list[Any]) -> np.ndarray:
    """Map hashable values to integers, equal ones to the same integer."""
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(value, len(seen)) for value in values], np.int64)


def _pairs(codes: np.ndarray) -> int:
    """Count the pairs of equal codes."""
    size = np.bincount(codes).astype(np.int64)
    return int((size * (size - 1) // 2).sum())


def named_uris(record: dict[str, Any], output: str, files: list[str]) -> list[str]:
    """Find the images of a finished run whose base names are among those of some files, part by part."""
    wanted = base_names(files)
    tables = manifest.tables(record, output, "fingerprints", ["uri"])
    return [uri for table in tables for uri in table["uri"].to_pylist() if posixpath.basename(uri) in wanted]


def clusters_of(record: dict[str, Any], output: str, uris: list[str]) -> dict[str, str]:
    """Map those of some images that are in a cluster to its id."""
    wanted = pa.array(uris, pa.string())
    found: dict[str, str] = {}
    for table in manifest.tables(record, output, "clusters", ["uri", "cluster_id"]):
        chosen = table.filter(pc.is_in(table["uri"], wanted))
        found |= zip(chosen["uri"].to_pylist(), chosen["cluster_id"].to_pylist(), strict=True)
    return found
