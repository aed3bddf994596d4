"""Confirmed pairs in, rows of the pairs table out: of pairs that make no cluster, whose images no component brings
together.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import apache_beam as beam
import numpy as np
import pyarrow as pa

from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.pairs import PAIR, unpack
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Node, Pair
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.fingerprinting.fingerprints_table import keys_of, nodes_of, read_light
from lookalike.transforms.functional.registration.boxes import moved_back
from lookalike.transforms.functional.verification.relations import turned
from lookalike.transforms.io.pair_records import by_part_of
from lookalike.transforms.io.parquet_sink import Row

Known = tuple[Node, bytes]
"""The first image of some pairs, and these, as PAIR records."""


class ConfirmedPairs(TypedDict):
    """pairs: PAIR records. paths: of the fingerprints table, with the number of each part."""

    pairs: beam.PCollection[bytes]
    paths: beam.PCollection[tuple[int, str]]


@dataclasses.dataclass(eq=False)
class PairRows(Stage):
    """Makes rows of the pairs table, each with the number of its part.

    verdicts: what people have decided: a pair that they have decided on is left out. parts: of the pairs table.
    fingerprint_parts: of the fingerprints table.

    Either image of a pair is looked up in the part that it lies in, one after the other.
    """

    verdicts: Verdicts
    parts: int
    fingerprint_parts: int

    def expand(self, inputs: ConfirmedPairs) -> beam.PCollection[tuple[int, Row]]:
        """Look up the first image of each pair, then the second."""
        first = inputs["pairs"] | "ByFirst" >> beam.FlatMap(pairs_by_part, "a", self.fingerprint_parts)
        second = (
            {"pairs": first, "paths": inputs["paths"]}
            | "AskFirst" >> beam.CoGroupByKey()
            | "First" >> beam.FlatMapTuple(self._first).with_output_types(tuple[int, Known])
        )
        return (
            {"known": second, "paths": inputs["paths"]}
            | "AskSecond" >> beam.CoGroupByKey()
            | "Second" >> beam.FlatMapTuple(self._second).with_output_types(tuple[int, Row])
        )

    def _first(self, _: int, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[int, Known]]:
        pairs = np.frombuffer(b"".join(joined["pairs"]), PAIR)
        nodes = found_nodes(joined["paths"], pairs["a"]) if len(pairs) else {}
        rows: dict[bytes, list[int]] = {}
        for row, key in enumerate(pairs["a"].tolist()):
            rows.setdefault(key, []).append(row)
        for key, chosen in rows.items():
            for part, own in pairs_by_part(pairs[chosen].tobytes(), "b", self.fingerprint_parts):
                yield part, (nodes[key], own)

    def _second(self, _: int, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[int, Row]]:
        known: list[Known] = list(joined["known"])
        if not known:
            return
        wanted = np.concatenate([np.frombuffer(packed, PAIR)["b"] for _, packed in known])
        nodes = found_nodes(joined["paths"], wanted)
        for a, packed in known:
            for pair in unpack(packed):
                b = nodes[pair.b]
                if not self.verdicts.concern(a.content_hash, b.content_hash):
                    row = pair_row(as_far_as_compared(pair, a, b), a, b)
                    yield part_of(min(pair.a, pair.b), self.parts), row


def found_nodes(paths: Iterable[str], keys: np.ndarray) -> dict[bytes, Node]:
    """The path of the part of the fingerprints table that some images lie in, and their keys -> the Nodes of these."""
    (path,) = paths
    table, wanted = read_light(path), set(keys.tolist())
    chosen = [key in wanted for key in keys_of(table).tolist()]
    return {node.key: node for node in nodes_of(table.filter(pa.array(chosen, pa.bool_())))}


def pairs_by_part(packed: bytes, end: str, parts: int) -> Iterator[tuple[int, bytes]]:
    """PAIR records -> the same by the part of the fingerprints table that an end of them, 'a' or 'b', lies in."""
    pairs = np.frombuffer(packed, PAIR)
    for part, chosen in by_part_of(pairs[end], parts):
        yield part, pairs[chosen].tobytes()


def as_far_as_compared(pair: Pair, a: Node, b: Node) -> Pair:
    """A pair and its images -> the pair, a 'part' where one of them has several frames: those shown were compared."""
    return pair._replace(match="part") if pair.match == "near" and max(a.frames, b.frames) > 1 else pair


def pair_row(pair: Pair, a: Node, b: Node) -> Row:
    """A Pair and its images -> its row of the pairs table, where uri_a < uri_b; what has a direction turns with it."""
    if b.uri < a.uri:
        pair, a, b = turned_pair(pair, a, b), b, a
    return (a.uri, b.uri, *measured(pair), pair.near_misses)


def measured(pair: Pair) -> Row:
    """A Pair -> its values in a row of the pairs table, behind the images."""
    return (
        pair.match, pair.relation, pair.probability, list(pair.proposed_by), pair.cosine, pair.jaccard, pair.ssim,
        pair.luminance, pair.contrast, pair.structure, pair.overlap, pair.mirrored, list(pair.transform),
        list(pair.worst),
    )  # fmt: skip


def turned_pair(pair: Pair, a: Node, b: Node) -> Pair:
    """A Pair and its images, a and b -> the same from the other side: all that has a direction turns with it."""
    return pair._replace(
        a=pair.b,
        b=pair.a,
        relation=turned(pair.relation),
        transform=inverse_transform(pair.transform),
        overlap=pair.covered,
        covered=pair.overlap,
        laid={1: 2, 2: 1}.get(pair.laid, 0),
        worst=moved_back(pair.worst, pair.transform, (a.width, a.height), (b.width, b.height)),
    )


def inverse_transform(transform: tuple[float, ...]) -> tuple[float, ...]:
    """Six floats of an affine transform -> those of its inverse."""
    a, b, c, d, e, f = transform
    area = a * e - b * d
    return tuple(value / area + 0.0 for value in (e, -b, b * f - c * e, -d, a, c * d - a * f))
