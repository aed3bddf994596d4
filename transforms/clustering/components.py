"""Confirmed pairs in, the connected component of each image out; no worker sees all edges.

One round of large-star and small-star makes stars of nearly all components: a picture and its copies are not far from
one. The edges of the others are labelled in one place.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import apache_beam as beam
import numpy as np

from lookalike.transforms.core.pairs import ends_of
from lookalike.transforms.core.partitions import parts_of_heads
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.clustering.clusters import components
from lookalike.transforms.functional.clustering.stars import large_star, settle, small_star
from lookalike.transforms.io.pair_records import halves

OPEN = "open"

Some = tuple[int, bytes]
"""A part of all images in order of key, and (k, 2) V16 of it: edges, of which the first end lies in the part."""


@dataclasses.dataclass(eq=False)
class LabelComponents(Stage):
    """Finds the connected component of every image that a pair joins to another.

    PAIR records -> Some, in which each image of a pair is followed by its label: the lowest key of its component.

    parts: what the images are divided into.
    """

    parts: int

    def expand(self, pairs: beam.PCollection[bytes]) -> beam.PCollection[Some]:
        """One round of stars, then the components that are still open in one place."""
        edges = pairs | "Edges" >> beam.FlatMap(self._edges).with_output_types(Some)
        stars = edges | "LargeStar" >> _Step(large_star, self.parts) | "SmallStar" >> _Step(small_star, self.parts)
        settled = (
            stars
            | "BothWays" >> beam.FlatMapTuple(self._both_ways).with_output_types(Some)
            | "Neighbours" >> beam.GroupByKey()
            | "Settle" >> beam.FlatMapTuple(_settle).with_outputs(OPEN, main="settled")
        )
        lowest = settled[OPEN] | "OnePlace" >> beam.GroupByKey() | "Components" >> beam.MapTuple(_labelled)
        return settled.settled | "Label" >> beam.MapTuple(
            _relabelled, lowest=beam.pvalue.AsIter(lowest)
        ).with_output_types(Some)

    def _edges(self, packed: bytes) -> Iterator[Some]:
        yield from by_part(both_ways(ends_of(packed)), self.parts)

    def _both_ways(self, _: int, edges: bytes) -> Iterator[Some]:
        yield from by_part(both_ways(joined([edges])), self.parts)


@dataclasses.dataclass(eq=False)
class _Step(Stage):
    """Edges by part -> what a function of them, by numbers in order of key, makes of those of each part."""

    function: Callable[[np.ndarray], np.ndarray]
    parts: int

    def expand(self, edges: beam.PCollection[Some]) -> beam.PCollection[Some]:
        """Apply the function to each part."""
        return edges | beam.GroupByKey() | beam.FlatMapTuple(self._apply).with_output_types(Some)

    def _apply(self, _: int, edges: Iterable[bytes]) -> Iterator[Some]:
        names, place = ranked(joined(edges).reshape(-1))
        yield from by_part(names[self.function(place.reshape(-1, 2))], self.parts)


def _settle(
    part: int, edges: Iterable[bytes]
) -> Iterator[Some | beam.pvalue.TaggedOutput[Literal["open"], tuple[int, bytes]]]:
    names, place = ranked(joined(edges).reshape(-1))
    settled = settle(place.reshape(-1, 2))
    yield part, names[np.stack([settled.nodes, settled.labels], 1)].tobytes()
    if len(settled.open):
        yield beam.pvalue.TaggedOutput(OPEN, (0, names[settled.open].tobytes()))


def _labelled(_: int, edges: Iterable[bytes]) -> bytes:
    return label(joined(edges))


def label(edges: np.ndarray) -> bytes:
    """(k, 2) V16 edges -> their nodes in order of key, each followed by the lowest of its component."""
    names, place = ranked(edges.reshape(-1))
    lowest = components(len(names), place.reshape(-1, 2))
    return names[np.stack([np.arange(len(names)), lowest], 1)].tobytes()


def _relabelled(part: int, labelled: bytes, lowest: Iterable[bytes] = ()) -> Some:
    images = joined([labelled])
    known = joined(lowest)
    nodes, labels = known[:, 0], known[:, 1]
    at = places(nodes, images[:, 1])
    found = at >= 0
    images[found, 1] = labels[at[found]]
    return part, images.tobytes()


def joined(blobs: Iterable[bytes]) -> np.ndarray:
    """Packed edges -> (k, 2) V16."""
    return np.frombuffer(bytearray().join(blobs), "V16").reshape(-1, 2)


def both_ways(edges: np.ndarray) -> np.ndarray:
    """(k, 2) edges -> (2k, 2), each from either of its ends."""
    return np.concatenate([edges, edges[:, ::-1]])


def by_part(edges: np.ndarray, parts: int) -> Iterator[Some]:
    """(k, 2) V16 edges -> the same by the parts of their first ends, in order."""
    part = parts_of_heads(halves(edges[:, 0])[:, 0], parts)
    order = np.argsort(part, kind="stable")
    numbers, start = np.unique(part[order], return_index=True)
    for number, chosen in zip(numbers.tolist(), np.split(order, start[1:]), strict=False):
        yield number, edges[chosen].tobytes()


def ranked(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m,) V16 keys -> (n,) V16 in order and each once, and (m,) int64 the place of each there."""
    high, low = halves(keys).T
    order = np.lexsort((low, high))
    high, low = high[order], low[order]
    fresh = np.r_[True, (high[1:] != high[:-1]) | (low[1:] != low[:-1])] if len(order) else np.zeros(0, bool)
    place = np.empty(len(order), np.int64)
    place[order] = np.cumsum(fresh) - 1
    return keys[order[fresh]], place


def places(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(n,) V16 keys in order, each once, and (k,) V16 -> (k,) int64 the place of each among the keys, or -1."""
    if not len(keys):
        return np.full(len(wanted), -1)
    (high, low), (wanted_high, wanted_low) = halves(keys).T, halves(wanted).T
    at = np.minimum(np.searchsorted(high, wanted_high), len(keys) - 1)
    while True:  # keys of one first half stand together
        on = (high[at] == wanted_high) & (low[at] < wanted_low) & (at + 1 < len(keys))
        if not on.any():
            return np.where((high[at] == wanted_high) & (low[at] == wanted_low), at, -1)
        at[on] += 1
