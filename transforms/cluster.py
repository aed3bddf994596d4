"""Confirmed Pairs and all Nodes in, rows of the clusters and pairs tables out."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np

from transforms.functional.clustering import components, star_clusters
from transforms.output import Row
from transforms.partitions import part_of
from transforms.quality import QualityOrder
from transforms.schemas import KEY_BYTES, Node, Pair

OUTPUTS = ("clusters", "pairs")


@dataclasses.dataclass(eq=False)
class ClusterPairs(beam.PTransform):
    """{'pairs', 'nodes'} -> {'clusters', 'pairs'}: (part, row) of either table.

    prefer: what makes the better copy, most important first (`quality.CRITERIA`). parts: of either table.

    The edges of all components pass one worker, 32 bytes each, as a SciPy graph: 10^8 edges in about 10 GB.
    Each component is then clustered by itself.
    """

    prefer: tuple[str, ...] = ("pixels", "compression", "oldest", "uri")
    parts: int = 1

    def __post_init__(self) -> None:
        """Refuse unknown criteria."""
        self.prefer = tuple(self.prefer)
        QualityOrder(self.prefer)

    def expand(self, inputs):
        """See the class."""
        labels = (
            inputs["pairs"]
            | "Edges" >> beam.Map(_edge).with_output_types(tuple[int, bytes])
            | "OnePlace" >> beam.GroupByKey()
            | "Components" >> beam.FlatMapTuple(component_labels)
        )
        parts_of_component = (
            {
                "labels": labels,
                "nodes": inputs["nodes"] | "KeyNodes" >> beam.Map(_keyed_node),
                "pairs": inputs["pairs"] | "KeyPairs" >> beam.Map(_keyed_pair),
            }
            | "Label" >> beam.CoGroupByKey()
            | "Route" >> beam.FlatMapTuple(_route)
            | "Component" >> beam.GroupByKey()
        )
        out = parts_of_component | "Cluster" >> beam.ParDo(_Cluster(self.prefer, self.parts)).with_output_types(
            Any
        ).with_outputs(*OUTPUTS)
        return {name: out[name] for name in OUTPUTS}


def _edge(pair: Pair) -> tuple[int, bytes]:
    return 0, pair.a + pair.b


def component_labels(_: int, edges: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Edges as two keys each -> (key, lowest key of its component) of every image that has an edge."""
    keys = np.frombuffer(b"".join(edges), f"V{KEY_BYTES}").tolist()
    names = sorted(set(keys))
    index = {name: i for i, name in enumerate(names)}
    ends = np.array([index[key] for key in keys], np.int32).reshape(-1, 2)
    for name, lowest in zip(names, components(len(names), ends).tolist(), strict=True):
        yield name, names[lowest]


def _keyed_node(node: Node) -> tuple[bytes, Node]:
    return node.key, node


def _keyed_pair(pair: Pair) -> tuple[bytes, Pair]:
    return pair.a, pair


def _route(_: bytes, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[bytes, Node | Pair]]:
    """Whatever belongs to one image, and the label of its component if it has one -> the same by component."""
    for label in joined["labels"]:
        for kind in ("nodes", "pairs"):
            for record in joined[kind]:
                yield label, record


class _Cluster(beam.DoFn):
    def __init__(self, prefer: tuple[str, ...], parts: int) -> None:
        self.order, self.parts = QualityOrder(prefer), parts

    def process(self, element: tuple[bytes, Iterable[Node | Pair]]) -> Iterator[Any]:
        records = list(element[1])
        nodes = sorted((r for r in records if isinstance(r, Node)), key=self.order)
        pairs = [r for r in records if isinstance(r, Pair)]
        for row in cluster_rows(nodes, pairs):
            part = part_of(bytes.fromhex(row[0]), self.parts)
            yield beam.pvalue.TaggedOutput("clusters", (part, row))
        uris = {node.key: node.uri for node in nodes}
        for pair in pairs:
            yield beam.pvalue.TaggedOutput("pairs", (part_of(pair.a, self.parts), pair_row(pair, uris)))


def cluster_rows(nodes: list[Node], pairs: list[Pair]) -> Iterator[Row]:
    """Nodes of one component, best copy first, and its confirmed pairs -> rows of the clusters table.

    Images of equal pixels are one node to the clustering: what is confirmed for one is confirmed for all.
    """
    first: dict[bytes, int] = {}
    for index, node in enumerate(nodes):
        first.setdefault(node.pixel_hash, index)
    stands = [first[node.pixel_hash] for node in nodes]
    index_of = {node.key: index for index, node in enumerate(nodes)}
    evidence: dict[tuple[int, int], Pair] = {}
    for pair in pairs:
        a, b = sorted((stands[index_of[pair.a]], stands[index_of[pair.b]]))
        if a != b:
            evidence[a, b] = pair
    heads = sorted(set(stands))
    number = {head: i for i, head in enumerate(heads)}
    edges = {(number[a], number[b]): min(pair.overlap, pair.covered) for (a, b), pair in evidence.items()}
    stars = star_clusters(len(heads), edges)
    in_star = {heads[member] for star in stars for member in star.members}
    for star in stars:
        yield from _star_rows(nodes, stands, evidence, heads[star.representative], {heads[m] for m in star.members})
    for head in sorted(set(stands[i] for i in range(len(nodes)) if stands[i] != i) - in_star):
        yield from _star_rows(nodes, stands, evidence, head, {head})


def _star_rows(
    nodes: list[Node], stands: list[int], evidence: dict[tuple[int, int], Pair], head: int, members: set[int]
) -> Iterator[Row]:
    """One cluster's rows. `head` is the best of its equals, and so the representative."""
    representative = nodes[head]
    chosen = [i for i, stand in enumerate(stands) if stand in members]
    name = hashlib.blake2b(representative.content_hash, digest_size=16).hexdigest()
    reclaimable = sum(nodes[i].bytes for i in chosen) - representative.bytes
    for i in chosen:
        node = nodes[i]
        if stands[i] == head:
            match = "exact" if node.content_hash == representative.content_hash else "pixels"
            scores = (1.0, 1.0, 1.0)
        else:
            pair = evidence[min(head, stands[i]), max(head, stands[i])]
            match, scores = "near", (pair.cosine, pair.jaccard, pair.ssim)
        yield (
            name, node.uri, i == head, representative.uri, *scores, match, len(chosen),
            node.width, node.height, node.bytes, reclaimable,
        )  # fmt: skip


def pair_row(pair: Pair, uris: dict[bytes, str]) -> Row:
    """A Pair -> its row of the pairs table, where uri_a < uri_b; the transform is turned round with it."""
    uri_a, uri_b = uris[pair.a], uris[pair.b]
    transform, overlap = pair.transform, pair.overlap
    if uri_b < uri_a:
        uri_a, uri_b = uri_b, uri_a
        transform = inverse_transform(transform)
        overlap = pair.covered
    return (
        uri_a, uri_b, pair.match, list(pair.proposed_by), pair.cosine, pair.jaccard, pair.ssim,
        pair.luminance, pair.contrast, pair.structure, overlap, pair.mirrored, list(transform),
    )  # fmt: skip


def inverse_transform(transform: tuple[float, ...]) -> tuple[float, ...]:
    """Six floats of an affine transform -> those of its inverse."""
    square = np.vstack([np.reshape(transform, (2, 3)), (0, 0, 1)])
    return tuple(np.linalg.inv(square)[:2].ravel().tolist())
