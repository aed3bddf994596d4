"""The second half: the fingerprints table -> confirmed pairs and clusters."""

import dataclasses

import apache_beam as beam

from pipelines.stages import Stages
from transforms.failures import failure_rows
from transforms.fingerprints import read_part
from transforms.output import WriteTable
from transforms.schemas import CLUSTERS, PAIRS


@dataclasses.dataclass(eq=False)
class MatchCorpus(beam.PTransform):
    """The pipeline's root -> files below `output`. parts: paths of the fingerprints table."""

    stages: Stages
    parts: list[str]
    output: str

    def expand(self, root):
        """See the class."""
        stages, parts = self.stages, self.stages.table_parts
        fingerprints = root | "Parts" >> beam.Create(self.parts) | "Fingerprints" >> beam.FlatMap(read_part)
        unique = fingerprints | "Collapse" >> stages.collapse
        candidates = unique | "Pair" >> stages.pair
        near = candidates["comparisons"] | "Confirm" >> stages.confirm
        pairs = (unique["pairs"], near) | "Confirmed" >> beam.Flatten()
        rows = {"pairs": pairs, "nodes": unique["nodes"]} | "Cluster" >> stages.cluster
        order = ("cluster_id", "uri")
        _ = rows["clusters"] | "WriteClusters" >> WriteTable(self.output, "clusters", CLUSTERS, parts, order)
        _ = rows["pairs"] | "WritePairs" >> WriteTable(self.output, "pairs", PAIRS, parts, ("uri_a", "uri_b"))
        _ = (
            candidates["capped"]
            | "FailureRows" >> failure_rows(parts)
            | "WriteFailures" >> stages.failures_table(self.output, half=1)
        )
