"""The two sides of a comparison: which are finished audits, what is to be read, and what of them is recorded."""

import collections
import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from fsspec.core import has_magic

from lookalike.pipelines.configuration.config import ConfigError
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.pipelines.run.steps.counts import count_fingerprints
from lookalike.pipelines.run.steps.halves import Fingerprints, carried_columns
from lookalike.pipelines.run.steps.job import Job
from lookalike.transforms.candidates.sets import ColumnSets, FolderSets, OneSet, Sets, folders_of, values_of
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.core.settings.pair import FOLDER
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.io.columns_beside import TABLE as COLUMNS
from lookalike.transforms.io.generate import Numbered, parts_of
from lookalike.transforms.io.parquet_sink import Part
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_parquet

QUERY, MATCH = "query", "match"
MOST_SETS = 64
"""Sets: more than that are no splits of a data set."""
MOST_COUNTED = 100_000
"""Folders or values that are counted in order to say how many there are."""
SET = "set"
"""A carried column that is called so has none of its own in the matches table, where `query_set` names the set."""


@dataclasses.dataclass(frozen=True)
class ComparedSide:
    """One side, with its fingerprints written. name: 'query' or 'match'. root: the output that has its fingerprints.
    parts: of that table. inputs: as the user named them. listed: rows of the listing. images: that have a fingerprint.
    failures: paths of parts that name what could not be used, none if the side was not read for this comparison.
    counters: of its first half. sets: which set each of its images belongs to. columns: carried ones that its images
    bring to the matches, with their types. column_parts: of the table of all columns that are carried.
    """

    name: str
    root: str
    parts: tuple[Part, ...]
    inputs: tuple[str, ...]
    listed: int
    failures: Numbered
    counters: dict[str, int]
    sets: Sets
    columns: pa.Schema = NO_COLUMNS
    column_parts: tuple[Part, ...] = ()

    @property
    def images(self) -> int:
        """How many have a fingerprint."""
        return sum(part.rows for part in self.parts)

    def tables(self, columns: list[str]) -> Iterator[pa.Table]:
        """Columns of its fingerprints table, part by part: never more than one in memory."""
        return (read_parquet(f"{self.root}/{part.path}", columns) for part in self.parts if part.rows)

    @property
    def record(self) -> dict[str, Any]:
        """What the record of the comparison says of it."""
        sets = {"sets": list(self.sets.names)} if isinstance(self.sets, FolderSets | ColumnSets) else {}
        return {"inputs": list(self.inputs), "listed_rows": self.listed, "images": self.images, **sets}


def finished_side(job: Job, name: str, inputs: Sequence[str]) -> ComparedSide | None:
    """A side that is a finished audit, whose images are not read again; None: it is to be read.

    Raises:
        OutputError: one of several inputs is an audit, or its fingerprints were made with another configuration.
        ConfigError: it carries none of the columns along that are asked for.
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
    tables = {table: [Part(**part) for part in some] for table, some in record["parts"].items()}
    columns = _asked(job, place, carried_columns(place, tables))
    return ComparedSide(
        name, place, parts, tuple(record["inputs"]), record["listed_rows"], nothing, {}, OneSet(number), columns,
        tuple(tables.get(COLUMNS, ())),
    )  # fmt: skip


def _asked(job: Job, audit: str, there: pa.Schema) -> pa.Schema:
    """Columns of a finished audit -> those that are to come along: all, or those that are asked for. An audit without
    any is like a folder of images: its images have no values.
    """
    names = job.request.config.columns.names
    missing = [name for name in names if name not in there.names]
    ordering = set(missing) & set(job.request.config.cluster.columns_named)
    if missing and (len(there) or ordering):
        raise ConfigError(f"{audit} carries no column {missing[0]!r} along; it has {', '.join(there.names) or 'none'}")
    return _without_set(job, pa.schema([there.field(name) for name in names or there.names if name in there.names]))


def _without_set(job: Job, columns: pa.Schema) -> pa.Schema:
    if SET not in columns.names:
        return columns
    job.progress.say(f"the column {SET!r} is not in matches/, where query_set is the name of a set")
    return columns.remove(columns.get_field_index(SET))


def read_side(part: Job, name: str, fingerprints: Fingerprints) -> ComparedSide:
    """A side whose images were read now. part: the job that did it.

    Raises:
        RuntimeError: an image was lost on the way.
    """
    count_fingerprints(part.root, fingerprints.tables)  # none was lost
    has = {*fingerprints.listing.met, *part.request.config.columns.made}
    columns = pa.schema([field for field in fingerprints.columns if field.name in has])
    tables = part.stages(fingerprints.listing.rows).table_parts
    failed = Numbered(f"{part.root}/failures/part-", f"-of-{2 * tables:05d}.parquet", tables)
    return ComparedSide(
        name, part.root, tuple(fingerprints.parts), part.request.inputs, fingerprints.listing.rows, failed,
        fingerprints.counters, OneSet(0 if name == QUERY else 1), _without_set(part, columns),
        tuple(fingerprints.column_parts),
    )  # fmt: skip


def in_sets(side: ComparedSide, by: str) -> ComparedSide:
    """A side -> the same with a set for each folder right below its inputs, where `by` is FOLDER, or for each value of
    the column `by`. The smallest comes first: of two sets the smaller one asks, so that least is dropped.

    Raises:
        OutputError: there are fewer than two sets, or far too many.
        ConfigError: its images carry no such column along.
    """
    if by == FOLDER:
        return dataclasses.replace(side, sets=folder_sets(side.inputs, side.tables(["uri"])))
    there = carried_columns(side.root, {"fingerprints": list(side.parts), COLUMNS: list(side.column_parts)})
    if by not in there.names:
        has = f"it has {', '.join(there.names)}" if len(there) else f"audit it with --columns {by}"
        raise ConfigError(f"--sets {by}: {side.root} carries no column {by!r} along; {has}")
    paths = [f"{side.root}/{part.path}" for part in side.parts if part.rows]
    values = (values_of(read_parquet(path, ["uri"]), path, by) for path in paths)
    names = _sets(by, "different values among the images", itertools.chain.from_iterable(values))
    return dataclasses.replace(side, sets=ColumnSets(by, names))


def folder_sets(inputs: Sequence[str], tables: Iterable[pa.Table]) -> FolderSets:
    """A set for each folder right below the inputs in which a `uri` of the tables lies.

    Raises:
        OutputError: there are fewer than two, or far too many.
    """
    roots = tuple(_folder(given) for given in inputs)
    folders = (folders_of(table["uri"].to_pylist(), roots) for table in tables)
    return FolderSets(
        roots, _sets(FOLDER, "folders with images right below the inputs", itertools.chain.from_iterable(folders))
    )


def _sets(by: str, what: str, of_each: Iterable[str | None]) -> tuple[str, ...]:
    """The set of each image, if it has one -> their names in order of size.

    Raises:
        OutputError: there are fewer than two, or far too many.
    """
    counted: collections.Counter[str] = collections.Counter()
    for name in of_each:
        if name:
            counted[name] += 1
            if len(counted) > MOST_COUNTED:
                break
    if not 2 <= len(counted) <= MOST_SETS:
        count = f"{len(counted)}" if len(counted) <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"
        raise OutputError(f"--sets {by} needs 2 to {MOST_SETS} {what}, and there are {count}")
    return tuple(sorted(counted, key=lambda name: (counted[name], name)))


def _folder(given: str) -> str:
    """An input -> the folder or archive that its images lie in."""
    parts = absolute(given).rstrip("/").split("/")
    return "/".join(parts[: next((at for at, part in enumerate(parts) if has_magic(part)), len(parts))])
