"""A listing on its way to workers: records in, Parquet shards below the output, and the Sources of a shard out."""

import dataclasses
import io
import itertools
from collections.abc import Iterator, Sequence
from typing import Literal, TypedDict

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet

from lookalike.transforms.core.records import Failure, Source
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.io.columns_beside import CARRIED
from lookalike.transforms.io.generate import GenerateOnWorkers, Numbered
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.storage.writing import write_bytes

LISTING = pa.schema(
    [
        ("uri", pa.string()),
        ("bytes", pa.int64()),
        ("modified", pa.string()),
        ("etag", pa.string()),
        ("at", pa.string()),
        ("file", pa.string()),
        ("error", pa.string()),
        ("message", pa.string()),
    ]
)
SHARD_ROWS = 50_000


class Listed(TypedDict):
    """sources: of each shard one list, since nothing is done with one alone. failures: what could not be listed."""

    sources: beam.PCollection[list[Source]]
    failures: beam.PCollection[Failure]


@dataclasses.dataclass(eq=False)
class ReadListing(Stage):
    """Reads a written listing on workers.

    shards: paths of Parquet files with the schema `LISTING`.
    """

    shards: Sequence[str]

    def expand(self, root: beam.pvalue.PBegin) -> Listed:
        """Read each shard."""
        rows = (
            root
            | "Shards" >> GenerateOnWorkers(str, iter, (self.shards,))
            | "Rows" >> beam.ParDo(_ReadShard()).with_outputs("failures", main="sources")
        )
        return {"sources": rows.sources, "failures": rows.failures}


class _ReadShard(beam.DoFn):
    def process(self, shard: str) -> Iterator[list[Source] | beam.pvalue.TaggedOutput[Literal["failures"], Failure]]:
        sources = []
        for row in read_parquet(shard, LISTING.names).to_pylist():
            if row["error"] is None:
                sources.append(Source(row["uri"], row["bytes"], row["modified"], row["etag"], row["at"], row["file"]))
            else:
                failure = Failure(row["uri"], "list", row["error"], row["message"])
                yield beam.pvalue.TaggedOutput("failures", failure)
        yield sources


def write_listing(
    records: Iterator[Source | Failure], root: str, carried: Carried | None = None
) -> tuple[Sequence[str], int]:
    """Listed records -> Parquet shards below `root`/.run, never more than a shard in memory: paths, and records.

    carried: columns that the records bring along. They stand behind those of `LISTING`, under their own names with
    `CARRIED` before them, with the types that they have so far.
    """
    shards = Numbered(f"{root}/{RUN}/listing-", ".parquet", 0)
    count = 0
    while chunk := list(itertools.islice(records, SHARD_ROWS)):
        rows = [_listing_row(record) for record in chunk]
        columns = [pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), LISTING, strict=True)]
        table = pa.Table.from_arrays(columns, schema=LISTING)
        for index, field in enumerate(carried.schema() if carried else ()):
            values = [
                record.columns[index] if isinstance(record, Source) and record.columns else None for record in chunk
            ]
            table = table.append_column(f"{CARRIED}{field.name}", pa.array(values, field.type))
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(table, buffer)
        shards = dataclasses.replace(shards, length=len(shards) + 1)
        write_bytes(shards[len(shards) - 1], buffer.getvalue())
        count += len(chunk)
    return shards, count


def _listing_row(record: Source | Failure) -> tuple[str | int | None, ...]:
    if isinstance(record, Failure):
        return record.uri, -1, "", "", "", "", record.error, record.message
    return (*record[:6], None, None)
