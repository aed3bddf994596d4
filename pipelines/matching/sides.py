"""The second half of a comparison: two fingerprints tables -> candidates, matches and failures across them."""

import collections
import dataclasses
import itertools

import apache_beam as beam
import pyarrow as pa

from lookalike.pipelines.configuration.stages import Stages
from lookalike.pipelines.configuration.versions import versions
from lookalike.pipelines.engines.runners import run
from lookalike.pipelines.run.steps.chance import with_measured_chance
from lookalike.pipelines.run.steps.halves import Matches
from lookalike.pipelines.run.steps.job import Job
from lookalike.pipelines.run.steps.sides import ComparedSide
from lookalike.transforms.core.schemas import matches_schema
from lookalike.transforms.functional.verification.relations import COPIES
from lookalike.transforms.io.failures_table import failure_rows, read_failures
from lookalike.transforms.io.generate import GenerateOnWorkers, Numbered, parts_of
from lookalike.transforms.io.parquet_sink import RecordParts, WriteTable, written_parts
from lookalike.transforms.verification.across.confirm import AcrossStore, ConfirmAcross
from lookalike.transforms.verification.across.find import FindAcross, Side
from lookalike.transforms.verification.across.judged import JudgedRows
from lookalike.transforms.verification.across.match_rows import MatchRows


@dataclasses.dataclass(eq=False)
class MatchSides(beam.PTransform):
    """The pipeline's root -> candidates, matches and failures across two sides, in files below `output`.

    failures: paths of what either side could not use. schema: of the matches.
    """

    stages: Stages
    find: FindAcross
    confirm: ConfirmAcross
    rows: MatchRows
    failures: tuple[Numbered, ...]
    output: str
    schema: pa.Schema

    def expand(self, root: beam.pvalue.PBegin) -> None:
        """Search, compare, name the matches."""
        query, match = self.find.query, self.find.match
        paths = {"query": root | "QueryParts" >> _paths(query.parts)}
        followers = {"query": (paths["query"] | "CollapseQuery" >> query.collapse)["followers"]}
        if match == query:
            paths["match"], followers["match"] = paths["query"], followers["query"]
        else:
            paths["match"] = root | "MatchParts" >> _paths(match.parts)
            followers["match"] = (paths["match"] | "CollapseMatch" >> match.collapse)["followers"]
        found = followers | "Pair" >> self.find
        near = {"asked": found["asked"], **followers} | "Confirm" >> self.confirm
        rows = {"near": near["pairs"], **paths} | "MatchRows" >> self.rows
        if self.rows.verdicts.together:
            judged = paths | "JudgedRows" >> JudgedRows(self.rows)
            rows = (rows, judged) | "WithJudged" >> beam.Flatten()
        _ = near["parts"] | "RecordCandidates" >> RecordParts(self.output, "candidates")
        _ = rows | "WriteMatches" >> WriteTable(
            self.output, "matches", self.schema, self.stages.table_parts, ("query", "match")
        )
        failed = root | "Failed" >> GenerateOnWorkers(str, itertools.chain.from_iterable, (self.failures,))
        unread = failed | "Unread" >> beam.FlatMap(read_failures)
        failures = (found["capped"], unread) | "AllFailures" >> beam.Flatten()
        rows_of_failures = failures | "FailureRows" >> failure_rows(self.stages.table_parts)
        _ = rows_of_failures | "WriteFailures" >> self.stages.failures_table(0)


def _paths(paths: Numbered) -> GenerateOnWorkers:
    return GenerateOnWorkers(str, iter, (paths,))


def match_sides(job: Job, query: ComparedSide, match: ComparedSide, relations: tuple[str, ...] = COPIES) -> Matches:
    """Match two sides, which may be one that has several sets.

    Raises:
        RuntimeError: the pipeline failed.
    """
    halves = (query,) if match == query else (query, match)
    listed = sum(side.listed for side in halves)
    tables = [[f"{side.root}/{part.path}" for part in side.parts] for side in halves]
    stages = with_measured_chance(job, tables, listed).stages(listed)
    with job.progress.watch("pairs", None, "confirmed pairs"):
        pipeline = comparing_sides(job, stages, query, match, relations)
        counters = run(pipeline, job.request.options)
    written = written_parts(job.root, ("candidates", "matches-0", "failures-0"))
    job.progress.done("matched", sum(part.rows for part in written["matches"]), "pairs")
    both = sum((collections.Counter(side.counters) for side in halves), collections.Counter(counters))
    return Matches(written, dict(both), stages.pair)


def comparing_sides(
    job: Job, stages: Stages, query: ComparedSide, match: ComparedSide, relations: tuple[str, ...]
) -> MatchSides:
    """The pipeline that matches two sides, ready to be applied."""
    one, other = (_side(stages, side) for side in (query, match))
    if match == query:
        other = one
    halves = (query,) if match == query else (query, match)
    used = [part for side in halves if side.sets.columns or one.collapse.columns for part in side.column_parts]
    fingerprints = [part.sha256 for part in (*query.parts, *match.parts, *used)]
    digest = stages.digest(fingerprints, versions(), [repr(query.sets), repr(match.sets)])
    store = AcrossStore(job.root, one.parts, stages.blocks, digest, (), one.collapse, match=other)
    rows = MatchRows(
        one, other, stages.config.pair, relations, stages.collapse.partitions, stages.table_parts,
        job.request.verdicts,
    )  # fmt: skip
    return MatchSides(
        stages,
        FindAcross(stages.pair, one, other, job.root),
        ConfirmAcross(stages.rules, store, job.progress.folder),
        rows,
        tuple(dict.fromkeys((query.failures, match.failures))),
        job.root,
        matches_schema(query.columns, match.columns),
    )


def _side(stages: Stages, side: ComparedSide) -> Side:
    parts = parts_of(side.root, "fingerprints", len(side.parts))
    files = dataclasses.replace(stages.collapse.files, name=f"followers-{side.name}")
    collapse = dataclasses.replace(stages.collapse, files=files, sets=side.sets)
    return Side(side.name, parts, collapse, tuple(side.columns.names))
