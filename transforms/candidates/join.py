"""Joins the bands of a search task by task, and gathers the pairs that collide by group of work."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias, TypedDict

import apache_beam as beam

from lookalike.transforms.candidates.asked import Asked, groups_of_block
from lookalike.transforms.candidates.band_files import BandFiles, Counts
from lookalike.transforms.candidates.bands import AllPairs, Task, tasks_of
from lookalike.transforms.core.records import Failure
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.lsh.buckets import Bucket
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
    root: beam.Pipeline, files: BandFiles, collide: beam.DoFn, *written: beam.PCollection[Counts], both_sides: bool
) -> Candidates:
    """Every group, with the pairs that collide in a band.

    files: how the bands are divided. collide: a task, and what was written of each side -> packed pairs by block, and
    what `report` makes of its buckets. written: of each side one value, when all its bands are. both_sides: the sides
    are two, each divided into blocks.
    """
    blocks = files.plan.blocks
    every = root | "Blocks" >> GenerateOnWorkers(tuple[int, bytes], _every_block, (blocks,))
    found = (
        root
        | "Tasks" >> GenerateOnWorkers(Task, tasks_of, (files.plan, files.cut))
        | "Collide" >> beam.ParDo(collide, *map(beam.pvalue.AsSingleton, written)).with_outputs(CAPPED, main="pairs")
    )
    asked = (
        (found.pairs, every)
        | "Together" >> beam.Flatten()
        | "Gather" >> beam.GroupByKey()
        | "Merge" >> beam.ParDo(_Merge(blocks, both_sides))
    )
    return {"asked": asked, "capped": found[CAPPED]}


def _every_block(blocks: int) -> Iterator[tuple[int, bytes]]:
    """Each block without pairs, so that its groups are there."""
    return ((own, b"") for own in range(blocks))


class _Merge(beam.DoFn):
    """Packed pairs of a block from all tasks -> its groups."""

    def __init__(self, blocks: int, both_sides: bool) -> None:
        self.blocks, self.both_sides = blocks, both_sides

    def process(self, element: tuple[int, Iterable[bytes]]) -> Iterator[Asked]:
        own, blobs = element
        return groups_of_block(own, blobs, self.blocks, self.both_sides)


def report(task: Task, band: int, cut: list[Bucket], settings: PairSettings) -> Iterator[CappedBucket]:
    """The buckets that were cut, of a band of a task -> a Failure for each."""
    count("FindCandidates", "capped-buckets", len(cut))
    for bucket in cut:
        message = (
            f"bucket {bucket.code:08x} of {task.kind} band {task.first + band} holds {len(bucket.members)} images, "
            f"more than pair.bucket = {settings.bucket}: compared with its first {settings.heads} only"
        )
        yield beam.pvalue.TaggedOutput(CAPPED, Failure("", "pair", "bucket_capped", message))
