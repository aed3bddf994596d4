"""The fingerprints table in, groups of images that are to be compared out: the LSH half of the match.

Small corpora are compared block by block, every image with every other: with a few thousand images that costs less
than banding and loses nothing. Larger ones are banded; only images that collide in a bucket come together, and of these
only such as agree in the residual bits of their codes.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Literal, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.bands import (
    MINHASH,
    AllPairs,
    BandFiles,
    BandPlan,
    Counts,
    Task,
    WriteBands,
    bands_of,
    tasks_of,
)
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.partitions import blocks_for, scale_of
from lookalike.transforms.core.schemas import Failure
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.functional.keypoints import shingles
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh import banding, hyperplanes
from lookalike.transforms.functional.lsh.collisions import Bucket, Limits, best_of, collide, hamming, thinned
from lookalike.transforms.functional.lsh.exhaustive import rank_of
from lookalike.transforms.functional.lsh.scopes import Scopes
from lookalike.transforms.io.generate import GenerateOnWorkers, Numbered
from lookalike.transforms.io.pair_records import Group, all_groups

CAPPED = "capped"
CANDIDATE = np.dtype([("a", "<u4"), ("b", "<u4"), ("rank", "<u2")])
"""A pair of searched images as it is packed between stages, by the places that they have in the order of keys of
their blocks. rank: of the shingle that agrees best (`functional.lsh.exhaustive.rank_of`), or NO_RANK.
"""
NO_RANK = np.uint16(0xFFFF)
"""Of pairs that only embeddings brought together."""
NEAR = hyperplanes.SKETCH_BITS // 8
"""Bits of sketches that differ between embeddings of cosine 0.92: images that are all but the same."""
SEEN = 0.02
"""Jaccard similarity of sets of shingles for which the recall of a plan is told."""
HELD = 1 << 24
"""Pairs of one task that are held before repeats are dropped."""

Asked = tuple[Group, bytes | None]
"""A group, and the pairs in it that are to be compared, packed in order; None: all of them."""


def asked_of_all(blocks: int, pairs: bytes | None) -> Iterator[Asked]:
    """Every group, each with the same `pairs`."""
    return ((group, pairs) for group in all_groups(blocks))


class Searched(TypedDict):
    """What is searched. paths: of the fingerprints table. followers: one value, as `CollapseDuplicates` makes it."""

    paths: beam.PCollection[str]
    followers: beam.PCollection[int]


class Candidates(TypedDict):
    """asked: every group once, with its pairs. capped: a Failure for each bucket that was too large and cut."""

    asked: beam.PCollection[Asked]
    capped: beam.PCollection[Failure]


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
        return BandFiles(self.context.root, self.context.parts, self.band_plan())

    def expand(self, inputs: Searched) -> Candidates:
        """Compare all pairs, or write bands, join them task by task, and gather the pairs by group."""
        plan = self.plan()
        root = inputs["paths"].pipeline
        if isinstance(plan, AllPairs):
            asked = root | "AllPairs" >> GenerateOnWorkers(Asked, asked_of_all, (plan.blocks, None))
            nothing = root | "NoBuckets" >> beam.Create([]).with_output_types(Failure)
            return {"asked": asked, "capped": nothing}
        written = inputs["followers"] | "Band" >> WriteBands(self.files(), self.context.collapse, self.settings.seed)
        every = root | "Groups" >> GenerateOnWorkers(Asked, asked_of_all, (plan.blocks, b""))
        met = (
            root
            | "Tasks" >> GenerateOnWorkers(Task, tasks_of, (plan,))
            | "Collide"
            >> beam.ParDo(_CollideBands(self), counts=beam.pvalue.AsSingleton(written)).with_outputs(
                CAPPED, main="pairs"
            )
        )
        asked = (
            (met.pairs, every)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Merge" >> beam.MapTuple(merge_pairs)
        )
        return {"asked": asked, "capped": met[CAPPED]}


class _CollideBands(beam.DoFn):
    """Some bands -> packed pairs by group; buckets above the cap are reported."""

    def __init__(self, stage: FindCandidates) -> None:
        self.stage, self.files = stage, stage.files()

    def process(
        self, task: Task, counts: Counts
    ) -> Iterator[tuple[Group, bytes] | beam.pvalue.TaggedOutput[Literal["capped"], Failure]]:
        plan, own = self.files.plan, self.stage.settings
        max_hamming = plan.max_hamming_shingles if task.kind == MINHASH else plan.max_hamming_sketches
        limits = Limits(max_hamming, own.bucket, NEAR, own.crowd, own.heads)
        sketches, rule = self.files.sketches(), self.stage.context.collapse.scope
        scopes = Scopes(self.files.scopes(), rule.within) if rule else None
        held = [(np.zeros(0, np.uint64), np.zeros(0, np.uint16))]
        crowded = np.zeros(len(sketches), bool)
        for band, (places, code, residual) in enumerate(bands_of(self.files, task, counts, sketches)):
            kept = residual & KEPT if task.kind == MINHASH else residual
            looks, asked = sketches[places] if task.kind == MINHASH else residual, scopes and scopes.at(places)
            met, cut = collide(code, kept, looks, limits, asked)
            count("FindCandidates", "out-of-scope-pairs", asked.left_out if asked else 0)
            i, j = met.pairs.T
            rank = (
                rank_of(met.bits, residual[i, 0], residual[j, 0]) if task.kind == MINHASH else np.full(len(i), NO_RANK)
            )
            held.append((places[i].astype(np.uint64) << np.uint64(32) | places[j].astype(np.uint64), rank))
            crowded[places[met.crowded]] = True
            if sum(len(pairs) for pairs, _ in held) > HELD:
                held = [together(held)]
            count("FindCandidates", "capped-buckets", len(cut))
            for bucket in cut:
                yield beam.pvalue.TaggedOutput(CAPPED, capped(task, band, bucket, own))
        packed, rank = together(held)
        pairs = np.stack([packed >> np.uint64(32), packed & np.uint64(0xFFFFFFFF)], 1).astype(np.int64)
        near = hamming(sketches[pairs[:, 0]], sketches[pairs[:, 1]]) <= NEAR
        crowded |= np.bincount(pairs[near, 1], minlength=len(crowded)) > own.crowd
        keep = thinned(pairs, near, crowded, own.heads)
        yield from by_group(packed[keep], rank[keep], np.sum([blocks for _, blocks in counts], axis=0))


def capped(task: Task, band: int, bucket: Bucket, settings: PairSettings) -> Failure:
    """What is told of a bucket that was cut, of a band of a task."""
    message = (
        f"bucket {bucket.code:08x} of {task.kind} band {task.first + band} holds {len(bucket.members)} images, "
        f"more than pair.bucket = {settings.bucket}: compared with its first {settings.heads} only"
    )
    return Failure("", "pair", "bucket_capped", message)


def together(held: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of pairs and their ranks, from several bands -> each once, with its best."""
    pairs, rank = (np.concatenate(values) for values in zip(*held, strict=True))
    return best_of(pairs, rank)


def by_group(pairs: np.ndarray, rank: np.ndarray, *sizes: np.ndarray) -> Iterator[tuple[Group, bytes]]:
    """(k,) uint64, each two places in the order of keys, the first in the upper half; their ranks; and how many images
    each block has, of the second side too where there are two -> the pairs, packed, of each group of work.
    """
    starts = [np.cumsum(side) - side for side in (sizes[0], sizes[-1])]
    ends = [(pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    blocks = [np.searchsorted(start, end, "right") - 1 for start, end in zip(starts, ends, strict=True)]
    group = blocks[0] * len(sizes[0]) + blocks[1]
    order = np.argsort(group, kind="stable")
    packed = np.zeros(len(pairs), CANDIDATE)
    packed["a"], packed["b"] = (end - start[block] for end, start, block in zip(ends, starts, blocks, strict=True))
    packed["rank"] = rank
    packed, group = packed[order], group[order]
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, np.int64)
    for first, last in zip(start.tolist(), [*start[1:].tolist(), len(group)], strict=False):
        yield divmod(int(group[first]), len(sizes[0])), packed[first:last].tobytes()


def merge_pairs(group: Group, blobs: Iterable[bytes]) -> tuple[Group, bytes]:
    """Packed pairs of one group from all bands -> the same without repeats, in order, each with its best rank."""
    pairs = np.frombuffer(b"".join(blobs), CANDIDATE)
    codes, rank = best_of(pairs["a"].astype(np.uint64) << np.uint64(32) | pairs["b"], pairs["rank"])
    out = np.zeros(len(codes), CANDIDATE)
    out["a"], out["b"], out["rank"] = codes >> np.uint64(32), codes & np.uint64(0xFFFFFFFF), rank
    count("FindCandidates", "collided-pairs", len(out))
    return group, out.tobytes()
