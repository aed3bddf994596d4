"""The second half, for what changed since a previous audit of nearly the same corpus."""

import dataclasses
from collections.abc import Sequence

import apache_beam as beam
import pyarrow as pa

from lookalike.pipelines.configuration.stages import Stages
from lookalike.pipelines.engines.runners import run
from lookalike.pipelines.matching.corpus import ClusterAndWrite, collapsed_corpus, written_matches
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.steps.halves import Fingerprints, Matches
from lookalike.pipelines.run.steps.job import Job
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.incremental.confirm_changes import ConfirmChanges
from lookalike.transforms.incremental.diff import FindChanges
from lookalike.transforms.incremental.invalidation import FindEffects
from lookalike.transforms.ingest.work_units import Known
from lookalike.transforms.io.failures_table import read_capped
from lookalike.transforms.io.generate import GenerateOnWorkers
from lookalike.transforms.io.parquet_sink import WriteCount, written_count
from lookalike.transforms.verification.confirm import ConfirmPairs

LOCAL = "local"
"""Name of the count that a run writes: 1 where the changes are local, else 0."""


@dataclasses.dataclass(eq=False)
class MatchChanges(beam.PTransform):
    """The pipeline's root -> the same files below `output` that `MatchCorpus` would write, if the changes are local:
    no pair but those of changed images is concerned. If they are not, nothing is compared, and the count LOCAL is 0.

    known: the fingerprints of the previous audit. capped: paths of its failures. columns: that are
    carried along.
    """

    stages: Stages
    confirm: ConfirmPairs
    known: Known
    capped: Sequence[str]
    output: str
    columns: pa.Schema = NO_COLUMNS

    def expand(self, root: beam.pvalue.PBegin) -> None:
        """Compare the tables, see whether the changes are local, and compare what was added."""
        stages = self.stages
        corpus = collapsed_corpus(root, stages, self.confirm.store.parts)
        earlier = stages.earlier_collapse()
        before = (
            root | "EarlierParts" >> GenerateOnWorkers(str, iter, (self.known.parts,)) | "EarlierCollapse" >> earlier
        )
        everything = {
            "numbered": corpus["numbered"],
            "paths": corpus["paths"],
            "followers": corpus["followers"],
            "earlier_followers": before["followers"],
        }
        finding = FindChanges(stages.collapse, earlier, self.known, stages.parts, self.output)
        everything["changes"] = everything | "Changes" >> finding
        everything["settled"] = everything | "Effects" >> FindEffects(stages.pair)
        capped = root | "EarlierFailures" >> GenerateOnWorkers(str, iter, (self.capped,))
        near = everything | "Confirm" >> ConfirmChanges(stages.pair, self.confirm)
        _ = everything["settled"] | "AsNumber" >> beam.Map(int) | "Local" >> WriteCount(self.output, LOCAL)
        _ = {
            "numbered": corpus["numbered"],
            "equal": corpus["equal"],
            "near": near["pairs"],
            "candidates": near["parts"],
            "capped": capped | "Capped" >> beam.FlatMap(read_capped),
        } | "Finish" >> ClusterAndWrite(stages, self.output, self.columns)


def match_changes(job: Job, fingerprints: Fingerprints, reusable: Sequence[str]) -> Matches | None:
    """Match what changed. reusable: paths of the previous audit's candidates. None: the changes have effects on other
    pairs, and the whole corpus has to be matched.

    Raises:
        RuntimeError: the pipeline failed.
    """
    assert job.previous is not None
    stages = job.stages(fingerprints.listing.rows)
    capped = manifest.numbered_parts(job.previous.record, job.previous.output, "failures")
    with job.progress.watch("pairs", None, "confirmed pairs"):
        confirm = stages.comparing(fingerprints.parts, reusable, fingerprints.column_parts)
        changes = MatchChanges(stages, confirm, job.previous.known(), capped, job.root, fingerprints.columns)
        counters = run(changes, job.request.options)
    if not written_count(job.root, LOCAL):
        job.progress.say("what changed has effects on other pairs; matching the whole corpus")
        return None
    return written_matches(job, stages, counters)
