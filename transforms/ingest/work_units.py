"""Listed sources in, Chunks out: the unit of the first half's work, one for each part of the fingerprints table.

A chunk is read, embedded, sketched and committed as a whole. A run that was killed goes on with the chunks that it
had not committed, and an audit that knows an earlier one reads only what is new or changed since.
"""

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import overlapping, part_of
from lookalike.transforms.core.records import NOTHING_VANISHED, Chunk, Failure, Source, Vanished
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.io.failures_table import may_pass
from lookalike.transforms.io.generate import GenerateOnWorkers
from lookalike.transforms.io.parquet_sink import RUN, Part, holds, read_record
from lookalike.transforms.storage.reading import read_parquet

COMMITTED = "committed"
GONE = np.dtype([("content", "V32"), ("part", "<u4")])
"""An image that is gone: its content hash, and the part of the earlier fingerprints table that has it."""
MOST_GONE = 1 << 22
"""Of which moved images are recognised: every worker holds 20 bytes of each."""


@dataclasses.dataclass(frozen=True)
class Known:
    """The fingerprints of an earlier audit. parts: their paths, in order of part. settled: ISO time;
    modification times after it are not trusted, since the earlier audit was listing then.
    """

    parts: Sequence[str]
    settled: str

    def sources(self, part: int, parts: int) -> dict[str, tuple[Source, bytes]]:
        """URI -> source and content hash of the images whose keys lie in part number `part` of `parts`."""
        found = {}
        for path in self.paths(part, parts):
            table = read_parquet(path, ["uri", "bytes", "modified", "etag", "file", "content_hash"])
            for uri, size, modified, etag, file, content in zip(*(c.to_pylist() for c in table.columns), strict=True):
                if part_of(key_of(uri), parts) == part:
                    found[uri] = (Source(uri, size, modified, etag, file=file), content)
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
    """What a chunk left behind. kept: how many of its images are as an earlier audit found them."""

    part: Part
    listed: int
    kept: int
    failures: list[Failure]

    def dumped(self, digest: str) -> bytes:
        """As JSON, for `read_commit`. digest: of what the chunk was made from."""
        return json.dumps({"digest": digest, **self._asdict(), "part": self.part._asdict()}).encode()


class Work(TypedDict):
    """chunks: that are to be done. committed: what those left behind that an earlier try of this run has done."""

    chunks: beam.PCollection[Chunk]
    committed: beam.PCollection[Commit]


@dataclasses.dataclass(eq=False)
class GroupIntoChunks(Stage):
    """Divides the listed sources into chunks, one for each part of the fingerprints table.

    parts: of the fingerprints table. configuration: digest of all that a fingerprint depends on beside the image.
    root: the output folder. known: fingerprints that need not be made again, or None.
    """

    parts: int
    configuration: str
    root: str
    known: Known | None

    def expand(self, sources: beam.PCollection[list[Source]]) -> Work:
        """Group the sources by part, and drop what is done."""
        kind = tuple[int, list[Source]]
        every = sources.pipeline | "Parts" >> GenerateOnWorkers(kind, _empty_chunks, (self.parts,))
        grouped = (
            (sources | "Divide" >> beam.FlatMap(_divide, self.parts), every)
            | "Together" >> beam.Flatten()
            | "Group" >> beam.GroupByKey()
            | "Once" >> beam.MapTuple(_once)
        )
        out = (
            grouped
            # what vanished has to be known first, and chunks are then spread anew
            | "Meet" >> beam.GroupByKey()
            | "Plan"
            >> beam.ParDo(_PlanChunk(self), vanished=self._vanished(grouped)).with_outputs(COMMITTED, main="chunks")
        )
        return {"chunks": out.chunks, "committed": out[COMMITTED]}

    def _vanished(self, grouped: beam.PCollection[tuple[int, list[Source]]]) -> Any:
        """Vanished, of the whole corpus, for every worker."""
        if self.known is None:
            return NOTHING_VANISHED
        gone = (
            grouped
            | "Compare" >> beam.Map(gone_from, self.known, self.parts).with_output_types(tuple[int, bytes])
            | "OnePlace" >> beam.GroupByKey()
            | "Index" >> beam.MapTuple(_index)
        )
        return beam.pvalue.AsSingleton(gone)


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


def gone_from(element: tuple[int, list[Source]], known: Known, parts: int) -> tuple[int, bytes]:
    """A part's sources -> GONE records, of images that an earlier audit knew there under URIs that are no more."""
    part, sources = element
    earlier = known.sources(part, parts)
    gone = earlier.keys() - {source.uri for source in sources}
    rows = [(earlier[uri][1], part_of(key_of(uri), len(known.parts))) for uri in gone]
    return 0, np.array(rows, GONE).tobytes()


def _index(_: int, packed: Iterable[bytes]) -> Vanished:
    return indexed(packed)


def indexed(packed: Iterable[bytes], most: int = MOST_GONE) -> Vanished:
    """GONE records -> the index of them. Of one content the first part counts; of more than `most` contents, the
    first in order, whatever that order says: what is left out is fingerprinted again.
    """
    gone = np.frombuffer(b"".join(packed), GONE)
    head, tail = np.frombuffer(gone["content"].tobytes(), ">u8").astype(np.uint64).reshape(-1, 4)[:, :2].T
    order = np.lexsort((gone["part"], tail, head))
    head, tail, part = head[order], tail[order], gone["part"][order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (head[1:] != head[:-1]) | (tail[1:] != tail[:-1])
    first = np.flatnonzero(fresh)[:most]
    return Vanished(head[first], tail[first], part[first].astype(np.uint32))


class _PlanChunk(beam.DoFn):
    def __init__(self, stage: GroupIntoChunks) -> None:
        self.stage = stage

    def process(
        self, element: tuple[int, Iterable[list[Source]]], vanished: Vanished
    ) -> Iterator[Chunk | beam.pvalue.TaggedOutput[Literal["committed"], Commit]]:
        part, (sources,) = element
        count("GroupIntoChunks", "listed-images", len(sources))
        digest = sources_digest(sources, self.stage.configuration, self.stage.parts)
        done = read_commit(self.stage.root, part, digest)
        again = {failure.uri for failure in done.failures if may_pass(failure)} if done else set()
        if done is not None:
            count("GroupIntoChunks", "resumed-images", len(sources) - len(again))
        if done is not None and not again:
            yield beam.pvalue.TaggedOutput(COMMITTED, done)
            return
        known = self.stage.known
        earlier = known.sources(part, self.stage.parts) if known else {}
        kept = [source for source in sources if known and known.holds(source, earlier)]
        if done is not None:
            new = [source for source in sources if source.uri in again]
            stays = [failure for failure in done.failures if failure.uri not in again]
            yield Chunk(part, digest, len(sources), new, vanished, kept, [], [], stays, None, [], done.part.path)
            return
        count("GroupIntoChunks", "kept-images", len(kept))
        new = sorted(set(sources).difference(kept))
        yield Chunk(part, digest, len(sources), new, vanished, kept, [], [], [], None, [])


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
    """The commit of a chunk by an earlier try of this run, if it was made from the same sources, and its part holds."""
    record = read_record(commit_path(root, part))
    if record is None or record["digest"] != digest or not holds(root, Part(**record["part"])):
        return None
    failures = [Failure(*failure) for failure in record["failures"]]
    return Commit(Part(**record["part"]), record["listed"], record["kept"], failures)
