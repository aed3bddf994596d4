"""Listed sources in, Chunks out: the unit of the first half's work, one for each part of the fingerprints table.

A chunk is read, embedded, sketched and committed as a whole. A run that was killed goes on with the chunks that it
had not committed, and an audit that knows an earlier one reads only what is new or changed since.
"""

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import apache_beam as beam

from transforms.numbered import Each
from transforms.output import RUN, Part
from transforms.partitions import overlapping, part_of
from transforms.schemas import Chunk, Failure, Source, key_of
from transforms.stores import read_file, read_parquet

COMMITTED = "committed"
_APPEARED, _VANISHED = "appeared", "vanished"


@dataclasses.dataclass(frozen=True)
class Known:
    """The fingerprints of an earlier audit. parts: their paths, in order of part. settled: ISO time from which on a
    file's time of modification proves nothing, since the earlier audit was listing then.
    """

    parts: Sequence[str]
    settled: str

    def sources(self, part: int, parts: int) -> dict[str, tuple[Source, bytes]]:
        """URI -> source and content hash of the images whose keys lie in part number `part` of `parts`."""
        found = {}
        for path in self.paths(part, parts):
            table = read_parquet(path, ["uri", "bytes", "modified", "etag", "content_hash"])
            for *source, content in zip(*(column.to_pylist() for column in table.columns), strict=True):
                if part_of(key_of(source[0]), parts) == part:
                    found[source[0]] = (Source(*source), content)
        return found

    def paths(self, part: int, parts: int) -> list[str]:
        """Where fingerprints are whose keys lie in part number `part` of `parts`."""
        return [self.parts[number] for number in overlapping(part, parts, len(self.parts))]

    def holds(self, source: Source, known: dict[str, tuple[Source, bytes]]) -> bool:
        """Is the source, as far as its store tells, what it was?"""
        earlier = known.get(source.uri)
        if earlier is None or earlier[0].row != source.row:
            return False
        return bool(source.etag) or "" < source.modified < self.settled


class Commit(NamedTuple):
    """What a chunk left behind. read: how many of its images were decoded."""

    part: Part
    listed: int
    read: int
    failures: list[Failure]


@dataclasses.dataclass(eq=False)
class GroupIntoChunks(beam.PTransform):
    """Lists of sources -> {'chunks', 'committed'}: Chunks that are to be done, and Commits of those that are.

    parts: of the fingerprints table. configuration: digest of all that a fingerprint depends on beside the image.
    root: the output folder. known: fingerprints that need not be made again, or None.
    """

    parts: int
    configuration: str
    root: str
    known: Known | None

    def expand(self, sources):
        """See the class."""
        every = sources.pipeline | "Parts" >> Each(tuple[int, Any], _empty_chunks, (self.parts,))
        grouped = (
            (sources | "Divide" >> beam.FlatMap(_divide, self.parts), every)
            | "Together" >> beam.Flatten()
            | "Group" >> beam.GroupByKey()
            | "Once" >> beam.MapTuple(_once)
        )
        out = (
            {"sources": grouped, "renamed": self._renamed(grouped)}
            | "Meet" >> beam.CoGroupByKey()
            | "Plan" >> beam.ParDo(_Plan(self)).with_output_types(Any).with_outputs(COMMITTED, main="chunks")
        )
        return {"chunks": out.chunks, COMMITTED: out[COMMITTED]}

    def _renamed(self, grouped):
        """(part, (URI, earlier URIs and content hashes that it may have had)), by equal size."""
        if self.known is None:
            return grouped.pipeline | "NoneRenamed" >> beam.Create([]).with_output_types(tuple[int, Any])
        moves = grouped | "Compare" >> beam.ParDo(_Compare(self.known, self.parts)).with_output_types(tuple[int, Any])
        return moves | "SameSize" >> beam.GroupByKey() | "Renamed" >> beam.FlatMapTuple(_possible_renames)


def _empty_chunks(parts: int) -> Iterator[tuple[int, list[Source]]]:
    return ((part, []) for part in range(parts))


def _divide(sources: list[Source], parts: int) -> Iterator[tuple[int, list[Source]]]:
    """Sources -> the same by part."""
    divided: dict[int, list[Source]] = {}
    for source in sources:
        divided.setdefault(part_of(key_of(source.uri), parts), []).append(source)
    yield from divided.items()


def _once(part: int, lists: Iterable[list[Source]]) -> tuple[int, list[Source]]:
    """Inputs may overlap: each URI once, in order."""
    by_uri: dict[str, Source] = {}
    for source in sorted(itertools.chain.from_iterable(lists)):
        by_uri.setdefault(source.uri, source)
    return part, list(by_uri.values())


class _Compare(beam.DoFn):
    """A part's sources -> (size, what appeared or vanished there since the earlier audit)."""

    def __init__(self, known: Known, parts: int) -> None:
        self.known, self.parts = known, parts

    def process(self, element: tuple[int, list[Source]]) -> Iterator[tuple[int, Any]]:
        part, sources = element
        earlier = self.known.sources(part, self.parts)
        for source in sources:
            if source.uri not in earlier:
                yield source.bytes, (_APPEARED, part, source.uri)
        for uri in sorted(earlier.keys() - {source.uri for source in sources}):
            was, content = earlier[uri]
            yield was.bytes, (_VANISHED, uri, content)


def _possible_renames(_: int, moves: Iterable[Any]) -> Iterator[tuple[int, tuple[str, list[tuple[str, bytes]]]]]:
    """All that appeared and vanished with one size -> (part, (URI, (earlier URI, content hash) ...))."""
    records = sorted(moves)
    vanished = [(uri, content) for kind, uri, content in (r for r in records if r[0] == _VANISHED)]
    for kind, part, uri in records:
        if kind == _APPEARED and vanished:
            yield part, (uri, vanished)


class _Plan(beam.DoFn):
    def __init__(self, stage: GroupIntoChunks) -> None:
        self.stage = stage

    def process(self, element: tuple[int, dict[str, Iterable[Any]]]) -> Iterator[Any]:
        part, joined = element
        (sources,) = joined["sources"]
        digest = sources_digest(sources, self.stage.configuration, self.stage.parts)
        done = read_commit(self.stage.root, part, digest)
        if done is not None:
            yield beam.pvalue.TaggedOutput(COMMITTED, done)
            return
        known = self.stage.known
        earlier = known.sources(part, self.stage.parts) if known else {}
        kept = [source for source in sources if known and known.holds(source, earlier)]
        new = sorted(set(sources).difference(kept))
        renamed = dict(sorted(joined["renamed"]))
        yield Chunk(part, digest, len(sources), new, renamed, kept, [], [], [], None, [])


def sources_digest(sources: list[Source], configuration: str, parts: int) -> str:
    """What a chunk is made from, in hex."""
    digest = hashlib.blake2b(f"{configuration} {parts}\n".encode(), digest_size=16)
    for source in sources:
        digest.update(repr(tuple(source)).encode())
    return digest.hexdigest()


def commit_path(root: str, part: int) -> str:
    """Where the commit of a chunk is recorded until the run is finished."""
    return f"{root}/{RUN}/chunks/{part:05d}.json"


def read_commit(root: str, part: int, digest: str) -> Commit | None:
    """The commit of a chunk by an earlier try of this run, if it was made from the same sources."""
    try:
        record = json.loads(read_file(commit_path(root, part)))
    except FileNotFoundError:
        return None
    if record["digest"] != digest:
        return None
    return Commit(Part(**record["part"]), record["listed"], 0, [Failure(*f) for f in record["failures"]])
