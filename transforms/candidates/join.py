"""Joins the bands of a search task by task, and gathers the pairs that collide by group of work."""

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, TypedDict

import apache_beam as beam

from lookalike.transforms.candidates.asked import Asked, merge_pairs
from lookalike.transforms.candidates.bands import AllPairs, BandPlan, Counts, Task, tasks_of
from lookalike.transforms.core.records import Failure
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.lsh.collisions import Bucket
from lookalike.transforms.io.generate import GenerateOnWorkers

CAPPED = "capped"

CappedBucket: TypeAlias = beam.pvalue.TaggedOutput[Literal["capped"], Failure]
Groups = Callable[[int, bytes | None], Iterator[Asked]]
"""How many blocks each side has, and what to ask of every group -> every group once, with that."""


class Candidates(TypedDict):
    """asked: every group once, with its pairs. capped: a Failure for each bucket that was too large and cut."""

    asked: beam.PCollection[Asked]
    capped: beam.PCollection[Failure]


def all_pairs(root: beam.Pipeline, plan: AllPairs, groups: Groups) -> Candidates:
    """Every group, in which all pairs are to be compared."""
    asked = root | "AllPairs" >> GenerateOnWorkers(Asked, groups, (plan.blocks, None))
    return {"asked": asked, "capped": root | "NoBuckets" >> beam.Create([]).with_output_types(Failure)}


def join_bands(
    root: beam.Pipeline, plan: BandPlan, groups: Groups, collide: beam.DoFn, *written: beam.PCollection[Counts]
) -> Candidates:
    """Every group, with the pairs that collide in a band.

    collide: a task, and what was written of each side -> packed pairs by group, and what `report` makes of its buckets.
    written: of each side one value, when all its bands are.
    """
    every = root | "Groups" >> GenerateOnWorkers(Asked, groups, (plan.blocks, b""))
    found = (
        root
        | "Tasks" >> GenerateOnWorkers(Task, tasks_of, (plan,))
        | "Collide" >> beam.ParDo(collide, *map(beam.pvalue.AsSingleton, written)).with_outputs(CAPPED, main="pairs")
    )
    asked = (
        (found.pairs, every)
        | "Together" >> beam.Flatten()
        | "Gather" >> beam.GroupByKey()
        | "Merge" >> beam.MapTuple(merge_pairs)
    )
    return {"asked": asked, "capped": found[CAPPED]}


def report(task: Task, band: int, cut: list[Bucket], settings: PairSettings) -> Iterator[CappedBucket]:
    """The buckets that were cut, of a band of a task -> a Failure for each."""
    count("FindCandidates", "capped-buckets", len(cut))
    for bucket in cut:
        message = (
            f"bucket {bucket.code:08x} of {task.kind} band {task.first + band} holds {len(bucket.members)} images, "
            f"more than pair.bucket = {settings.bucket}: compared with its first {settings.heads} only"
        )
        yield beam.pvalue.TaggedOutput(CAPPED, Failure("", "pair", "bucket_capped", message))
