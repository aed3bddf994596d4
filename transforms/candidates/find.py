"""The fingerprints table in, groups of images that are to be compared out: the LSH half of the match.

Small corpora are compared block by block, every image with every other: with a few thousand images that costs less
than banding and loses nothing. Larger ones are banded; only images that collide in a bucket come together, and of these
only such as agree in the residual bits of their shingles, and in the sketches of their embeddings.
"""

import dataclasses
from typing import TypedDict

import apache_beam as beam

from lookalike.transforms.candidates.band_files import BandFiles, WriteBands
from lookalike.transforms.candidates.bands import AllPairs, BandPlan, cut_for
from lookalike.transforms.candidates.candidate_groups import every_group_with
from lookalike.transforms.candidates.collide_bands import CollideBands
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.join import Candidates, all_pairs, join_bands
from lookalike.transforms.candidates.rules import candidate_rule, chance_of, rates_of_photographs
from lookalike.transforms.core.partitions import blocks_for, scale_of
from lookalike.transforms.core.settings.confirm import ConfirmSettings
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.keypoints import shingles
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule, share_by_chance
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates
from lookalike.transforms.functional.lsh.codes import banding, cross_polytopes
from lookalike.transforms.io.generate import Numbered

SEEN = 0.02
"""Jaccard similarity of sets of shingles for which the recall of a plan is told."""
BY_SHINGLES = 5 / 6
"""Largest share of the chance collisions that may come from shingles, which find more than embeddings. What they leave
of it, since whole bits are added to their buckets, is left for embeddings.
"""


class Searched(TypedDict):
    """What is searched. paths: of the fingerprints table. followers: one value, as `CollapseDuplicates` makes it."""

    paths: beam.PCollection[str]
    followers: beam.PCollection[int]


@dataclasses.dataclass(frozen=True)
class SearchContext:
    """What a search knows of its corpus at launch. images: rows of the listing. permutations, dims: of signatures and
    embeddings. collapse: which images are searched. root: the output. parts: paths of the fingerprints table. rates:
    how often its unrelated images agree, if that was measured.
    """

    images: int
    permutations: int
    dims: int
    collapse: CollapseDuplicates
    root: str
    parts: Numbered
    rates: ChanceRates | None = None


@dataclasses.dataclass(eq=False)
class FindCandidates(Stage):
    """Brings together the images that may be copies of one another.

    settings, confirm: the blocks `pair` and `confirm` of the configuration. context: what is known at launch.
    """

    settings: PairSettings = PairSettings()
    confirm: ConfirmSettings = ConfirmSettings()
    _: dataclasses.KW_ONLY
    context: SearchContext

    def plan(self) -> AllPairs | BandPlan:
        """How the corpus is searched: pair by pair while it is small, else in bands."""
        images = self.context.images
        few = images <= self.settings.exhaustive
        return AllPairs(scale_of(images), blocks_for(images)) if few else self.band_plan()

    def band_plan(self) -> BandPlan:
        """The bands for a corpus of this scale: as wide as chance allows."""
        own, images, size, (exact, chance) = self.settings, self.context.images, self._size, self._exact
        found = float(banding.collision_probability(SEEN, self.context.permutations, 1))
        words = banding.Bands(self.context.permutations, 1, found, chance)
        width = cross_polytopes.width_for(size, own.chance_collisions - chance * size, self.rates.widths)
        within = self.context.collapse.scope.within
        return BandPlan(scale_of(images), blocks_for(images), words, width, exact, self.rule(exact), within)

    def rule(self, exact: int | None = None) -> CandidateRule:
        """Which pairs are candidates. exact: residual bits that belong to buckets; None: as the corpus is searched."""
        if exact is None:
            exact = 0 if self.context.images <= self.settings.exhaustive else self._exact[0]
        return candidate_rule(self.settings, self.confirm, self._size, self.rates, exact)

    def share_by_chance(self) -> float:
        """Share of the pairs of unrelated images that are candidates, of a corpus that is searched in bands."""
        exact = self._exact[0]
        return share_by_chance(self.rule(exact), chance_of(self.settings, self.rates, exact))

    @property
    def rates(self) -> ChanceRates:
        """How often unrelated images of the corpus agree; those of photographs where it was not measured."""
        return self.context.rates or rates_of_photographs(self.settings, self.context.permutations)

    @property
    def _size(self) -> int:
        return scale_of(self.settings.assumed_corpus_size or self.context.images)

    @property
    def _exact(self) -> tuple[int, float]:
        """How many residual bits belong to buckets, and how often unrelated pairs then share one."""
        exact, chance = 0, self.rates.meet
        most = BY_SHINGLES * self.settings.chance_collisions / self._size
        while chance > most and exact < shingles.RESIDUAL_SIGNS:
            chance, exact = chance * shingles.EQUAL, exact + 1
        return exact, chance

    def files(self) -> BandFiles:
        """Where the bands of this search are written."""
        plan = self.band_plan()
        return BandFiles(self.context.root, self.context.parts, plan, cut_for(plan.scale), long=True)

    def expand(self, inputs: Searched) -> Candidates:
        """Compare all pairs, or write bands, join them task by task, and gather the pairs by group."""
        plan, root = self.plan(), inputs["paths"].pipeline
        if isinstance(plan, AllPairs):
            return all_pairs(root, plan, every_group_with)
        files, collapse = self.files(), self.context.collapse
        written = inputs["followers"] | "Band" >> WriteBands(files, collapse, self.settings.seed)
        collide = CollideBands(self.settings, files, collapse.scope)
        return join_bands(root, files, collide, written, both_sides=False)
