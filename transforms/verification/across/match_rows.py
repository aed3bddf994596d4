"""Confirmed pairs across two sides in, rows of the matches table out: every image that asks, with each of its matches.

Images are looked up by their pixels: what was confirmed of one holds for all that are equal to it.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import apache_beam as beam
import numpy as np
import pyarrow as pa

from lookalike.transforms.candidates.exact_duplicates import by_pixels, equal_pair
from lookalike.transforms.candidates.sets import NO_SET
from lookalike.transforms.clustering.pair_rows import as_far_as_compared, measured, turned_pair
from lookalike.transforms.clustering.verdicts import NO_VERDICTS, Verdicts
from lookalike.transforms.core.columns import carried
from lookalike.transforms.core.pairs import unpack
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Node, Pair
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.fingerprinting.fingerprints_table import nodes_of
from lookalike.transforms.functional.verification.relations import COPIES
from lookalike.transforms.io.pair_records import RECORD, pairs_of
from lookalike.transforms.io.parquet_sink import Row
from lookalike.transforms.verification.across.find import Side

HEAD = 8
"""Bytes of pixel hashes by which images are looked up."""

Member = tuple[Node, int]
"""An image, and the set that it belongs to."""
Asking = tuple[list[Member], bytes]
"""Equal images that ask, and one RECORD of theirs."""


class ConfirmedAcross(TypedDict):
    """near: packed RECORDs, as `ConfirmAcross` makes them. query, match: paths of either fingerprints table."""

    near: beam.PCollection[bytes]
    query: beam.PCollection[str]
    match: beam.PCollection[str]


@dataclasses.dataclass(eq=False)
class MatchRows(Stage):
    """Makes rows of the matches table, each with the number of its part, by the image that asks.

    query, match: the sides. pair: of the configuration; of more than `crowd` equal images on the other side the best
    `heads` are named. relations: what the one has to be to the other. partitions: among which images are divided by
    their pixels. parts: of the table. verdicts: what people have decided of pairs, of which no rows are made here
    (`JudgedRows`).
    """

    query: Side
    match: Side
    pair: PairSettings = PairSettings()
    relations: tuple[str, ...] = COPIES
    partitions: int = 1
    parts: int = 1
    verdicts: Verdicts = NO_VERDICTS

    def expand(self, inputs: ConfirmedAcross) -> beam.PCollection[tuple[int, Row]]:
        """Match equal pixels and find who asks, then find the matches."""
        own, others = self.query.read_columns, self.match.read_columns
        lights = {
            "query": inputs["query"] | "LightQuery" >> beam.FlatMap(by_pixels, self.partitions, own),
            "match": inputs["match"] | "LightMatch" >> beam.FlatMap(by_pixels, self.partitions, others),
        }
        near = inputs["near"] | "ByQuery" >> beam.FlatMap(records_by_pixels, "pixels_a", self.partitions)
        equal = (
            lights
            | "Equal" >> beam.CoGroupByKey()
            | "EqualRows" >> beam.FlatMapTuple(self.equal).with_output_types(tuple[int, Row])
        )
        asking = (
            {"near": near, "query": lights["query"]}
            | "AskQuery" >> beam.CoGroupByKey()
            | "Asking" >> beam.FlatMapTuple(self.asking).with_output_types(tuple[int, Asking])
        )
        found = (
            {"asking": asking, "match": lights["match"]}
            | "AskMatch" >> beam.CoGroupByKey()
            | "Rows" >> beam.FlatMapTuple(self.rows).with_output_types(tuple[int, Row])
        )
        return (equal, found) | "AllRows" >> beam.Flatten()

    def equal(self, _: int, joined: dict[str, Iterable[bytes]]) -> Iterator[tuple[int, Row]]:
        """Light rows of both sides, as Arrow streams -> rows of those whose pixels are equal."""
        if "same" not in self.relations:
            return
        tables = [table_of_blobs(joined[name]) for name in _SIDES]
        both = frozenset.intersection(*(frozenset(heads_of(table)) for table in tables))
        queries, matches = (self._members(table, name, both) for table, name in zip(tables, _SIDES, strict=True))
        for head in sorted(both):
            for query in queries.get(head, ()):
                for match in self.named(matches.get(head, []), query[1]):
                    if query[0].pixel_hash == match[0].pixel_hash and not self._judged(query, match):
                        yield self.row(_directed(equal_pair(query[0], match[0]), query[0], match[0]), query, match)

    def asking(self, _: int, joined: dict[str, Iterable[bytes]]) -> Iterator[tuple[int, Asking]]:
        """RECORDs, and light rows of the side that asks -> who asks, by the partition of the match."""
        records = np.frombuffer(b"".join(joined["near"]), RECORD)
        if not len(records):
            return
        heads = [bytes(head) for head in records["pixels_a"].tolist()]
        members = self._members(table_of_blobs(joined["query"]), "query", frozenset(heads))
        for head, record in zip(heads, records, strict=True):
            own = next(number for node, number in members[head] if node.key == bytes(record["a"]))
            to = part_of(bytes(record["pixels_b"]), self.partitions)
            yield to, ([one for one in members[head] if one[1] == own], record.tobytes())

    def rows(self, _: int, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[int, Row]]:
        """Who asks, and light rows of the other side -> rows of the matches."""
        asking: list[Asking] = list(joined["asking"])
        if not asking:
            return
        records = np.frombuffer(b"".join(record for _, record in asking), RECORD)
        heads = [bytes(head) for head in records["pixels_b"].tolist()]
        members = self._members(table_of_blobs(joined["match"]), "match", frozenset(heads))
        for head, (queries, packed) in zip(heads, asking, strict=True):
            (pair,) = unpack(pairs_of(np.frombuffer(packed, RECORD)))
            record = np.frombuffer(packed, RECORD)[0]
            backwards = bytes(record["pixels_b"]) < bytes(record["pixels_a"])
            found = next(one for one in members[head] if one[0].key == bytes(record["b"]))
            for query in queries:
                # of its set: what stands for its equals was compared
                for match in self.named([one for one in members[head] if one[1] == found[1]], query[1]):
                    turned = turned_pair(pair, match[0], query[0]) if backwards else pair
                    if turned.relation in self.relations and not self._judged(query, match):
                        yield self.row(turned, query, match)

    def _judged(self, query: Member, match: Member) -> bool:
        return self.verdicts.concern(query[0].content_hash, match[0].content_hash)

    def named(self, members: list[Member], asking: int) -> list[Member]:
        """Equal images, best first -> those that are named to an image of a set."""
        others = [one for one in members if one[1] > asking]
        return others if len(others) <= self.pair.crowd else others[: self.pair.heads]

    def _members(self, table: pa.Table, side: str, heads: frozenset[bytes]) -> dict[bytes, list[Member]]:
        """Light rows of a side -> the images whose pixel hashes begin so, best first, by that."""
        chosen = table.filter(pa.array([head in heads for head in heads_of(table)], pa.bool_()))
        members: dict[bytes, list[Member]] = {}
        for member in self.members(chosen, side):
            members.setdefault(member[0].pixel_hash[:HEAD], []).append(member)
        return {head: self.best_first(some, side) for head, some in members.items()}

    def members(self, table: pa.Table, side: str) -> list[Member]:
        """Light rows of a side -> the images that belong to a set."""
        numbers = self._side(side).collapse.sets.of(table, "").tolist() if len(table) else []
        return [one for one in zip(nodes_of(table), numbers, strict=True) if one[1] != NO_SET] if numbers else []

    def best_first(self, members: list[Member], side: str) -> list[Member]:
        """Images of a side, as its policy has them in order."""
        policy = self._side(side).collapse.policy
        return sorted(members, key=lambda one: policy(one[0]))

    def _side(self, name: str) -> Side:
        return self.query if name == "query" else self.match

    def row(self, pair: Pair, query: Member, match: Member) -> tuple[int, Row]:
        """A pair of two images, from the one that asks -> its row, with the number of its part."""
        names = self.query.collapse.sets.name(query[1]), self.match.collapse.sets.name(match[1])
        sides = ((query[0], self.query.columns), (match[0], self.match.columns))
        columns = (value for node, names in sides for value in carried(names, node.columns or {}))
        row = (query[0].uri, match[0].uri, *measured(as_far_as_compared(pair, query[0], match[0])), *names, *columns)
        return part_of(query[0].key, self.parts), row


_SIDES = ("query", "match")


def _directed(pair: Pair, query: Node, match: Node) -> Pair:
    """An equal pair, whose order is that of keys -> the same from the one that asks."""
    return pair._replace(a=query.key, b=match.key)


def records_by_pixels(packed: bytes, end: str, partitions: int) -> Iterator[tuple[int, bytes]]:
    """RECORDs -> the same by the partition of the pixels of one end, 'pixels_a' or 'pixels_b'."""
    records = np.frombuffer(packed, RECORD)
    number = np.array([part_of(bytes(pixels), partitions) for pixels in records[end].tolist()], np.int64)
    for partition in np.unique(number).tolist():
        yield partition, records[number == partition].tobytes()


def table_of_blobs(blobs: Iterable[bytes]) -> pa.Table:
    """Arrow streams -> one table; without columns where there are none."""
    tables = [pa.ipc.open_stream(blob).read_all() for blob in blobs]
    return pa.concat_tables(tables) if tables else pa.table({})


def heads_of(table: pa.Table) -> list[bytes]:
    """Light rows -> the first bytes of their pixel hashes."""
    return [pixels[:HEAD] for pixels in table["pixel_hash"].to_pylist()] if table.num_columns else []
