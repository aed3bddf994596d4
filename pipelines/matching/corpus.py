"""The second half: the fingerprints table -> confirmed pairs and clusters."""

import dataclasses
from collections.abc import Sequence
from typing import TypedDict

import apache_beam as beam
import pyarrow as pa

from lookalike.pipelines.configuration.stages import Stages
from lookalike.pipelines.engines.runners import run
from lookalike.pipelines.run.steps.halves import Fingerprints, Matches
from lookalike.pipelines.run.steps.job import Job
from lookalike.transforms.clustering.conflicts import merges_schema
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.core.records import Failure
from lookalike.transforms.core.schemas import CLUSTERS, CONFLICTS, FOLDERS, PAIRS
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.io.failures_table import failure_rows
from lookalike.transforms.io.generate import GenerateOnWorkers
from lookalike.transforms.io.parquet_sink import Part, RecordParts, WriteTable, written_parts
from lookalike.transforms.verification.confirm import ConfirmPairs


@dataclasses.dataclass(eq=False)
class MatchCorpus(beam.PTransform):
    """The pipeline's root -> candidates, pairs, clusters and failures, in files below `output`.

    confirm: the comparison, which knows the fingerprints table. columns: that are carried along.
    """

    stages: Stages
    confirm: ConfirmPairs
    output: str
    columns: pa.Schema = NO_COLUMNS

    def expand(self, root: beam.pvalue.PBegin) -> None:
        """Search, compare and cluster."""
        stages = self.stages
        corpus = collapsed_corpus(root, stages, self.confirm.store.parts)
        found = {"paths": corpus["paths"], "followers": corpus["followers"]} | "Pair" >> stages.pair
        near = {"asked": found["asked"], "followers": corpus["followers"]} | "Confirm" >> self.confirm
        _ = {
            "numbered": corpus["numbered"],
            "equal": corpus["equal"],
            "near": near["pairs"],
            "candidates": near["parts"],
            "capped": found["capped"],
        } | "Finish" >> ClusterAndWrite(stages, self.output, self.columns)


class CollapsedCorpus(TypedDict):
    """numbered: (number, path) of the parts of the fingerprints table. paths: the same without numbers. equal: PAIR
    records of equal pictures. followers: as `CollapseDuplicates` makes it.
    """

    numbered: beam.PCollection[tuple[int, str]]
    paths: beam.PCollection[str]
    equal: beam.PCollection[bytes]
    followers: beam.PCollection[int]


def collapsed_corpus(root: beam.pvalue.PBegin, stages: Stages, parts: Sequence[str]) -> CollapsedCorpus:
    """The pipeline's root and paths of a fingerprints table -> its parts, and its equal pictures collapsed."""
    numbered = root | "Parts" >> GenerateOnWorkers(tuple[int, str], enumerate, (parts,))
    paths = numbered | "Paths" >> beam.Values()
    collapsed = paths | "Collapse" >> stages.collapse
    return {"numbered": numbered, "paths": paths, "equal": collapsed["pairs"], "followers": collapsed["followers"]}


class Matched(TypedDict):
    """numbered: (number, path) of the parts of the fingerprints table. equal, near: PAIR records of equal and of other
    pictures. candidates: parts of the candidates table. capped: buckets that were cut.
    """

    numbered: beam.PCollection[tuple[int, str]]
    equal: beam.PCollection[bytes]
    near: beam.PCollection[bytes]
    candidates: beam.PCollection[Part]
    capped: beam.PCollection[Failure]


@dataclasses.dataclass(eq=False)
class ClusterAndWrite(Stage):
    """Clusters what was matched, and writes the tables of the second half.

    columns: that are carried along, with their types.
    """

    stages: Stages
    output: str
    columns: pa.Schema = NO_COLUMNS

    def expand(self, inputs: Matched) -> None:
        """Join the pairs of all sources, cluster them, and write every table."""
        stages = self.stages
        judged = inputs["numbered"] | "Paths" >> beam.Values() | "Judge" >> stages.judge
        pairs = (inputs["equal"], inputs["near"], judged) | "Confirmed" >> beam.Flatten()
        rows = {"pairs": pairs, "paths": inputs["numbered"]} | "Cluster" >> stages.cluster
        _ = inputs["candidates"] | "RecordCandidates" >> RecordParts(self.output, "candidates")
        clusters = pa.schema([*CLUSTERS, *self.columns])
        _ = rows["clusters"] | "WriteClusters" >> self._table("clusters", clusters, ("cluster_id", "uri"))
        _ = rows["pairs"] | "WritePairs" >> self._table("pairs", PAIRS, ("uri_a", "uri_b"))
        if len(self.columns):
            order = ("cluster_id", "column", "uri")
            _ = rows["conflicts"] | "WriteConflicts" >> self._table("conflicts", CONFLICTS, order)
            merges = merges_schema(self.columns)
            _ = rows["merges"] | "WriteMerges" >> self._table("merges", merges, ("cluster_id", "uri"))
        if stages.config.output.folders:
            found = {"between": rows["between"], "paths": inputs["numbered"]} | "Contain" >> stages.contain
            _ = found | "WriteFolders" >> self._table("folders", FOLDERS, ("folder", "contained_in"))
        failures = inputs["capped"] | "FailureRows" >> failure_rows(stages.table_parts)
        _ = failures | "WriteFailures" >> stages.failures_table(1)

    def _table(self, name, schema, order):
        return WriteTable(self.output, name, schema, self.stages.table_parts, order)


def match_corpus(job: Job, fingerprints: Fingerprints, reusable: Sequence[str]) -> Matches:
    """Match the whole corpus. reusable: paths of a previous audit's candidates, whose pairs are not compared again.

    Raises:
        RuntimeError: the pipeline failed.
    """
    stages = job.stages(fingerprints.listing.rows)
    with job.progress.watch("pairs", None, "confirmed pairs"):
        confirm = stages.comparing(fingerprints.parts, reusable, fingerprints.column_parts)
        counters = run(MatchCorpus(stages, confirm, job.root, fingerprints.columns), job.request.options)
    return written_matches(job, stages, counters)


def written_matches(job: Job, stages: Stages, counters: dict[str, int]) -> Matches:
    """What a pipeline of this half has written, once it has come to its end."""
    records: tuple[str, ...] = ("candidates", "pairs-0", "clusters-0", f"failures-{stages.table_parts}")
    if job.request.config.columns.names:
        records += ("conflicts-0", "merges-0")
    if job.request.config.output.folders:
        records += ("folders-0",)
    tables = written_parts(job.root, records)
    job.progress.done("confirmed", sum(part.rows for part in tables["pairs"]), "pairs")
    return Matches(tables, counters, stages.pair)
