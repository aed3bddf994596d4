"""What becomes of every image of a finished audit: its tables in, part by part, the fate of each image out."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.io.generate import GenerateOnWorkers
from lookalike.transforms.io.parquet_sink import Part, read_columns

FINGERPRINTS = ["uri", "content_hash", "bytes", "modified", "etag", "format"]
CLUSTERS = ["cluster_id", "uri", "is_representative", "representative_uri", "match", "relation", "reclaimable"]
SCORES = ["cosine", "jaccard", "ssim"]
CERTAIN = ("exact", "pixels", "verdict")
"""Matches that are certain, whether there is a pair that says so or not."""


class Fate(NamedTuple):
    """What becomes of one image. content_hash: empty where it could not be read, and is taken along as it is. kept: the
    representative of its cluster, which may be itself, or ''. goes: that one shows all of it. relation, match: what it
    is to that one. probability: that they are copies, or -1 where that is not asked for. columns: values that are
    carried along, or () where they are not asked for.
    """

    uri: str
    content_hash: bytes
    bytes: int
    modified: str
    etag: str
    format: str
    kept: str = ""
    goes: bool = False
    relation: str = ""
    match: str = ""
    probability: float = -1.0
    columns: tuple[Any, ...] = ()

    @property
    def in_order(self) -> tuple[Any, ...]:
        """All but the columns, whose values may have no order."""
        return self[:-1]

    @property
    def duplicate_of(self) -> str:
        """The copy that stays in its place, or ''."""
        return self.kept if self.goes else ""


def goes(reclaimable: bool, is_representative: bool, match: str) -> bool:
    """Is a member of a cluster left out of what is made? It is where the kept copy shows all of it: links and protected
    copies may not be removed, but need not be made twice.
    """
    return reclaimable or (not is_representative and match in ("exact", "pixels"))


class Member(NamedTuple):
    """What the clusters table says of one image, as in `Fate`."""

    uri: str
    kept: str
    goes: bool
    relation: str
    match: str


class Chance(NamedTuple):
    """How probable it is that an image is a copy of its cluster's representative."""

    uri: str
    probability: float


class _EqualPixels(NamedTuple):
    """Members of equal pixels, of which one was compared with the representative of their cluster."""

    kept: str
    uris: tuple[str, ...]


class _Pair(NamedTuple):
    a: str
    b: str
    probability: float


@dataclasses.dataclass(frozen=True)
class AuditTables:
    """The parts of the tables of a finished audit. root: the audit. columns: parts of the table of carried columns, and
    names: those of them that are wanted.
    """

    root: str
    fingerprints: Sequence[Part]
    failures: Sequence[Part]
    clusters: Sequence[Part]
    pairs: Sequence[Part]
    columns: Sequence[Part] = ()
    names: tuple[str, ...] = ()


@dataclasses.dataclass(eq=False)
class ReadFates(Stage):
    """The pipeline's root -> lists of fates, one of each part of the fingerprints table in order of URI, with those
    that could not be read and whose keys lie there. Every image of the audit is in one of them, once.

    chances: the probabilities of pairs are looked up, too.
    """

    tables: AuditTables
    chances: bool = False

    def expand(self, root: beam.pvalue.PBegin) -> beam.PCollection[list[Fate]]:
        """Send what the clusters say of an image to where its fingerprint is, and join them there."""
        tables = self.tables
        kind = tuple[int, list[Any]]
        every = root | "Parts" >> GenerateOnWorkers(kind, _every, (len(tables.fingerprints),))
        members = self._read(root, "Clusters", tables.clusters, self._members)
        unread = self._read(root, "Failures", tables.failures, self._unread)
        told = [every, members, unread]
        if self.chances:
            pairs = self._read(root, "Pairs", tables.pairs, self._compared)
            alike = self._read(root, "Alike", tables.clusters, self._alike)
            compared = (pairs, alike) | "Compared" >> beam.Flatten() | "WithKept" >> beam.GroupByKey()
            told.append(compared | "Chances" >> beam.FlatMap(self._chances).with_output_types(kind))
        joined = tuple(told) | "Told" >> beam.Flatten() | "Meet" >> beam.GroupByKey()
        return joined | "Join" >> beam.MapTuple(self._joined).with_output_types(list[Fate])

    def _read(self, root: beam.pvalue.PBegin, name: str, parts: Sequence[Part], read: Any) -> beam.PCollection:
        listed = root | f"List{name}" >> GenerateOnWorkers(Part, iter, (parts,))
        return listed | f"Read{name}" >> beam.FlatMap(read).with_output_types(tuple[int, list[Any]])

    def _divided(self, records: Iterable[Any], key: Any) -> Iterator[tuple[int, list[Any]]]:
        """Records by the part that they belong to."""
        divided: dict[int, list[Any]] = {}
        for record in records:
            divided.setdefault(part_of(key(record), len(self.tables.fingerprints)), []).append(record)
        yield from sorted(divided.items())

    def _members(self, part: Part) -> Iterator[tuple[int, list[Any]]]:
        yield from self._divided(
            (
                Member(uri, kept, goes(reclaimable, best, match), relation, match)
                for _, uri, best, kept, match, relation, reclaimable in _rows(self.tables.root, part, CLUSTERS)
            ),
            lambda member: key_of(member.uri),
        )

    def _alike(self, part: Part) -> Iterator[tuple[int, list[Any]]]:
        """Members by what they were compared as: where pixels are equal, one was compared for all, and all have its
        scores. Representatives were compared themselves.
        """
        alike: dict[tuple[Any, ...], list[str]] = {}
        for cluster, uri, best, kept, match, relation, _, *scores in _rows(self.tables.root, part, CLUSTERS + SCORES):
            if not best and match not in CERTAIN:
                alike.setdefault((kept, cluster, relation, *scores), []).append(uri)
        yield from self._divided(
            (_EqualPixels(key[0], tuple(uris)) for key, uris in alike.items()), lambda a: key_of(a.kept)
        )

    def _compared(self, part: Part) -> Iterator[tuple[int, list[Any]]]:
        """Pairs, where either of the two may be a representative."""
        rows = _rows(self.tables.root, part, ["uri_a", "uri_b", "probability", "match"])
        pairs = [_Pair(a, b, chance) for a, b, chance, match in rows if match not in CERTAIN]
        yield from self._divided(
            [*pairs, *(pair._replace(a=pair.b, b=pair.a) for pair in pairs)], lambda p: key_of(p.a)
        )

    def _chances(self, element: tuple[int, Iterable[list[Any]]]) -> Iterator[tuple[int, list[Any]]]:
        records = [record for some in element[1] for record in some]
        known = {(r.a, r.b): r.probability for r in records if isinstance(r, _Pair)}
        found = []
        for record in records:
            if isinstance(record, _EqualPixels):
                chances = [known[record.kept, uri] for uri in record.uris if (record.kept, uri) in known]
                found += [Chance(uri, max(chances, default=-1.0)) for uri in record.uris]
        yield from self._divided(found, lambda chance: key_of(chance.uri))

    def _joined(self, number: int, told: Iterable[list[Any]]) -> list[Fate]:
        members: dict[str, Member] = {}
        chances: dict[str, float] = {}
        fates: list[Fate] = []
        for record in (record for some in told for record in some):
            if isinstance(record, Member):
                members[record.uri] = record
            elif isinstance(record, Fate):
                fates.append(record)
            else:
                chances[record.uri] = record.probability
        # a fingerprint is 15 kB, of which 200 bytes are asked for
        for row in _rows(self.tables.root, self.tables.fingerprints[number], FINGERPRINTS):
            fate, member = Fate(*row), members.get(row[0])
            if member:
                certain = 1.0 if member.match in CERTAIN else -1.0
                chance = chances.get(fate.uri, certain) if self.chances else -1.0
                fate = fate._replace(
                    kept=member.kept, goes=member.goes, relation=member.relation, match=member.match,
                    probability=chance,
                )  # fmt: skip
            fates.append(fate)
        return sorted(self._with_columns(fates, number), key=lambda fate: fate.in_order)

    def _with_columns(self, fates: list[Fate], number: int) -> list[Fate]:
        names = self.tables.names
        if not names:
            return fates
        rows = _rows(self.tables.root, self.tables.columns[number], ["uri", *names])
        said = {uri: tuple(values) for uri, *values in rows}
        nothing = (None,) * len(names)
        return [fate._replace(columns=said.get(fate.uri, nothing)) for fate in fates]

    def _unread(self, part: Part) -> Iterator[tuple[int, list[Any]]]:
        uris = [uri for uri, stage in _rows(self.tables.root, part, ["uri", "stage"]) if uri and stage != "pair"]
        yield from self._divided([Fate(uri, b"", -1, "", "", "") for uri in uris], lambda fate: key_of(fate.uri))


def _every(parts: int) -> Iterator[tuple[int, list[Any]]]:
    return ((part, []) for part in range(parts))


def _rows(root: str, part: Part, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    table = read_columns(root, part, columns)
    return zip(*(table[name].to_pylist() for name in columns), strict=True)
