"""Joins the bands of a search task by task, and gathers the pairs that collide by group of work."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.asked import CANDIDATE, Asked, groups_of_block
from lookalike.transforms.candidates.band_files import LONG, BandFiles, Counts, StoredSketches, block_sizes
from lookalike.transforms.candidates.bands import MINHASH, POLYTOPES, AllPairs, Task, tasks_of
from lookalike.transforms.core.records import Failure
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.lsh.buckets import Bucket, hamming, similar
from lookalike.transforms.functional.lsh.ranks import bits_of
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
        | "Merge" >> beam.ParDo(_Merge(files, both_sides), beam.pvalue.AsSingleton(written[0]))
    )
    return {"asked": asked, "capped": found[CAPPED]}


def _every_block(blocks: int) -> Iterator[tuple[int, bytes]]:
    """Each block without pairs, so that its groups are there."""
    return ((own, b"") for own in range(blocks))


class _Merge(beam.DoFn):
    """Packed pairs of a block from all tasks -> its groups. Of pairs that tasks had no long sketches for, those whose
    long sketches agree.
    """

    def __init__(self, files: BandFiles, both_sides: bool) -> None:
        self.files, self.both_sides = files, both_sides

    def process(self, element: tuple[int, Iterable[bytes]], counts: Counts) -> Iterator[Asked]:
        own, blobs = element
        blocks = self.files.plan.blocks
        groups = groups_of_block(own, blobs, blocks, self.both_sides)
        if not self.files.long or self.files.cut.ranges == 1:
            return groups
        looks, sizes = StoredSketches(self.files, counts, LONG), block_sizes(counts, blocks)
        starts = np.cumsum(sizes) - sizes
        # of the block itself all are read once, of each other one those that are asked for
        mine = looks[starts[own] + np.arange(sizes[own])]
        return ((group, self._near(pairs, mine, starts[group[1]], looks)) for group, pairs in groups)

    def _near(self, packed: bytes | None, mine: np.ndarray, start: int, looks: StoredSketches) -> bytes:
        pairs = np.frombuffer(packed or b"", CANDIDATE)
        apart = *self.files.plan.long_apart(MINHASH), *self.files.plan.long_apart(POLYTOPES)
        # beyond the bits that count, embeddings alone decide
        bits = np.minimum(bits_of(pairs["rank"]), len(apart) - 1)
        differ = hamming(mine[pairs["a"]], looks[start + pairs["b"].astype(np.int64)])
        return pairs[similar(apart, bits, differ)].tobytes()


def report(task: Task, band: int, cut: list[Bucket], settings: PairSettings) -> Iterator[CappedBucket]:
    """The buckets that were cut, of a band of a task -> a Failure for each."""
    count("FindCandidates", "capped-buckets", len(cut))
    for bucket in cut:
        message = (
            f"bucket {bucket.code:08x} of {task.kind} band {task.first + band} holds {len(bucket.members)} images, "
            f"more than pair.bucket = {settings.bucket}: compared with its first {settings.heads} only"
        )
        yield beam.pvalue.TaggedOutput(CAPPED, Failure("", "pair", "bucket_capped", message))
