"""The first half: a listing -> the fingerprints table, and the failures of listing and reading."""

import dataclasses
from collections.abc import Sequence

import apache_beam as beam
import pyarrow as pa

from lookalike.pipelines.configuration.stages import Stages
from lookalike.pipelines.configuration.versions import versions
from lookalike.pipelines.engines.runners import run
from lookalike.pipelines.run.steps.halves import Fingerprints, carried_columns
from lookalike.pipelines.run.steps.job import Job
from lookalike.pipelines.run.steps.listing import Listing
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.fingerprinting.embed import FLOATS
from lookalike.transforms.fingerprinting.fingerprints_table import commit_failures
from lookalike.transforms.ingest.work_units import COMMITTED, Known
from lookalike.transforms.ingest.written_listing import ReadListing
from lookalike.transforms.io.columns_beside import TABLE as COLUMNS
from lookalike.transforms.io.failures_table import failure_rows
from lookalike.transforms.io.parquet_sink import RecordParts, WriteCount, written_parts

RECORDS = ("fingerprints", "failures-0")
"""Names of the lists of parts that this half leaves."""


@dataclasses.dataclass(eq=False)
class FingerprintCorpus(beam.PTransform):
    """The pipeline's root -> fingerprints, failures and their counts, and carried columns, in files below `output`.

    shards: paths of the listing. known: fingerprints of a previous audit, of which those that still hold are reused.
    columns: those that the listing's rows bring along.
    """

    stages: Stages
    shards: Sequence[str]
    output: str
    known: Known | None = None
    columns: pa.Schema = NO_COLUMNS

    def expand(self, root: beam.pvalue.PBegin) -> None:
        """See the class."""
        stages = self.stages
        listed = root | "List" >> ReadListing(self.shards)
        grouped = listed["sources"] | "Group" >> stages.chunks(self.known)
        images = grouped["chunks"] | "ReadImages" >> stages.read
        sketched = images | "Embed" >> stages.embed | "Sketch" >> stages.sketch
        fingerprinted = sketched | "Commit" >> stages.commit(self.known)
        commits = (fingerprinted, grouped[COMMITTED]) | "Commits" >> beam.Flatten()
        unread = commits | "Unread" >> beam.FlatMap(commit_failures)
        failures = (listed["failures"], unread) | "Failures" >> beam.Flatten()
        _ = failures | "FailureRows" >> failure_rows(stages.table_parts) | "WriteFailures" >> stages.failures_table(0)
        _ = commits | "Parts" >> beam.Map(lambda commit: commit.part) | RecordParts(self.output, "fingerprints")
        if stages.config.columns.names:
            _ = root | "Columns" >> stages.columns(self.shards, self.columns)
        _ = commits | "Listed" >> beam.Map(lambda commit: commit.listed) | "Sum" >> WriteCount(self.output, "sources")
        _ = commits | "Kept" >> beam.Map(lambda commit: commit.kept) | "SumKept" >> WriteCount(self.output, "kept")


def fingerprint_corpus(job: Job, listing: Listing) -> Fingerprints:
    """Fingerprint every listed image that the previous audit does not know.

    Raises:
        RuntimeError: the pipeline failed.
    """
    known = job.previous.known() if job.previous and not job.request.refresh else None
    others = job.previous.other_versions(versions()) if job.previous and known else []
    if others:
        since, names = job.request.since, ", ".join(others)
        job.progress.say(f"{since} was made with other versions of {names}; consider --refresh")
    with job.progress.watch("images", listing.rows, "images"):
        corpus = FingerprintCorpus(job.stages(listing.rows), listing.shards, job.root, known, listing.columns)
        counters = run(corpus, job.request.options)
    if counters.get(FLOATS):
        job.progress.say(f"{counters[FLOATS]} workers computed embeddings in floats; their logs say why")
    records = (*RECORDS, *([COLUMNS] if job.request.config.columns.names else []))
    tables = written_parts(job.root, records)
    fingerprints = Fingerprints(listing, tables, counters, carried_columns(job.root, tables))
    job.progress.done("fingerprinted", fingerprints.images, "images")
    return fingerprints
