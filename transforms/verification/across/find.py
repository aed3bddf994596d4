"""Two fingerprints tables in, groups of pairs across them out: the LSH join of the buckets of one with the other's.

Both are banded as one corpus of all their images would be, so that what an audit of all would find across them is
found. Pairs within a side are not looked at.
"""

import dataclasses
from collections.abc import Iterator
from typing import TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.band_files import BandFiles, Counts, WriteBands, bands_of, block_sizes
from lookalike.transforms.candidates.bands import AllPairs, Task, cut_for, limits_of
from lookalike.transforms.candidates.candidate_groups import CandidateGroup, by_block
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.candidates.join import Candidates, CappedBucket, CollideTasks, all_pairs, join_bands, report
from lookalike.transforms.candidates.sets import OneSet
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.lsh.between import BandSide, collide_between
from lookalike.transforms.functional.lsh.collected import BandMembers, CollectedPairs
from lookalike.transforms.io.generate import Numbered


@dataclasses.dataclass(frozen=True)
class Side:
    """One side of a comparison. name: of its files in the work folder. parts: paths of its fingerprints table.
    collapse: which images of it are searched, and which set each belongs to: pairs are of an image of one side and one
    of the other whose set has the higher number. Both may be one, if it has several sets. columns: carried ones that
    its images bring to the matches.
    """

    name: str
    parts: Numbered
    collapse: CollapseDuplicates
    columns: tuple[str, ...] = ()

    @property
    def read_columns(self) -> tuple[str, ...]:
        """Carried columns that are read of it: those that say which copy is best, and which set it is in, too."""
        return tuple(dict.fromkeys((*self.collapse.columns, *self.columns)))


class SearchedSides(TypedDict):
    """Of either side one value, how many images follow, as `CollapseDuplicates` makes it."""

    query: beam.PCollection[int]
    match: beam.PCollection[int]


def every_group(blocks: int, pairs: bytes | None) -> Iterator[CandidateGroup]:
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
            return all_pairs(root, plan, every_group)
        seed = self.pair.settings.seed
        queries = inputs["query"] | "BandQuery" >> WriteBands(self.files(self.query), self.query.collapse, seed)
        matches = queries
        if self.match != self.query:
            matches = inputs["match"] | "BandMatch" >> WriteBands(self.files(self.match), self.match.collapse, seed)
        return join_bands(root, self.files(self.query), _CollideSides(self), queries, matches, both_sides=True)

    def files(self, side: Side) -> BandFiles:
        """Where the bands of a side are written."""
        plan = self.pair.band_plan()
        return BandFiles(self.root, side.parts, plan, cut_for(plan.scale), f"bands-{side.name}")


class _CollideSides(CollideTasks):
    """Some bands -> packed pairs across the sides, by block of the first; buckets above the cap are reported."""

    def __init__(self, stage: FindAcross) -> None:
        super().__init__(stage.files(stage.query))
        self.stage, self.settings = stage, stage.pair.settings

    def found(self, task: Task, *counts: Counts) -> Iterator[tuple[int, bytes] | CappedBucket]:
        queries, matches = counts
        plan = self.stage.pair.band_plan()
        limits = limits_of(plan, task.kind, self.settings)
        query, match = _Read(self.stage, self.stage.query, queries), _Read(self.stage, self.stage.match, matches)
        collected = CollectedPairs(query.looks, match.looks, limits, asking=0)
        sides = query.bands(task), match.bands(task)
        for band, ((mine, members), (theirs, their_members)) in enumerate(zip(*sides, strict=True)):
            found, cut = collide_between(mine, theirs, limits)
            collected.add(found, members, their_members)
            yield from report(task, band, cut, self.settings)
        sizes = [block_sizes(counts, plan.blocks) for counts in (queries, matches)]
        yield from by_block(*collected.thinned(), *sizes)


class _Read:
    """What was written of one side."""

    def __init__(self, stage: FindAcross, side: Side, counts: Counts) -> None:
        self.files, self.counts = stage.files(side), counts
        self.looks, sets = self.files.looks(counts), side.collapse.sets
        self.number = sets.number if isinstance(sets, OneSet) else None
        self.sets = self.files.sets() if self.number is None else np.zeros(0, np.uint32)

    def bands(self, task: Task) -> Iterator[tuple[BandSide, BandMembers]]:
        """A task -> what the images of the side bring to each of its bands."""
        for rows in bands_of(self.files, task, self.counts, self.looks):
            places, number = rows.members.places, self.number
            sets = self.sets[places] if number is None else np.full(len(places), number, np.uint32)
            yield BandSide(rows.code, rows.residual, rows.sketches, sets), rows.members
