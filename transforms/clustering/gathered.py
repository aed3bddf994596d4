"""Brings together what is known of a connected component: its images, and what was confirmed among them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.clustering.pair_rows import as_far_as_compared
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.keys import KEY_BYTES
from lookalike.transforms.core.pairs import PAIR, unpack
from lookalike.transforms.core.records import Node, Pair
from lookalike.transforms.fingerprinting.fingerprints_table import keys_of, nodes_of, read_light


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
    table = read_light(path, columns)
    chosen = pa.array([key in label_of for key in keys_of(table).tolist()], pa.bool_())
    nodes: dict[bytes, list[Node]] = {}
    for node in nodes_of(table.filter(chosen)):
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


class Gathered:
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
        self.beside = unique_pairs(pair for pair in found if pair.relation not in policy.joining)
        self.pairs = [
            as_far_as_compared(pair, self.by_key[pair.a], self.by_key[pair.b])
            for pair in unique_pairs(pair for pair in found if pair.relation in policy.joining)
            if pair.match != "tie"
            and not verdicts.are_apart(self.by_key[pair.a].content_hash, self.by_key[pair.b].content_hash)
        ]


def unique_pairs(pairs: Iterable[Pair]) -> list[Pair]:
    """Pairs -> each of two images once; what was measured goes before a verdict."""
    best: dict[tuple[bytes, bytes], Pair] = {}
    for pair in sorted(pairs, key=lambda p: p.match == "verdict"):
        best.setdefault((min(pair.a, pair.b), max(pair.a, pair.b)), pair)
    return [best[ends] for ends in sorted(best)]
