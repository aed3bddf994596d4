"""Tasks of bands in, pairs of images that collide in a bucket and agree out."""

from collections.abc import Iterator

from lookalike.transforms.candidates.band_files import LONG, BandFiles, Counts, bands_of, block_sizes
from lookalike.transforms.candidates.bands import Task, limits_of
from lookalike.transforms.candidates.candidate_groups import by_block
from lookalike.transforms.candidates.join import CappedBucket, CollideTasks, report
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import count
from lookalike.transforms.functional.lsh.collected import CollectedPairs
from lookalike.transforms.functional.lsh.collisions import LongSketches, collide
from lookalike.transforms.functional.lsh.scopes import Scopes
from lookalike.transforms.ingest.scopes import ScopeRule


class CollideBands(CollideTasks):
    """Some bands -> packed pairs by block; buckets above the cap are reported.

    settings: the block `pair` of the configuration. rule: which pairs are asked for.
    """

    def __init__(self, settings: PairSettings, files: BandFiles, rule: ScopeRule) -> None:
        super().__init__(files)
        self.settings, self.rule = settings, rule

    def found(self, task: Task, *written: Counts) -> Iterator[tuple[int, bytes] | CappedBucket]:
        """Compare the images of each bucket."""
        (counts,) = written
        plan, looks = self.files.plan, self.files.looks(counts)
        limits = limits_of(plan, task.kind, self.settings)
        scopes = Scopes(self.files.scopes(), self.rule.within) if self.rule else None
        # where a task has all images, it holds their long sketches; else pairs are compared by these in `join`
        long = None
        if self.files.long and self.files.cut.ranges == 1:
            long = LongSketches(self.files.sketches(LONG), plan.long_apart(task.kind))
        # an image is crowded by those before it
        collected = CollectedPairs(looks, looks, limits, asking=1)
        for band, rows in enumerate(bands_of(self.files, task, counts, looks)):
            asked = scopes and scopes.at(rows.members.places)
            found, cut = collide(rows.code, rows.residual, rows.sketches, limits, asked, long)
            count("FindCandidates", "out-of-scope-pairs", asked.left_out if asked else 0)
            collected.add(found, rows.members, rows.members)
            yield from report(task, band, cut, self.settings)
        yield from by_block(*collected.thinned(), block_sizes(counts, plan.blocks))
