"""The first half: a listing -> the fingerprints table, and the failures of listing and reading."""

import dataclasses

import apache_beam as beam

from pipelines.stages import Stages
from transforms.failures import failure_rows
from transforms.fingerprints import JoinFingerprints
from transforms.images import FAILURES as UNREAD
from transforms.listing import ReadListing
from transforms.output import WriteCount, WriteTable
from transforms.schemas import fingerprints_schema


@dataclasses.dataclass(eq=False)
class FingerprintCorpus(beam.PTransform):
    """The pipeline's root -> files below `output`. shards: paths of the listing."""

    stages: Stages
    shards: list[str]
    output: str

    def expand(self, root):
        """See the class."""
        stages = self.stages
        listed = root | "List" >> ReadListing(self.shards)
        _ = listed["sources"] | "CountSources" >> WriteCount(self.output, "sources")
        read = listed["sources"] | "Read" >> stages.read
        both = {
            "embeddings": read.images | "Embed" >> stages.embed,
            "sketches": read.images | "Sketch" >> stages.sketch,
        }
        fingerprints = both | "Join" >> JoinFingerprints(stages.parts)
        failures = (listed["failures"], read[UNREAD]) | "Failures" >> beam.Flatten()
        schema = fingerprints_schema(stages.pair.dims, stages.sketch.permutations)
        _ = fingerprints | "WriteFingerprints" >> WriteTable(
            self.output, "fingerprints", schema, stages.parts, ("uri",)
        )
        _ = (
            failures
            | "FailureRows" >> failure_rows(stages.table_parts)
            | "WriteFailures" >> stages.failures_table(self.output, half=0)
        )
