"""Joins the bands of a search task by task, and gathers the pairs that collide by group of work."""

import abc
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.band_files import LONG, BandFiles, Counts, StoredSketches, block_sizes
from lookalike.transforms.candidates.bands import MINHASH, POLYTOPES, AllPairs, Task, tasks_of
from lookalike.transforms.candidates.candidate_groups import CANDIDATE, CandidateGroup, groups_of_block
from lookalike.transforms.candidates.pair_files import PairFiles
from lookalike.transforms.core.records import Failure
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.lsh.buckets import Bucket, hamming, similar
from lookalike.transforms.functional.lsh.ranks import bits_of
from lookalike.transforms.io.generate import GenerateOnWorkers

CAPPED = "capped"

CappedBucket: TypeAlias = beam.pvalue.TaggedOutput[Literal["capped"], Failure]
Groups = Callable[[int, bytes | None], Iterator[CandidateGroup]]
"""How many blocks each side has, and what to ask of every group -> every group once, with that."""


class Candidates(TypedDict):
    """asked: every group once, with its pairs. capped: a Failure for each bucket that was too large and cut."""

    asked: beam.PCollection[CandidateGroup]
    capped: beam.PCollection[Failure]


def all_pairs(root: beam.Pipeline, plan: AllPairs, groups: Groups) -> Candidates:
    """Every group, in which all pairs are to be compared."""
    asked = root | "AllPairs" >> GenerateOnWorkers(CandidateGroup, groups, (plan.blocks, None))
    return {"asked": asked, "capped": root | "NoBuckets" >> beam.Create([]).with_output_types(Failure)}


class CollideTasks(beam.DoFn, abc.ABC):
    """Tasks -> how many were done; the pairs that each finds are written, buckets above the cap reported.

    files: how the bands are divided.
    """

    def __init__(self, files: BandFiles) -> None:
        self.files = files

    @abc.abstractmethod
    def found(self, task: Task, *counts: Counts) -> Iterator[tuple[int, bytes] | CappedBucket]:
        """A task, and what was written of each side -> packed pairs by block, and what `report` makes of buckets."""

    def process(self, task: Task, *counts: Counts) -> Iterator[int | CappedBucket]:
        """See the class."""
        pairs: list[tuple[int, bytes]] = []
        for one in self.found(task, *counts):
            if isinstance(one, beam.pvalue.TaggedOutput):
                yield one
            else:
                pairs.append(one)
        PairFiles(self.files).write(task, pairs)
        yield 1


def join_bands(
    root: beam.Pipeline, files: BandFiles, collide: CollideTasks, *written: beam.PCollection[Counts], both_sides: bool
) -> Candidates:
    """Every group, with the pairs that collide in a band.

    files: how the bands are divided. written: of each side one value, when all its bands are. both_sides: the sides
    are two, each divided into blocks.
    """
    found = (
        root
        | "Tasks" >> GenerateOnWorkers(Task, tasks_of, (files.plan, files.cut))
        | "Collide" >> beam.ParDo(collide, *map(beam.pvalue.AsSingleton, written)).with_outputs(CAPPED, main="done")
    )
    done = found.done | "Done" >> beam.CombineGlobally(sum)
    asked = (
        root
        | "Blocks" >> GenerateOnWorkers(int, range, (files.plan.blocks,))
        | "Merge"
        >> beam.ParDo(Merge(files, both_sides), *map(beam.pvalue.AsSingleton, (written[0], done))).with_output_types(
            CandidateGroup
        )
    )
    return {"asked": asked, "capped": found[CAPPED]}


class Merge(beam.DoFn):
    """A block -> its groups with the pairs from all tasks. Of pairs that tasks had no long sketches for, those whose
    long sketches agree.
    """

    def __init__(self, files: BandFiles, both_sides: bool) -> None:
        self.files, self.both_sides = files, both_sides

    def process(self, own: int, counts: Counts, done: int) -> Iterator[CandidateGroup]:
        """See the class. done: tasks; nothing is made of their number, but it is there when they are."""
        blocks = self.files.plan.blocks
        groups = groups_of_block(own, PairFiles(self.files).of_block(own), blocks, self.both_sides)
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
