"""Confirmed Pairs and all Nodes in, rows of the clusters and pairs tables out."""

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.clustering.components import LabelComponents
from lookalike.transforms.clustering.conflicts import OF, URI, conflict_rows, merge_row
from lookalike.transforms.clustering.folders import Between
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
from lookalike.transforms.core.columns import carried
from lookalike.transforms.core.pairs import ALIGNED, LOOK, PAIR, unpack, with_relations
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.schemas import CLUSTERS, KEY_BYTES, Node, Pair
from lookalike.transforms.core.settings.columns import NOTHING_CARRIED, ColumnsSettings
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.fingerprinting.fingerprints_table import nodes_of, read_light
from lookalike.transforms.functional.clustering.clusters import Bond, Star, star_clusters
from lookalike.transforms.functional.clustering.containment import copies_between
from lookalike.transforms.functional.clustering.second_looks import second_looks
from lookalike.transforms.functional.registration.affine import inverse
from lookalike.transforms.functional.verification.relations import turned
from lookalike.transforms.ingest.folders import folder_of
from lookalike.transforms.ingest.scopes import EVERYWHERE, ScopeRule
from lookalike.transforms.io.parquet_sink import Row

OUTPUTS = ("clusters", "pairs", "conflicts", "merges", "between")
LOOKS_AT_ONCE = 64
"""Images that one representative is compared with in one place: 2 MB of fingerprints."""
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

    policy: which copy is best.
    verdicts: what people have decided. parts: of either table. fingerprint_parts: of the fingerprints table.
    second_look: what compares copies of one picture with its representative where nothing proposed that; None: nobody
    does. columns: which are carried, and in which of them copies should agree. scope: which pairs are asked for.
    folders: copies between folders are counted.

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


def by_component(
    _: int, joined: dict[str, Iterable[Any]], columns: Sequence[str] = ()
) -> Iterator[tuple[bytes, list[Node] | bytes]]:
    """The path of a part, its images with their labels, and PAIR records of which the first lies in it -> the Nodes of
    these images, with the carried columns, and the records, by label; those whose first image is in no component are
    left out.
    """
    labelled = np.frombuffer(b"".join(joined["labels"]), f"V{KEY_BYTES}").reshape(-1, 2)
    if not len(labelled):
        return
    label_of = dict(labelled.tolist())
    (path,) = joined["paths"]
    nodes: dict[bytes, list[Node]] = {}
    for node in nodes_of(read_light(path, columns)):
        if node.key in label_of:
            nodes.setdefault(label_of[node.key], []).append(node)
    yield from nodes.items()
    pairs = np.frombuffer(b"".join(joined["pairs"]), PAIR)
    rows: dict[bytes, list[int]] = {}
    for row, key in enumerate(pairs["a"].tolist()):
        if key in label_of:
            rows.setdefault(label_of[key], []).append(row)
    for label, chosen in rows.items():
        yield label, pairs[chosen].tobytes()


Grouped = tuple[bytes, Iterable[list[Node] | bytes]]
"""The label of a component, its images, and PAIR records, also of relations that join nothing."""


def all_of_it(label: bytes, known: dict[str, Iterable[list[Node] | bytes]]) -> Grouped:
    """A component as it was routed and what a second look confirmed in it -> all of both."""
    return label, [some for kind in sorted(known) for some in known[kind]]


class _Gathered:
    """What is known of a component. nodes: best copy first. pairs: that join. beside: that don't, of images of which
    one may lie in another component. by_key: the nodes.
    """

    def __init__(self, grouped: Grouped, policy: Policy, verdicts: Verdicts) -> None:
        self.nodes: list[Node] = []
        found: list[Pair] = []
        for some in grouped[1]:
            if isinstance(some, bytes):
                found += unpack(some)
            else:
                self.nodes += some
        self.nodes.sort(key=policy)
        self.by_key = {node.key: node for node in self.nodes}
        self.beside = [pair for pair in found if pair.relation not in policy.joining]
        self.pairs = [
            as_far_as_compared(pair, self.by_key[pair.a], self.by_key[pair.b])
            for pair in unique_pairs(pair for pair in found if pair.relation in policy.joining)
            if pair.match != "tie"
            and not verdicts.are_apart(self.by_key[pair.a].content_hash, self.by_key[pair.b].content_hash)
        ]


class _Ask(beam.DoFn):
    """The pairs of a component that deserve a second look, some at a time, all of one representative."""

    def __init__(self, stage: ClusterPairs) -> None:
        self.policy, self.verdicts, self.scope = stage.policy, stage.verdicts, stage.scope

    def process(self, element: Grouped) -> Iterator[tuple[bytes, bytes]]:
        gathered = _Gathered(element, self.policy, self.verdicts)
        component = Component(gathered.nodes, gathered.pairs, self.policy, self.verdicts, scope=self.scope)
        for looks in component.looks(gathered.beside):
            for start in range(0, len(looks), LOOKS_AT_ONCE):
                yield element[0], looks[start : start + LOOKS_AT_ONCE].tobytes()


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
        gathered = _Gathered(element, self.policy, self.verdicts)
        by_key, pairs = gathered.by_key, gathered.pairs
        rows = list(Component(gathered.nodes, pairs, self.policy, self.verdicts, self.names, self.scope).rows())
        best = sum(row[REPRESENTATIVE] for row in rows)
        count("ClusterPairs", "clusters", best)
        count("ClusterPairs", "duplicate-images", len(rows) - best)
        count("ClusterPairs", "reclaimable-images", sum(row[RECLAIMABLE] for row in rows))
        for row in rows:
            part = part_of(bytes.fromhex(row[0]), self.parts)
            yield beam.pvalue.TaggedOutput("clusters", (part, row))
        for _, cluster in itertools.groupby(rows if self.names else (), key=lambda row: (row[0], row[OF])):
            yield from self._said(list(cluster))
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

    def _said(
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


def unique_pairs(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs -> each of two images once; what was measured goes before a verdict."""
    best: dict[tuple[bytes, bytes], Pair] = {}
    for pair in sorted(pairs, key=lambda p: p.match == "verdict"):
        best.setdefault((min(pair.a, pair.b), max(pair.a, pair.b)), pair)
    return [best[ends] for ends in sorted(best)]


def bond_of(pair: Pair) -> Bond:
    """What ties the images of a pair; of a verdict nothing was measured, and a person's word makes them alike."""
    alike = 1.0 if pair.match == "verdict" else max(pair.ssim, 0.0)
    return Bond(pair.relation, pair.probability, min(pair.overlap, pair.covered), pair.cut, alike)


class Component:
    """One connected component: images, best copy first, and what was confirmed among them.

    Images of equal pixels are one node to the clustering, its head being the best of them: what is confirmed for one
    is confirmed for all. Only a verdict can part them, and where pairs are asked for across scopes, these do. Verdicts
    are looked up by the content that they concern, so that they cost nothing elsewhere.
    """

    def __init__(
        self,
        nodes: list[Node],
        pairs: list[Pair],
        policy: Policy,
        verdicts: Verdicts,
        names: Sequence[str] = (),
        scope: ScopeRule = EVERYWHERE,
    ) -> None:
        """`pairs`: without those that verdicts keep apart. names: of carried columns. scope: which pairs are asked
        for.
        """
        self.nodes, self.policy, self.verdicts, self.names = nodes, policy, verdicts, names
        self.scopes, self.rule = [scope.of_node(node) for node in nodes], scope
        self.groups: dict[int, list[int]] = {}
        self.heads_of: dict[bytes, list[int]] = {}
        self.heads_in: dict[tuple[bytes, int], list[int]] = {}
        self.holding: dict[bytes, dict[tuple[bytes, int], int]] = {}
        for index, node in enumerate(nodes):
            head = self._head_for(index, node)
            self.groups.setdefault(head, []).append(index)
        self.apart = self._apart_heads()
        self.pixels = {node.key: node.pixel_hash for node in nodes}
        self.evidence = self._evidence(pairs)

    def _head_for(self, index: int, node: Node) -> int:
        """The first head of the same pixels and scope whose group holds nothing that is apart from the node; else
        itself.
        """
        pixels = (node.pixel_hash, self.scopes[index])
        heads = self.heads_in.setdefault(pixels, [])
        concerned = self.verdicts.apart_from(node.content_hash)
        if not concerned:
            return heads[0] if heads else self._new_head(index, pixels)
        # one content has one head among equal pixels: what refuses a node refuses its copies
        holding = self.holding.setdefault(node.content_hash, {})
        head = holding.get(pixels)
        if head is None:
            refused = {self.holding[other].get(pixels) for other in concerned if other in self.holding}
            head = next((head for head in heads if head not in refused), index)
            holding[pixels] = self._new_head(index, pixels) if head == index else head
        return holding[pixels]

    def _new_head(self, index: int, pixels: tuple[bytes, int]) -> int:
        self.heads_in.setdefault(pixels, []).append(index)
        self.heads_of.setdefault(pixels[0], []).append(index)
        return index

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
            for x, y in self._heads_between(a, b):
                ends = (min(x, y), max(x, y))
                if x != y and ends not in self.apart and self._are_asked_for(x, y):
                    evidence.setdefault(ends, pair)
        return evidence

    def _heads_between(self, a: bytes, b: bytes) -> Iterator[tuple[int, int]]:
        """Heads of two pixel hashes. Where each scope has heads of its own there can be many of either: then the best
        two of one, which are of two scopes, meet all of the other.
        """
        some, others = self.heads_of[a], self.heads_of[b]
        if not self.rule:
            return itertools.product(some, others)
        return itertools.chain(itertools.product(some[:2], others), itertools.product(some[2:], others[:2]))

    def _are_asked_for(self, x: int, y: int) -> bool:
        return self.rule.allows(self.scopes[x], self.scopes[y])

    @functools.cached_property
    def bonds(self) -> dict[tuple[int, int], Bond]:
        """What ties the heads, by their numbers in order."""
        number = {head: i for i, head in enumerate(sorted(self.groups))}
        return {(number[a], number[b]): bond_of(pair) for (a, b), pair in self.evidence.items()}

    @functools.cached_property
    def stars(self) -> list[Star]:
        """Of heads, by their numbers in order."""
        number = {head: i for i, head in enumerate(sorted(self.groups))}
        apart = frozenset((number[a], number[b]) for a, b in self.apart)
        keys = [self.policy.tier(self.nodes[head]) for head in sorted(self.groups)]
        tiers = itertools.accumulate((key != before for before, key in itertools.pairwise(keys)), initial=0)
        return star_clusters(len(self.groups), self.bonds, apart, list(tiers))

    def looks(self, beside: list[Pair]) -> Iterator[np.ndarray]:
        """For each star, LOOK records of images that may match its representative.

        beside: pairs of which something else was found than that they join.
        """
        heads = sorted(self.groups)
        number = {head: i for i, head in enumerate(heads)}
        known = {(number[a], number[b]) for a, b in self.apart}
        for a, b in self._evidence([pair for pair in beside if pair.a in self.pixels and pair.b in self.pixels]):
            known.add((number[a], number[b]))
        found = second_looks(self.bonds, [star.representative for star in self.stars], known)
        for _, looks in itertools.groupby(found, key=lambda look: look.representative):
            ends = [(heads[look.node], heads[look.through], heads[look.representative]) for look in looks]
            yield np.array([self._look(*three) for three in ends if self._may_match(*three)], LOOK)

    def _may_match(self, node: int, through: int, best: int) -> bool:
        aligned = all(self._pair(through, end).match in ALIGNED for end in (node, best))
        return aligned and self._are_asked_for(node, best)

    def _look(self, node: int, through: int, best: int) -> tuple[bytes, bytes, np.ndarray]:
        if self.nodes[best].key < self.nodes[node].key:
            node, best = best, node
        guess = self._transform(through, best) @ self._transform(node, through)
        return self.nodes[node].key, self.nodes[best].key, guess[:2].ravel()

    def _pair(self, x: int, y: int) -> Pair:
        return self.evidence[min(x, y), max(x, y)]

    def _transform(self, x: int, y: int) -> np.ndarray:
        """(3, 3): from pixels of one head to those of another that it is tied to."""
        pair = self._pair(x, y)
        matrix = np.vstack([np.reshape(pair.transform, (2, 3)), (0.0, 0.0, 1.0)])
        # the pair may be another's of equal pixels
        return matrix if self.pixels[pair.a] == self.nodes[x].pixel_hash else inverse(matrix)

    def rows(self) -> Iterator[Row]:
        """Rows of the clusters table."""
        heads, stars = sorted(self.groups), self.stars
        in_star = {heads[member] for star in stars for member in star.members}
        for star in stars:
            yield from self._star_rows(heads[star.representative], [heads[m] for m in star.members])
        for head in heads:
            if len(self.groups[head]) > 1 and head not in in_star and self._are_asked_for(head, head):
                yield from self._star_rows(head, [head])

    def _star_rows(self, head: int, members: list[int]) -> Iterator[Row]:
        """One cluster's rows. `head` is the best of its equals, and so the representative."""
        best = self.nodes[head]
        equals = self.groups[head] if self._are_asked_for(head, head) else [head]
        others = (i for member in members if member != head for i in self.groups[member])
        chosen = sorted([*equals, *others])
        head_of = {i: member for member in members for i in self.groups[member]}
        name = self._name(head)
        reclaimed = self._reclaimed(head, [i for i in chosen if i != head], head_of)
        for i in chosen:
            node = self.nodes[i]
            if head_of[i] == head or (self.rule and node.pixel_hash == best.pixel_hash):
                match = "exact" if node.content_hash == best.content_hash else "pixels"
                scores, relation = (1.0, 1.0, 1.0), "same"
            else:
                pair = self._pair(head, head_of[i])
                match, scores = ("near" if pair.match in ("exact", "pixels") else pair.match), pair[4:7]
                # the pair may be another's of equal pixels
                relation = turned(pair.relation) if self.pixels[pair.a] == best.pixel_hash else pair.relation
            yield (
                name, node.uri, i == head, best.uri, *scores, match, relation, len(chosen),
                node.width, node.height, node.bytes, i in reclaimed.members, reclaimed.bytes,
                self._reason(head, i, chosen), *carried(self.names, node.columns or {}),
            )  # fmt: skip

    def _name(self, head: int) -> str:
        """The id of the cluster of a representative: where there are scopes, each may have one of the same content."""
        scope = self.scopes[head].to_bytes(8, "big") if self.rule else b""
        return hashlib.blake2b(self.nodes[head].content_hash + scope, digest_size=16).hexdigest()

    def _reclaimed(self, head: int, others: list[int], head_of: dict[int, int]) -> Reclaimed:
        best = self.nodes[head]
        ties = []
        for i in others:
            equal = head_of[i] == head or (self.rule and self.nodes[i].pixel_hash == best.pixel_hash)
            pair = None if equal else self._pair(head, head_of[i])
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
