"""The first half: a listing -> the fingerprints table, and the failures of listing and reading."""

import dataclasses

import apache_beam as beam

from lookalike.pipelines.configuration.stages import Stages
from lookalike.transforms.fingerprinting.fingerprints_table import commit_failures
from lookalike.transforms.ingest.work_units import COMMITTED, Known
from lookalike.transforms.ingest.written_listing import ReadListing
from lookalike.transforms.io.failures_table import failure_rows
from lookalike.transforms.io.parquet_sink import RecordParts, WriteCount

RECORDS = ("fingerprints", "failures-0")
"""Names of the lists of parts that this half leaves."""


@dataclasses.dataclass(eq=False)
class FingerprintCorpus(beam.PTransform):
    """The pipeline's root -> files below `output`. shards: paths of the listing. known: fingerprints of an earlier
    audit, of which those that still hold are taken over.
    """

    stages: Stages
    shards: list[str]
    output: str
    known: Known | None = None

    def expand(self, root):
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
        _ = commits | "Listed" >> beam.Map(lambda commit: commit.listed) | "Sum" >> WriteCount(self.output, "sources")
        _ = commits | "Kept" >> beam.Map(lambda commit: commit.kept) | "SumKept" >> WriteCount(self.output, "kept")
