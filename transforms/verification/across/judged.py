"""What people have called duplicates across two sides, as rows of the matches table, whatever the comparison says."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import TypedDict

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.clustering.verdicts import judged_pair
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.fingerprinting.fingerprints_table import read_light
from lookalike.transforms.io.parquet_sink import Row
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.verification.across.match_rows import MatchRows, Member

Found = tuple[str, Member]
"""A side's name, and an image of it whose content a verdict names."""


class Paths(TypedDict):
    """Paths of either fingerprints table."""

    query: beam.PCollection[str]
    match: beam.PCollection[str]


@dataclasses.dataclass(eq=False)
class JudgedRows(Stage):
    """Makes rows of the matches table of what people have called duplicates. rows: how others are made."""

    rows: MatchRows

    def expand(self, paths: Paths) -> beam.PCollection[tuple[int, Row]]:
        """Look the contents up that verdicts name, and pair the images across the sides."""
        query, match = (
            paths[side] | f"Find-{side}" >> beam.FlatMap(self._find, side).with_output_types(tuple[int, Found])
            for side in ("query", "match")
        )
        return (
            (query, match)
            | "Both" >> beam.Flatten()
            | "OnePlace" >> beam.GroupByKey()
            | "Judge" >> beam.FlatMapTuple(self._judge).with_output_types(tuple[int, Row])
        )

    def _find(self, path: str, side: str) -> Iterator[tuple[int, Found]]:
        yield from ((0, (side, member)) for member in self.found(path, side))

    def _judge(self, _: int, found: Iterable[Found]) -> Iterator[tuple[int, Row]]:
        yield from self.judged(found)

    def found(self, path: str, side: str) -> list[Member]:
        """A part of a side's fingerprints table -> the images whose contents verdicts name."""
        if not self._named(read_parquet(path, ["content_hash"])).num_rows:
            return []
        columns = (self.rows.query if side == "query" else self.rows.match).read_columns
        return self.members(read_light(path, columns), side)

    def members(self, table: pa.Table, side: str) -> list[Member]:
        """Light rows of a side -> the same."""
        return self.rows.members(self._named(table), side)

    def _named(self, table: pa.Table) -> pa.Table:
        wanted = pa.array(sorted({content for pair in self.rows.verdicts.together for content in pair}), pa.binary(32))
        return table.filter(pc.is_in(table["content_hash"], wanted))

    def judged(self, found: Iterable[Found]) -> Iterator[tuple[int, Row]]:
        """Images of both sides -> rows of those that were called duplicates."""
        if "same" not in self.rows.relations:
            return
        by_content: dict[str, dict[bytes, list[Member]]] = {"query": {}, "match": {}}
        for side, member in found:
            by_content[side].setdefault(member[0].content_hash, []).append(member)
        for x, y in self.rows.verdicts.together:
            for own, other in dict.fromkeys([(x, y), (y, x)]):
                matches = self.rows.best_first(by_content["match"].get(other, []), "match")
                for query in by_content["query"].get(own, ()):
                    for match in self.rows.named(matches, query[1]):
                        yield self.rows.row(judged_pair(query[0].key, match[0].key), query, match)
