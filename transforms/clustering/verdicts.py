"""What people have decided of pairs: a reviewed file in, constraints on clustering out."""

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.transforms.core.keys import KEY_BYTES, key_of
from lookalike.transforms.core.pairs import pack
from lookalike.transforms.core.records import Pair
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.fingerprinting.fingerprints_table import read_light
from lookalike.transforms.functional.lsh.scopes import NO_SCOPE
from lookalike.transforms.ingest.scopes import COLUMN as SCOPE
from lookalike.transforms.ingest.scopes import EVERYWHERE, ScopeRule

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


NO_VERDICTS = Verdicts()

Judged = tuple[bytes, int, bytes]
"""Content hash, scope and key of an image."""


@dataclasses.dataclass(eq=False)
class JudgedPairs(Stage):
    """Makes pairs of what people have decided.

    Paths of the fingerprints table -> PAIR records, of every verdict 'duplicates' whose images are both there.

    scope: which pairs are asked for; a verdict changes nothing about that.
    """

    verdicts: Verdicts
    scope: ScopeRule = EVERYWHERE

    def expand(self, paths: beam.PCollection[str]) -> beam.PCollection[bytes]:
        """Look the contents up that verdicts name."""
        if not self.verdicts.together:
            return paths.pipeline | "NoVerdicts" >> beam.Create([]).with_output_types(bytes)
        return (
            paths
            | "Find" >> beam.FlatMap(self._find).with_output_types(tuple[int, Judged])
            | "OnePlace" >> beam.GroupByKey()
            | "Judge" >> beam.MapTuple(self._judge)
        )

    def _find(self, path: str) -> Iterator[tuple[int, Judged]]:
        table = self.scope.added_to(read_light(path), path)
        wanted = pa.array(sorted({h for pair in self.verdicts.together for h in pair}), pa.binary(32))
        found = table.filter(pc.is_in(table["content_hash"], wanted))
        scopes = found[SCOPE].to_pylist() if self.scope else [NO_SCOPE] * len(found)
        first: dict[tuple[bytes, int], bytes] = {}  # of a part's copies of the same bytes one of each scope is enough
        for content, scope, uri in zip(
            found["content_hash"].to_pylist(), scopes, found["uri"].to_pylist(), strict=True
        ):
            first[content, scope] = min(first.get((content, scope), b"\xff" * KEY_BYTES), key_of(uri))
        for (content, scope), key in first.items():
            yield 0, (content, scope, key)

    def _judge(self, _: int, found: Iterable[Judged]) -> bytes:
        first: dict[bytes, dict[int, bytes]] = {}
        for content, scope, key in sorted(found):
            # copies of the same bytes are tied to one another anyway
            first.setdefault(content, {}).setdefault(scope, key)
        pairs = []
        for x, y in self.verdicts.together:
            some, others = first.get(x, {}), first.get(y, {})
            # one image stands for its copies of other scopes, too: with it, all of the other's are met
            heads = set() if self.scope.within else {*list(some)[:1], *list(others)[:1]}
            for (scope, key), (of_other, other) in itertools.product(some.items(), others.items()):
                meet = scope == of_other or scope in heads or of_other in heads
                if meet and self.scope.allows(scope, of_other):
                    pairs.append(judged_pair(*sorted((key, other))))
        return pack(pairs)


def judged_pair(a: bytes, b: bytes) -> Pair:
    """Keys, a < b -> the Pair of a verdict: nothing was measured, and a person's word weighs like full overlap."""
    return Pair(
        a, b, "verdict", ("verdict",), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, False, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    )
