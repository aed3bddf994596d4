"""Confirmed Pairs and all Nodes in, rows of the clusters and pairs tables out."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Literal, TypedDict

import apache_beam as beam

from lookalike.transforms.clustering.cluster_rows import ClusterRows
from lookalike.transforms.clustering.component import Component
from lookalike.transforms.clustering.components import LabelComponents
from lookalike.transforms.clustering.conflicts import OF, URI, conflict_rows, merge_row
from lookalike.transforms.clustering.folders import Between
from lookalike.transforms.clustering.gathered import Gathered, Grouped, all_of_it, by_component
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.clustering.pair_rows import ConfirmedPairs, PairRows, pair_row, pairs_by_part
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.pairs import with_relations
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Node
from lookalike.transforms.core.schemas import CLUSTERS
from lookalike.transforms.core.settings.columns import NOTHING_CARRIED, ColumnsSettings
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.functional.clustering.containment import copies_between
from lookalike.transforms.ingest.folders import folder_of
from lookalike.transforms.ingest.scopes import EVERYWHERE, ScopeRule
from lookalike.transforms.io.parquet_sink import Row

OUTPUTS = ("clusters", "pairs", "conflicts", "merges", "between")
LOOKS_AT_ONCE = 64
"""Images that one representative is compared with in one place: 2 MB of fingerprints."""
FEWEST = 3
"""Images of which one can be the copy of a copy."""
REPRESENTATIVE, RECLAIMABLE = (CLUSTERS.get_field_index(name) for name in ("is_representative", "reclaimable"))


class ClusteredRows(TypedDict):
    """Rows of the tables, each with the number of the part that it goes to: of conflicts and of merges only where
    columns are carried. between: copies between folders, where they are asked for.
    """

    clusters: beam.PCollection[tuple[int, Row]]
    pairs: beam.PCollection[tuple[int, Row]]
    conflicts: beam.PCollection[tuple[int, Row]]
    merges: beam.PCollection[tuple[int, Row]]
    between: beam.PCollection[Between]


@dataclasses.dataclass(eq=False)
class ClusterPairs(Stage):
    """Makes clusters of confirmed pairs, chooses the copy of each that is kept, and says which of the others may go.

    policy: which copy is best. verdicts: what people have decided. parts: of either table. fingerprint_parts: of the
    fingerprints table. second_look: what compares copies of one picture with its representative where nothing proposed
    that; None: nobody does. columns: which are carried, and in which of them copies should agree. scope: which pairs
    are asked for. folders: copies between folders are counted.

    Each connected component, of the relations that make clusters, is clustered by itself, in memory: once to see which
    pairs deserve a second look, and once for good. Pairs of other relations make rows of the pairs table, and are not
    looked at again.
    """

    policy: Policy
    verdicts: Verdicts
    parts: int
    fingerprint_parts: int
    second_look: Stage | None = None
    columns: ColumnsSettings = NOTHING_CARRIED
    scope: ScopeRule = EVERYWHERE
    folders: bool = False

    def expand(self, inputs: ConfirmedPairs) -> ClusteredRows:
        """Bring each component's images and pairs together, and cluster it; list the pairs that join nothing."""
        joining = tuple(sorted(self.policy.joining))
        joined = inputs["pairs"] | "Joining" >> beam.Map(with_relations, joining).with_output_types(bytes)
        beside = inputs["pairs"] | "Beside" >> beam.Map(with_relations, joining, True).with_output_types(bytes)
        labels = joined | "Components" >> LabelComponents(self.fingerprint_parts)
        pairs = inputs["pairs"] | "ByPart" >> beam.FlatMap(pairs_by_part, "a", self.fingerprint_parts)
        routed = (
            {"labels": labels, "pairs": pairs, "paths": inputs["paths"]}
            | "Ask" >> beam.CoGroupByKey()
            | "Route"
            >> beam.FlatMapTuple(by_component, self.columns.names).with_output_types(tuple[bytes, list[Node] | bytes])
        )
        known = {"component": routed}
        if self.second_look is not None:
            first = routed | "FirstComponent" >> beam.GroupByKey()
            looks = first | "LookAgain" >> beam.ParDo(_Ask(self)).with_output_types(tuple[bytes, bytes])
            known["again"] = {"looks": looks, "paths": inputs["paths"]} | "SecondLook" >> self.second_look
        # joined by key, not flattened: Flink's fusion of stages fails on a flatten of what is grouped as well
        clustered = known | "Component" >> beam.CoGroupByKey() | "AllOfIt" >> beam.MapTuple(all_of_it)
        out = clustered | "Cluster" >> beam.ParDo(_Cluster(self)).with_outputs(*OUTPUTS)
        others = {"pairs": beside, "paths": inputs["paths"]} | "BesideRows" >> PairRows(
            self.verdicts, self.parts, self.fingerprint_parts
        )
        return {
            "clusters": out["clusters"],
            "pairs": (out["pairs"], others) | "AllPairs" >> beam.Flatten(),
            "conflicts": out["conflicts"],
            "merges": out["merges"],
            "between": out["between"],
        }


class _Ask(beam.DoFn):
    """The pairs of a component that deserve a second look, some at a time, all of one representative."""

    def __init__(self, stage: ClusterPairs) -> None:
        self.policy, self.verdicts, self.scope = stage.policy, stage.verdicts, stage.scope

    def process(self, element: Grouped) -> Iterator[tuple[bytes, bytes]]:
        label, known = element[0], list(element[1])
        if sum(len(some) for some in known if not isinstance(some, bytes)) < FEWEST:
            return
        gathered = Gathered((label, known), self.policy, self.verdicts)
        component = Component(gathered.nodes, gathered.pairs, self.policy, self.verdicts, self.scope, gathered.beside)
        for looks in component.looks():
            for start in range(0, len(looks), LOOKS_AT_ONCE):
                yield label, looks[start : start + LOOKS_AT_ONCE].tobytes()


class _Cluster(beam.DoFn):
    def __init__(self, stage: ClusterPairs) -> None:
        self.policy, self.verdicts, self.parts = stage.policy, stage.verdicts, stage.parts
        self.scope, self.folders = stage.scope, stage.folders
        self.names, self.compared = stage.columns.names, stage.columns.compared

    def process(
        self, element: Grouped
    ) -> Iterator[
        beam.pvalue.TaggedOutput[Literal["clusters"], tuple[int, Row]]
        | beam.pvalue.TaggedOutput[Literal["pairs"], tuple[int, Row]]
        | beam.pvalue.TaggedOutput[Literal["conflicts"], tuple[int, Row]]
        | beam.pvalue.TaggedOutput[Literal["merges"], tuple[int, Row]]
        | beam.pvalue.TaggedOutput[Literal["between"], Between]
    ]:
        gathered = Gathered(element, self.policy, self.verdicts)
        by_key, pairs = gathered.by_key, gathered.pairs
        component = Component(gathered.nodes, pairs, self.policy, self.verdicts, self.scope, gathered.beside)
        rows = list(ClusterRows(component, self.names).rows())
        best = sum(row[REPRESENTATIVE] for row in rows)
        count("ClusterPairs", "clusters", best)
        count("ClusterPairs", "duplicate-images", len(rows) - best)
        count("ClusterPairs", "reclaimable-images", sum(row[RECLAIMABLE] for row in rows))
        for row in rows:
            part = part_of(bytes.fromhex(row[0]), self.parts)
            yield beam.pvalue.TaggedOutput("clusters", (part, row))
        for _, cluster in itertools.groupby(rows if self.names else (), key=lambda row: (row[0], row[OF])):
            yield from self._column_rows(list(cluster))
        for between in self._between(rows, gathered.nodes) if self.folders else ():
            yield beam.pvalue.TaggedOutput("between", between)
        for pair in pairs:
            row = pair_row(pair, by_key[pair.a], by_key[pair.b])
            yield beam.pvalue.TaggedOutput("pairs", (part_of(min(pair.a, pair.b), self.parts), row))

    def _between(self, rows: list[Row], nodes: list[Node]) -> Iterator[Between]:
        """Copies between folders, of all clusters of a component."""
        pixels = {node.uri: node.pixel_hash for node in nodes}
        for _, cluster in itertools.groupby(rows, key=lambda row: (row[0], row[OF])):
            for folders, copies in copies_between([(folder_of(row[URI]), pixels[row[URI]]) for row in cluster]):
                yield folders, (copies.copies, copies.exact)

    def _column_rows(
        self, rows: list[Row]
    ) -> Iterator[
        beam.pvalue.TaggedOutput[Literal["conflicts"], tuple[int, Row]]
        | beam.pvalue.TaggedOutput[Literal["merges"], tuple[int, Row]]
    ]:
        """What the carried columns of one cluster come to."""
        part = part_of(bytes.fromhex(rows[0][0]), self.parts)
        conflicts = list(conflict_rows(rows, self.names, self.compared))
        count("ClusterPairs", "conflicts", len({row[1] for row in conflicts}))
        for row in conflicts:
            yield beam.pvalue.TaggedOutput("conflicts", (part, row))
        merged = merge_row(rows, len(self.names))
        if merged:
            yield beam.pvalue.TaggedOutput("merges", (part, merged))
