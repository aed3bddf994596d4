"""What people have decided of pairs: a reviewed file in, constraints on clustering out."""

import dataclasses
import functools
from collections.abc import Iterable, Iterator

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.core.pairs import pack
from lookalike.transforms.core.schemas import KEY_BYTES, Pair, key_of
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.fingerprinting.fingerprints_table import read_light

DUPLICATES, NOT_DUPLICATES = "duplicates", "not duplicates"
KINDS = (DUPLICATES, NOT_DUPLICATES)

Hashes = tuple[bytes, bytes]
"""Content hashes of two images, the lower first."""


@dataclasses.dataclass(frozen=True)
class Verdicts:
    """together: pairs that are duplicates whatever their pixels say. apart: pairs that never share a cluster."""

    together: tuple[Hashes, ...] = ()
    apart: frozenset[Hashes] = frozenset()

    def are_apart(self, a: bytes, b: bytes) -> bool:
        """Were the images of these content hashes judged not to be duplicates?"""
        return (min(a, b), max(a, b)) in self.apart

    def concern(self, a: bytes, b: bytes) -> bool:
        """Was anything decided of the images of these content hashes?"""
        return (min(a, b), max(a, b)) in self._judged

    def apart_from(self, content: bytes) -> tuple[bytes, ...]:
        """Content hashes, in order, of what was judged to be no duplicate of this one."""
        return self._partners.get(content, ())

    @functools.cached_property
    def _judged(self) -> frozenset[Hashes]:
        return self.apart.union(self.together)

    @functools.cached_property
    def _partners(self) -> dict[bytes, tuple[bytes, ...]]:
        partners: dict[bytes, list[bytes]] = {}
        for a, b in sorted(self.apart):
            partners.setdefault(a, []).append(b)
            partners.setdefault(b, []).append(a)
        return {content: tuple(sorted(others)) for content, others in partners.items()}


@dataclasses.dataclass(eq=False)
class JudgedPairs(Stage):
    """Makes pairs of what people have decided.

    Paths of the fingerprints table -> PAIR records, of every verdict 'duplicates' whose images are both there.
    """

    verdicts: Verdicts

    def expand(self, paths: beam.PCollection[str]) -> beam.PCollection[bytes]:
        """Look the contents up that verdicts name."""
        if not self.verdicts.together:
            return paths.pipeline | "NoVerdicts" >> beam.Create([]).with_output_types(bytes)
        return (
            paths
            | "Find" >> beam.FlatMap(self._find).with_output_types(tuple[int, tuple[bytes, bytes]])
            | "OnePlace" >> beam.GroupByKey()
            | "Judge" >> beam.MapTuple(self._judge)
        )

    def _find(self, path: str) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
        table = read_light(path)
        wanted = pa.array(sorted({h for pair in self.verdicts.together for h in pair}), pa.binary(32))
        found = table.filter(pc.is_in(table["content_hash"], wanted))
        first: dict[bytes, bytes] = {}  # of a part's copies of the same bytes one is enough, however many there are
        for content, uri in zip(found["content_hash"].to_pylist(), found["uri"].to_pylist(), strict=True):
            first[content] = min(first.get(content, b"\xff" * KEY_BYTES), key_of(uri))
        for found_key in first.items():
            yield 0, found_key

    def _judge(self, _: int, found: Iterable[tuple[bytes, bytes]]) -> bytes:
        first: dict[bytes, bytes] = {}
        for content, key in sorted(found):
            first.setdefault(content, key)  # copies of the same bytes are tied to one another anyway
        there = [(x, y) for x, y in self.verdicts.together if x in first and y in first]
        return pack(judged_pair(*sorted((first[x], first[y]))) for x, y in there)


def judged_pair(a: bytes, b: bytes) -> Pair:
    """Keys, a < b -> the Pair of a verdict: nothing was measured, and a person's word weighs like full overlap."""
    return Pair(
        a, b, "verdict", ("verdict",), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, False, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    )
