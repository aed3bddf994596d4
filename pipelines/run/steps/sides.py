"""The two sides of a comparison: which are finished audits, what is to be read, and what of them is recorded."""

import collections
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from fsspec.core import has_magic

from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.errors import OutputError
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.pipelines.run.steps.counts import count_fingerprints
from lookalike.pipelines.run.steps.halves import Fingerprints
from lookalike.pipelines.run.steps.job import Job
from lookalike.transforms.candidates.sets import FolderSets, OneSet, Sets, folders_of
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.io.generate import Numbered, parts_of
from lookalike.transforms.io.parquet_sink import Part
from lookalike.transforms.storage.stores import read_parquet

QUERY, MATCH = "query", "match"
MOST_SETS = 64
"""Folders that are sets: more than that are no splits of a data set."""


@dataclasses.dataclass(frozen=True)
class ComparedSide:
    """One side, with its fingerprints written. name: 'query' or 'match'. root: the output that has its fingerprints.
    parts: of that table. inputs: as the user named them. listed: rows of the listing. images: that have a fingerprint.
    failures: paths of parts that name what could not be used, none if the side was not read for this comparison.
    counters: of its first half. sets: which set each of its images belongs to.
    """

    name: str
    root: str
    parts: tuple[Part, ...]
    inputs: tuple[str, ...]
    listed: int
    failures: Numbered
    counters: dict[str, int]
    sets: Sets

    @property
    def images(self) -> int:
        """How many have a fingerprint."""
        return sum(part.rows for part in self.parts)

    def tables(self, columns: list[str], empty: bool = False) -> Iterator[pa.Table]:
        """Columns of its fingerprints table, part by part: never more than one in memory. empty: of parts without rows,
        too.
        """
        chosen = [part for part in self.parts if part.rows or empty]
        return (read_parquet(f"{self.root}/{part.path}", columns) for part in chosen)

    @property
    def record(self) -> dict[str, Any]:
        """What the record of the comparison says of it."""
        sets = {"sets": list(self.sets.names)} if isinstance(self.sets, FolderSets) else {}
        return {"inputs": list(self.inputs), "listed_rows": self.listed, "images": self.images, **sets}


def finished_side(job: Job, name: str, inputs: Sequence[str]) -> ComparedSide | None:
    """A side that is a finished audit, whose images are not read again; None: it is to be read.

    Raises:
        OutputError: one of several inputs is an audit, or its fingerprints were made with another configuration.
    """
    audits = [given for given in inputs if manifest.exists(absolute(given))]
    if not audits:
        return None
    if len(inputs) > 1:
        raise OutputError(f"{audits[0]} is a finished audit; give it alone, or other inputs than audits")
    place = absolute(audits[0])
    record = PreviousAudit.open(place, job.request.config).record
    parts = tuple(Part(**part) for part in record["parts"]["fingerprints"])
    manifest.numbered_parts(record, place, "fingerprints")
    number = 0 if name == QUERY else 1
    nothing = parts_of(place, "failures", 0)
    inputs = tuple(record["inputs"])
    return ComparedSide(name, place, parts, inputs, record["listed_rows"], nothing, {}, OneSet(number))


def read_side(job: Job, name: str, inputs: Sequence[str], read: Callable[[Job], Fingerprints]) -> ComparedSide:
    """A side whose images are read now. read: a job of these inputs -> their fingerprints. Raises as `read`."""
    part = job.part(name, inputs)
    fingerprints = read(part)
    count_fingerprints(part.root, fingerprints.tables)  # none was lost
    tables = part.stages(fingerprints.listing.rows).table_parts
    failed = Numbered(f"{part.root}/failures/part-", f"-of-{2 * tables:05d}.parquet", tables)
    return ComparedSide(
        name, part.root, tuple(fingerprints.parts), tuple(inputs), fingerprints.listing.rows, failed,
        fingerprints.counters, OneSet(0 if name == QUERY else 1),
    )  # fmt: skip


def by_folder(side: ComparedSide) -> ComparedSide:
    """A side -> the same with a set for each folder right below its inputs, the smallest first: of two sets the smaller
    one asks, so that least is dropped.

    Raises:
        OutputError: there are fewer than two such folders, or far too many.
    """
    roots = tuple(_folder(given) for given in side.inputs)
    counted: collections.Counter[str] = collections.Counter()
    for table in side.tables(["uri"]):
        counted.update(folders_of(table["uri"].to_pylist(), roots))
    del counted[""]
    if not 2 <= len(counted) <= MOST_SETS:
        raise OutputError(
            f"--sets folder needs 2 to {MOST_SETS} folders with images right below the inputs, and there are "
            f"{len(counted)}"
        )
    names = tuple(sorted(counted, key=lambda name: (counted[name], name)))
    return dataclasses.replace(side, sets=FolderSets(roots, names))


def _folder(given: str) -> str:
    """An input -> the folder or archive that its images lie in."""
    parts = absolute(given).rstrip("/").split("/")
    return "/".join(parts[: next((at for at, part in enumerate(parts) if has_magic(part)), len(parts))])
