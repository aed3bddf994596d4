"""Confirmed Pairs and all Nodes in, rows of the clusters and pairs tables out."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.clustering.components import LabelComponents
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.clustering.pair_rows import (
    ConfirmedPairs,
    PairRows,
    as_far_as_compared,
    pair_row,
    pairs_by_part,
)
from lookalike.transforms.clustering.reclaiming import Reclaimed, Tie, reclaim
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.pairs import PAIR, unpack, with_relations
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.schemas import CLUSTERS, KEY_BYTES, Node, Pair
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.fingerprinting.fingerprints_table import nodes_of, read_light
from lookalike.transforms.functional.clustering.clusters import Bond, star_clusters
from lookalike.transforms.functional.verification.relations import turned
from lookalike.transforms.io.parquet_sink import Row

OUTPUTS = ("clusters", "pairs")
REPRESENTATIVE, RECLAIMABLE = (CLUSTERS.get_field_index(name) for name in ("is_representative", "reclaimable"))


class ClusteredRows(TypedDict):
    """Rows of the clusters table and of the pairs table, each with the number of the part that it goes to."""

    clusters: beam.PCollection[tuple[int, Row]]
    pairs: beam.PCollection[tuple[int, Row]]


@dataclasses.dataclass(eq=False)
class ClusterPairs(Stage):
    """Makes clusters of confirmed pairs, chooses the copy of each that is kept, and says which of the others may go.

    policy: which copy is best.
    verdicts: what people have decided. parts: of either table. fingerprint_parts: of the fingerprints table.

    Each connected component, of the relations that make clusters, is clustered by itself, in memory. Pairs of other
    relations make rows of the pairs table and nothing else.
    """

    policy: Policy
    verdicts: Verdicts
    parts: int
    fingerprint_parts: int

    def expand(self, inputs: ConfirmedPairs) -> ClusteredRows:
        """Bring each component's images and pairs together, and cluster it; list the pairs that join nothing."""
        joining = tuple(sorted(self.policy.joining))
        joined = inputs["pairs"] | "Joining" >> beam.Map(with_relations, joining).with_output_types(bytes)
        beside = inputs["pairs"] | "Beside" >> beam.Map(with_relations, joining, True).with_output_types(bytes)
        labels = joined | "Components" >> LabelComponents(self.fingerprint_parts)
        pairs = joined | "ByPart" >> beam.FlatMap(pairs_by_part, "a", self.fingerprint_parts)
        clustered = (
            {"labels": labels, "pairs": pairs, "paths": inputs["paths"]}
            | "Ask" >> beam.CoGroupByKey()
            | "Route" >> beam.FlatMapTuple(by_component).with_output_types(tuple[bytes, list[Node] | bytes])
            | "Component" >> beam.GroupByKey()
        )
        out = clustered | "Cluster" >> beam.ParDo(_Cluster(self)).with_outputs(*OUTPUTS)
        others = {"pairs": beside, "paths": inputs["paths"]} | "BesideRows" >> PairRows(
            self.verdicts, self.parts, self.fingerprint_parts
        )
        return {"clusters": out["clusters"], "pairs": (out["pairs"], others) | "AllPairs" >> beam.Flatten()}


def by_component(_: int, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[bytes, list[Node] | bytes]]:
    """The path of a part, its images with their labels, and PAIR records of which the first lies in it -> the Nodes of
    these images, and the records, by label.
    """
    labelled = np.frombuffer(b"".join(joined["labels"]), f"V{KEY_BYTES}").reshape(-1, 2)
    if not len(labelled):
        return
    label_of = dict(labelled.tolist())
    (path,) = joined["paths"]
    nodes: dict[bytes, list[Node]] = {}
    for node in nodes_of(read_light(path)):
        if node.key in label_of:
            nodes.setdefault(label_of[node.key], []).append(node)
    yield from nodes.items()
    pairs = np.frombuffer(b"".join(joined["pairs"]), PAIR)
    rows: dict[bytes, list[int]] = {}
    for row, key in enumerate(pairs["a"].tolist()):
        rows.setdefault(label_of[key], []).append(row)
    for label, chosen in rows.items():
        yield label, pairs[chosen].tobytes()


class _Cluster(beam.DoFn):
    def __init__(self, stage: ClusterPairs) -> None:
        self.policy, self.verdicts, self.parts = stage.policy, stage.verdicts, stage.parts

    def process(
        self, element: tuple[bytes, Iterable[list[Node] | bytes]]
    ) -> Iterator[
        beam.pvalue.TaggedOutput[Literal["clusters"], tuple[int, Row]]
        | beam.pvalue.TaggedOutput[Literal["pairs"], tuple[int, Row]]
    ]:
        nodes: list[Node] = []
        found: list[Pair] = []
        for some in element[1]:
            if isinstance(some, bytes):
                found += unpack(some)
            else:
                nodes += some
        nodes.sort(key=self.policy)
        by_key = {node.key: node for node in nodes}
        pairs = [
            as_far_as_compared(pair, by_key[pair.a], by_key[pair.b])
            for pair in unique_pairs(found)
            if not self.verdicts.are_apart(by_key[pair.a].content_hash, by_key[pair.b].content_hash)
        ]
        rows = list(Component(nodes, pairs, self.policy, self.verdicts).rows())
        best = sum(row[REPRESENTATIVE] for row in rows)
        count("ClusterPairs", "clusters", best)
        count("ClusterPairs", "duplicate-images", len(rows) - best)
        count("ClusterPairs", "reclaimable-images", sum(row[RECLAIMABLE] for row in rows))
        for row in rows:
            part = part_of(bytes.fromhex(row[0]), self.parts)
            yield beam.pvalue.TaggedOutput("clusters", (part, row))
        for pair in pairs:
            row = pair_row(pair, by_key[pair.a], by_key[pair.b])
            yield beam.pvalue.TaggedOutput("pairs", (part_of(min(pair.a, pair.b), self.parts), row))


def unique_pairs(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs -> each of two images once; what was measured goes before a verdict."""
    best: dict[tuple[bytes, bytes], Pair] = {}
    for pair in sorted(pairs, key=lambda p: p.match == "verdict"):
        best.setdefault((min(pair.a, pair.b), max(pair.a, pair.b)), pair)
    return [best[ends] for ends in sorted(best)]


class Component:
    """One connected component: images, best copy first, and what was confirmed among them.

    Images of equal pixels are one node to the clustering, its head being the best of them: what is confirmed for one
    is confirmed for all. Only a verdict can part them. Verdicts are looked up by the content that they concern, so that
    they cost nothing elsewhere.
    """

    def __init__(self, nodes: list[Node], pairs: list[Pair], policy: Policy, verdicts: Verdicts) -> None:
        """`pairs`: without those that verdicts keep apart."""
        self.nodes, self.policy, self.verdicts = nodes, policy, verdicts
        self.groups: dict[int, list[int]] = {}
        self.heads_of: dict[bytes, list[int]] = {}
        self.holding: dict[bytes, dict[bytes, int]] = {}
        for index, node in enumerate(nodes):
            head = self._head_for(index, node)
            self.groups.setdefault(head, []).append(index)
        self.apart = self._apart_heads()
        self.pixels = {node.key: node.pixel_hash for node in nodes}
        self.evidence = self._evidence(pairs)

    def _head_for(self, index: int, node: Node) -> int:
        """The first head of the same pixels whose group holds nothing that is apart from the node; else itself."""
        heads = self.heads_of.setdefault(node.pixel_hash, [])
        concerned = self.verdicts.apart_from(node.content_hash)
        if not concerned:
            if not heads:
                heads.append(index)
            return heads[0]
        # one content has one head among equal pixels: what refuses a node refuses its copies
        holding = self.holding.setdefault(node.content_hash, {})
        head = holding.get(node.pixel_hash)
        if head is None:
            refused = {self.holding[other].get(node.pixel_hash) for other in concerned if other in self.holding}
            head = next((head for head in heads if head not in refused), index)
            if head == index:
                heads.append(index)
            holding[node.pixel_hash] = head
        return head

    def _apart_heads(self) -> frozenset[tuple[int, int]]:
        """Heads a < b of groups between which there is a verdict."""
        return frozenset(
            (min(a, b), max(a, b))
            for content, holding in self.holding.items()
            for other in self.verdicts.apart_from(content)
            if other in self.holding
            for a in holding.values()
            for b in self.holding[other].values()
        )

    def _evidence(self, pairs: list[Pair]) -> dict[tuple[int, int], Pair]:
        """Heads a < b -> the first of the pairs between images of their pixels."""
        evidence: dict[tuple[int, int], Pair] = {}
        first: dict[tuple[bytes, bytes], Pair] = {}
        for pair in pairs:
            a, b = self.pixels[pair.a], self.pixels[pair.b]
            first.setdefault((min(a, b), max(a, b)), pair)
        for (a, b), pair in first.items():
            for x in self.heads_of[a]:
                for y in self.heads_of[b]:
                    ends = (min(x, y), max(x, y))
                    if x != y and ends not in self.apart:
                        evidence.setdefault(ends, pair)
        return evidence

    def rows(self) -> Iterator[Row]:
        """Rows of the clusters table."""
        heads = sorted(self.groups)
        number = {head: i for i, head in enumerate(heads)}
        bonds = {
            (number[a], number[b]): Bond(pair.relation, pair.probability, min(pair.overlap, pair.covered), pair.cut)
            for (a, b), pair in self.evidence.items()
        }
        apart = frozenset((number[a], number[b]) for a, b in self.apart)
        stars = star_clusters(len(heads), bonds, apart)
        in_star = {heads[member] for star in stars for member in star.members}
        for star in stars:
            yield from self._star_rows(heads[star.representative], [heads[m] for m in star.members])
        for head in heads:
            if len(self.groups[head]) > 1 and head not in in_star:
                yield from self._star_rows(head, [head])

    def _star_rows(self, head: int, members: list[int]) -> Iterator[Row]:
        """One cluster's rows. `head` is the best of its equals, and so the representative."""
        best = self.nodes[head]
        chosen = sorted(i for member in members for i in self.groups[member])
        head_of = {i: member for member in members for i in self.groups[member]}
        name = hashlib.blake2b(best.content_hash, digest_size=16).hexdigest()
        reclaimed = self._reclaimed(head, [i for i in chosen if i != head], head_of)
        for i in chosen:
            node = self.nodes[i]
            if head_of[i] == head:
                match = "exact" if node.content_hash == best.content_hash else "pixels"
                scores, relation = (1.0, 1.0, 1.0), "same"
            else:
                pair = self.evidence[min(head, head_of[i]), max(head, head_of[i])]
                match, scores = ("near" if pair.match in ("exact", "pixels") else pair.match), pair[4:7]
                # the pair may be another's of equal pixels
                relation = turned(pair.relation) if self.pixels[pair.a] == best.pixel_hash else pair.relation
            yield (
                name, node.uri, i == head, best.uri, *scores, match, relation, len(chosen),
                node.width, node.height, node.bytes, i in reclaimed.members, reclaimed.bytes,
                self._reason(head, i, chosen),
            )  # fmt: skip

    def _reclaimed(self, head: int, others: list[int], head_of: dict[int, int]) -> Reclaimed:
        best = self.nodes[head]
        ties = []
        for i in others:
            pair = self.evidence[min(head, head_of[i]), max(head, head_of[i])] if head_of[i] != head else None
            ties.append(Tie(i, self.nodes[i], pair, pair is not None and self.pixels[pair.a] == best.pixel_hash))
        return reclaim(best, ties, self.policy)

    def _reason(self, head: int, index: int, chosen: list[int]) -> str:
        """Why an image is kept or not, in words."""
        nodes = self.nodes
        if index == head:
            worse = next((i for i in chosen if i > head), None)
            return "kept: " + (
                "the only one to match all" if worse is None else self.policy.reason(nodes[head], nodes[worse])
            )
        why = self.policy.reason(nodes[head], nodes[index])
        if index < head:
            return f"{why}, but it does not match every other member as well as the kept copy"
        return f"{why} in the kept copy"
