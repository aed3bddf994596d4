"""The fingerprints table in, groups of images that are to be compared out: the LSH half of the match.

Small corpora are compared block by block, every image with every other: with a few thousand images that costs less
than banding and loses nothing. Larger ones are banded; only images that collide in a bucket come together, and of these
only such as agree in the residual bits of their codes.
"""

import dataclasses
from typing import TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.asked import asked_of_all
from lookalike.transforms.candidates.band_files import BandFiles, WriteBands
from lookalike.transforms.candidates.bands import AllPairs, BandPlan, cut_for
from lookalike.transforms.candidates.collide_bands import CollideBands
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.join import Candidates, all_pairs, join_bands
from lookalike.transforms.core.partitions import blocks_for, scale_of
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.keypoints import shingles
from lookalike.transforms.functional.lsh import banding, hyperplanes
from lookalike.transforms.io.generate import Numbered

SEEN = 0.02
"""Jaccard similarity of sets of shingles for which the recall of a plan is told."""


class Searched(TypedDict):
    """What is searched. paths: of the fingerprints table. followers: one value, as `CollapseDuplicates` makes it."""

    paths: beam.PCollection[str]
    followers: beam.PCollection[int]


@dataclasses.dataclass(frozen=True)
class SearchContext:
    """What a search knows of its corpus at launch. images: rows of the listing. permutations, dims: of signatures and
    embeddings. collapse: which images are searched. root: the output. parts: paths of the fingerprints table.
    """

    images: int
    permutations: int
    dims: int
    collapse: CollapseDuplicates
    root: str
    parts: Numbered


@dataclasses.dataclass(eq=False)
class FindCandidates(Stage):
    """Brings together the images that may be copies of one another.

    settings: the block `pair` of the configuration. context: what is known at launch.
    """

    settings: PairSettings = PairSettings()
    _: dataclasses.KW_ONLY
    context: SearchContext

    def plan(self) -> AllPairs | BandPlan:
        """How the corpus is searched: pair by pair while it is small, else in bands."""
        images = self.context.images
        few = images <= self.settings.exhaustive
        return AllPairs(scale_of(images), blocks_for(images)) if few else self.band_plan()

    def band_plan(self) -> BandPlan:
        """The bands for a corpus of this scale: as wide as chance allows."""
        own, images, permutations = self.settings, self.context.images, self.context.permutations
        size = scale_of(own.assumed_corpus_size or images)
        # three collisions by words for one by vectors: the words find more
        chance, exact = shingles.MEET * permutations / 320, 0
        while chance * size > 0.75 * own.chance_collisions and exact < shingles.RESIDUAL_SIGNS // 2:
            chance, exact = chance / 2, exact + 1
        found = float(banding.collision_probability(SEEN, permutations, 1))
        words = banding.Bands(permutations, 1, found, chance)
        differ = sum(rate * size <= own.chance_candidates for rate in shingles.CHANCE) - 1
        row = float(hyperplanes.collision(own.cosine))
        stray = float(hyperplanes.collision(own.chance_cosine))
        least = max(0, (8 * size // own.bucket).bit_length() - 1)
        vectors = banding.choose_bands(row, stray, size, own.bands, least, 32, 0.25 * own.chance_collisions)
        angle = 1 - float(hyperplanes.collision(self.least_cosine(size)))
        apart = round(hyperplanes.SKETCH_BITS * angle)
        within = self.context.collapse.scope.within
        return BandPlan(scale_of(images), blocks_for(images), words, vectors, exact, max(0, differ), apart, within)

    def least_cosine(self, size: int) -> float:
        """The cosine that `chance_candidates` images exceed by chance with each image of a corpus of this size."""
        own, cosines = self.settings, np.array(self.settings.chance_cosines)
        decades = np.arange(2, 2 + len(cosines))
        wanted = np.log10(size / own.chance_candidates)
        beyond = max(0.0, wanted - decades[-1]) * (cosines[-1] - cosines[-2])
        return float(min(0.9, max(own.cosine, np.interp(wanted, decades, cosines) + beyond)))

    def files(self) -> BandFiles:
        """Where the bands of this search are written."""
        plan = self.band_plan()
        return BandFiles(self.context.root, self.context.parts, plan, cut_for(plan.scale))

    def expand(self, inputs: Searched) -> Candidates:
        """Compare all pairs, or write bands, join them task by task, and gather the pairs by group."""
        plan, root = self.plan(), inputs["paths"].pipeline
        if isinstance(plan, AllPairs):
            return all_pairs(root, plan, asked_of_all)
        files, collapse = self.files(), self.context.collapse
        written = inputs["followers"] | "Band" >> WriteBands(files, collapse, self.settings.seed)
        collide = CollideBands(self.settings, files, collapse.scope)
        return join_bands(root, files, collide, written, both_sides=False)
