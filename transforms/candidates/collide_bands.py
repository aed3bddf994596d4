"""Tasks of bands in, pairs of images that collide in a bucket and agree out."""

from collections.abc import Iterator
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.asked import by_block
from lookalike.transforms.candidates.band_files import BandFiles, Counts, bands_of, block_sizes
from lookalike.transforms.candidates.bands import Task, limits_of
from lookalike.transforms.candidates.join import CappedBucket, report
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.lsh.collected import BandMembers, CollectedPairs
from lookalike.transforms.functional.lsh.collisions import Limits, collide, thinned_bucket
from lookalike.transforms.functional.lsh.rows import Rows
from lookalike.transforms.functional.lsh.scopes import Scopes
from lookalike.transforms.ingest.scopes import ScopeRule


class _Dense(NamedTuple):
    """A bucket in which crowds are still to be told: its members, the bits that are compared, and their scopes."""

    members: BandMembers
    compared: np.ndarray
    scopes: Scopes | None


class CollideBands(beam.DoFn):
    """Some bands -> packed pairs by block; buckets above the cap are reported.

    settings: the block `pair` of the configuration. rule: which pairs are asked for.
    """

    def __init__(self, settings: PairSettings, files: BandFiles, rule: ScopeRule) -> None:
        self.settings, self.files, self.rule = settings, files, rule

    def process(self, task: Task, counts: Counts) -> Iterator[tuple[int, bytes] | CappedBucket]:
        """Compare the images of each bucket."""
        plan, looks = self.files.plan, self.files.looks(counts)
        limits = limits_of(plan, task.kind, self.settings)
        scopes = Scopes(self.files.scopes(), self.rule.within) if self.rule else None
        # an image is crowded by those before it
        collected = CollectedPairs(looks, looks, limits, asking=1)
        dense: list[_Dense] = []
        for band, rows in enumerate(bands_of(self.files, task, counts, looks)):
            asked = scopes and scopes.at(rows.members.places)
            near = rows.sketches if isinstance(rows.sketches, np.ndarray) else None
            found, cut, crowds = collide(rows.code, rows.compared, near, limits, asked)
            count("FindCandidates", "out-of-scope-pairs", asked.left_out if asked else 0)
            collected.add(found, rows.members, rows.members)
            dense += (_Dense(rows.members.at(some), rows.compared[some], asked and asked.at(some)) for some in crowds)
            yield from report(task, band, cut, self.settings)
        _thin(dense, looks, limits, collected)
        yield from by_block(*collected.thinned(), block_sizes(counts, plan.blocks))


def _thin(dense: list[_Dense], looks: Rows, limits: Limits, collected: CollectedPairs) -> None:
    """Collects what `collide` left, with sketches that are looked up for all of it at once."""
    if not dense:
        return
    ends = np.cumsum([len(bucket.members.places) for bucket in dense])[:-1]
    sketches = np.split(looks[np.concatenate([bucket.members.places for bucket in dense])], ends)
    for (members, compared, scopes), near in zip(dense, sketches, strict=True):
        found = thinned_bucket(np.arange(len(near)), compared, near, limits, scopes)
        assert found is not None  # since sketches are at hand
        count("FindCandidates", "out-of-scope-pairs", scopes.left_out if scopes else 0)
        collected.add(found, members, members)
