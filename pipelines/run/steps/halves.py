"""What the two halves of an audit leave: the fingerprints of one, the pairs and clusters of the other."""

import dataclasses

import pyarrow as pa

from lookalike.pipelines.run.output_folder import begin, forget_tables
from lookalike.pipelines.run.steps.counts import count_failures
from lookalike.pipelines.run.steps.job import Job
from lookalike.pipelines.run.steps.listing import Listing
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.fingerprinting.embed import FLOATS
from lookalike.transforms.io.columns_beside import TABLE as COLUMNS
from lookalike.transforms.io.columns_beside import schema_of
from lookalike.transforms.io.parquet_sink import Part, note_count
from lookalike.transforms.storage.reading import read_file
from lookalike.transforms.storage.writing import write_bytes

BORROWED = ("fingerprints", COLUMNS)
"""Tables that a run which matches a finished one again shares with it."""
Tables = dict[str, list[Part]]
"""Parts by the name of their table, in order of path."""


@dataclasses.dataclass(frozen=True)
class Fingerprints:
    """The first half's tables, 'fingerprints', 'failures' and perhaps 'columns', and its counters. columns: that are
    carried along, with their types.
    """

    listing: Listing
    tables: Tables
    counters: dict[str, int]
    columns: pa.Schema = NO_COLUMNS

    @property
    def column_parts(self) -> list[Part]:
        """Those of the table of carried columns, if there is one."""
        return self.tables.get(COLUMNS, [])

    @property
    def parts(self) -> list[Part]:
        """Those of the fingerprints table."""
        return self.tables["fingerprints"]

    def paths(self, root: str) -> list[str]:
        """Paths of these, in order of key. root: the output that has them."""
        return [f"{root}/{part.path}" for part in self.parts]

    @property
    def images(self) -> int:
        """How many images have a fingerprint."""
        return sum(part.rows for part in self.parts)


@dataclasses.dataclass(frozen=True)
class Matches:
    """The second half's tables, 'candidates', 'pairs', 'clusters', more 'failures', and others where they are asked
    for, its counters, and the stage that found the candidates.
    """

    tables: Tables
    counters: dict[str, int]
    search: FindCandidates


def all_tables(*halves: Tables) -> Tables:
    """Tables of both halves -> one; the failures table has parts of either."""
    names = {name for tables in halves for name in tables}
    return {name: sorted({part for tables in halves for part in tables.get(name, ())}) for name in sorted(names)}


def borrow_fingerprints(job: Job) -> Fingerprints:
    """The finished run in the output of a job that matches it again -> its first half, without its images being read.

    Its failures are copied, since both halves write parts of that table.
    """
    record = job.replaced
    assert record is not None
    inputs, rows = list(record["inputs"]), record["listed_rows"]
    listing = Listing(inputs, [], rows, record.get("left_out", {}), record.get("sniffed", {}))
    counters = {name: count for name, count in record.get("counters", {}).items() if name == FLOATS}
    tables = {name: [Part(**part) for part in parts] for name, parts in record["parts"].items()}
    failures = tables["failures"][: job.stages(rows).table_parts]
    begin(job.output, "match")
    begin(job.root, "match")
    forget_tables(job.root)
    for part in failures:
        write_bytes(f"{job.root}/{part.path}", read_file(f"{job.output}/{part.path}"))
    sources = record["counts"]["fingerprints"] + record["counts"]["failures"]
    note_count(job.root, "sources", sources - count_failures(job.root, failures)["list"])
    borrowed = {name: tables[name] for name in BORROWED if name in tables}
    columns = carried_columns(job.output, tables)
    return Fingerprints(listing, borrowed | {"failures": failures}, counters, columns)


def carried_columns(root: str, tables: Tables) -> pa.Schema:
    """The columns that the images of written tables carry along, with their types."""
    if not tables.get(COLUMNS):
        return NO_COLUMNS
    return schema_of(f"{root}/{tables['fingerprints'][0].path}")
