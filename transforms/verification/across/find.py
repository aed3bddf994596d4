"""Two fingerprints tables in, groups of pairs across them out: the LSH join of the buckets of one with the other's.

Both are banded as one corpus of all their images would be, so that what an audit of all would find across them is
found. Pairs within a side are not looked at.
"""

import dataclasses
from collections.abc import Iterator
from typing import Literal, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.bands import (
    MINHASH,
    AllPairs,
    BandFiles,
    Counts,
    Task,
    WriteBands,
    bands_of,
    tasks_of,
)
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.find import (
    CAPPED,
    HELD,
    NEAR,
    NO_RANK,
    Asked,
    Candidates,
    FindCandidates,
    by_group,
    capped,
    merge_pairs,
    together,
)
from lookalike.transforms.candidates.sets import OneSet
from lookalike.transforms.core.schemas import Failure
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.collisions import BandSide, Limits, collide_between, hamming, thinned
from lookalike.transforms.functional.lsh.exhaustive import rank_of
from lookalike.transforms.io.generate import GenerateOnWorkers, Numbered


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a comparison. name: of its files in the work folder. parts: paths of its fingerprints table.
    collapse: which images of it are searched, and which set each belongs to: pairs are of an image of one side and one
    of the other whose set has the higher number. Both may be one, if it has several sets.
    """

    name: str
    parts: Numbered
    collapse: CollapseDuplicates


class SearchedSides(TypedDict):
    """Of either side one value, how many images follow, as `CollapseDuplicates` makes it."""

    query: beam.PCollection[int]
    match: beam.PCollection[int]


def every_group(blocks: int, pairs: bytes | None) -> Iterator[Asked]:
    """Each block of one side with each of the other, all with the same `pairs`."""
    return (((own, other), pairs) for own in range(blocks) for other in range(blocks))


@dataclasses.dataclass(eq=False)
class FindAcross(Stage):
    """Brings together images of two sides that may be copies of one another.

    pair: how a corpus of the images of both is searched. query, match: the sides. root: where the bands are written.
    """

    pair: FindCandidates
    query: Side
    match: Side
    root: str

    def expand(self, inputs: SearchedSides) -> Candidates:
        """Compare all pairs across, or write the bands of both sides, join them, and gather the pairs by group."""
        plan, root = self.pair.plan(), inputs["query"].pipeline
        if isinstance(plan, AllPairs):
            asked = root | "AllPairs" >> GenerateOnWorkers(Asked, every_group, (plan.blocks, None))
            nothing = root | "NoBuckets" >> beam.Create([]).with_output_types(Failure)
            return {"asked": asked, "capped": nothing}
        seed = self.pair.settings.seed
        queries = inputs["query"] | "BandQuery" >> WriteBands(self.files(self.query), self.query.collapse, seed)
        matches = queries
        if self.match != self.query:
            matches = inputs["match"] | "BandMatch" >> WriteBands(self.files(self.match), self.match.collapse, seed)
        every = root | "Groups" >> GenerateOnWorkers(Asked, every_group, (plan.blocks, b""))
        met = (
            root
            | "Tasks" >> GenerateOnWorkers(Task, tasks_of, (plan,))
            | "Collide"
            >> beam.ParDo(
                _CollideSides(self), beam.pvalue.AsSingleton(queries), beam.pvalue.AsSingleton(matches)
            ).with_outputs(CAPPED, main="pairs")
        )
        asked = (
            (met.pairs, every)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Merge" >> beam.MapTuple(merge_pairs)
        )
        return {"asked": asked, "capped": met[CAPPED]}

    def files(self, side: Side) -> BandFiles:
        """Where the bands of a side are written."""
        return BandFiles(self.root, side.parts, self.pair.band_plan(), f"bands-{side.name}")


class _CollideSides(beam.DoFn):
    """Some bands -> packed pairs across the sides, by group; buckets above the cap are reported."""

    def __init__(self, stage: FindAcross) -> None:
        self.stage, self.settings = stage, stage.pair.settings

    def process(
        self, task: Task, queries: Counts, matches: Counts
    ) -> Iterator[tuple[tuple[int, int], bytes] | beam.pvalue.TaggedOutput[Literal["capped"], Failure]]:
        plan, own = self.stage.pair.band_plan(), self.settings
        max_hamming = plan.max_hamming_shingles if task.kind == MINHASH else plan.max_hamming_sketches
        limits = Limits(max_hamming, own.bucket, NEAR, own.crowd, own.heads)
        query, match = _Read(self.stage, self.stage.query), _Read(self.stage, self.stage.match)
        held = [(np.zeros(0, np.uint64), np.zeros(0, np.uint16))]
        crowded = np.zeros(len(query.sketches), bool)
        sides = query.bands(task, queries), match.bands(task, matches)
        for band, ((mine, rest, places), (theirs, their_rest, their_places)) in enumerate(zip(*sides, strict=True)):
            met, cut = collide_between(mine, theirs, limits)
            i, j = met.pairs.T
            words = task.kind == MINHASH
            rank = rank_of(met.bits, rest[i, 0], their_rest[j, 0]) if words else np.full(len(i), NO_RANK)
            held.append((places[i].astype(np.uint64) << np.uint64(32) | their_places[j].astype(np.uint64), rank))
            crowded[places[met.crowded]] = True
            if sum(len(pairs) for pairs, _ in held) > HELD:
                held = [together(held)]
            count("FindCandidates", "capped-buckets", len(cut))
            for bucket in cut:
                yield beam.pvalue.TaggedOutput(CAPPED, capped(task, band, bucket, own))
        packed, rank = together(held)
        i, j = (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
        near = hamming(query.sketches[i], match.sketches[j]) <= NEAR
        crowded |= np.bincount(i[near], minlength=len(crowded)) > own.crowd
        keep = thinned(np.stack([j, i], 1), near, crowded, own.heads)
        sizes = [np.sum([blocks for _, blocks in counts], axis=0) for counts in (queries, matches)]
        yield from by_group(packed[keep], rank[keep], *sizes)


class _Read:
    """What was written of one side."""

    def __init__(self, stage: FindAcross, side: Side) -> None:
        self.files = stage.files(side)
        self.sketches = self.files.sketches()
        sets = side.collapse.sets
        if isinstance(sets, OneSet):
            self.sets = np.full(len(self.sketches), sets.number, np.uint32)
        else:
            self.sets = self.files.sets()

    def bands(self, task: Task, counts: Counts) -> Iterator[tuple[BandSide, np.ndarray, np.ndarray]]:
        """A task -> what its images bring to each of its bands; their residual bits; their places."""
        for places, code, residual in bands_of(self.files, task, counts, self.sketches):
            kept = residual & KEPT if task.kind == MINHASH else residual
            sketches = self.sketches[places] if task.kind == MINHASH else residual
            yield BandSide(code, kept, sketches, self.sets[places]), residual, places
