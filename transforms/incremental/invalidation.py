"""Decides whether a change can invalidate pairs that it is not part of.

Whether a pair is confirmed depends on its two pictures alone. Whether it is looked at at all the whole corpus decides
where a bucket is too large, or many of its images are all but the same: where a change concerns such, the whole corpus
is matched again.
"""

import dataclasses
import functools
import pickle
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.bands import MINHASH, NEAR, Banded, entries_of, read_banded
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.lsh.between import collide_across
from lookalike.transforms.functional.lsh.buckets import Entries, hamming
from lookalike.transforms.functional.lsh.ranks import NO_RANK, best_of, rank_of
from lookalike.transforms.incremental.diff import Batch, Changes, SearchFeatures


class ChangedCorpus(TypedDict):
    """paths, followers: of the corpus as it is now. changes: one value, as `FindChanges` makes it."""

    paths: beam.PCollection[str]
    followers: beam.PCollection[int]
    changes: beam.PCollection[bytes]


@dataclasses.dataclass(eq=False)
class FindEffects(Stage):
    """Decides whether a change can invalidate pairs that it is not part of.

    One value comes out, true where none does: no change concerns a bucket that is too large, or a crowd.
    """

    pair: FindCandidates

    def expand(self, inputs: ChangedCorpus) -> beam.PCollection[bool]:
        """Count, in all parts, what each batch of changes is looked for by."""
        changes = beam.pvalue.AsSingleton(inputs["changes"])
        followers = beam.pvalue.AsSingleton(inputs["followers"])
        return (
            inputs["paths"]
            | "Count" >> beam.FlatMap(self._count, followers=followers, changes=changes)
            # added up where they are made: an array is megabytes
            | "Sum" >> beam.CombinePerKey(SumArrays())
            | "Settled" >> beam.Map(self._settled, changes=changes)
            | "All" >> beam.CombineGlobally(all).with_output_types(bool)
        )

    def _count(self, path: str, followers: int, changes: bytes) -> Iterator[tuple[int, np.ndarray]]:
        """A part -> the number of each batch of changes, and how often what it is looked for by is there."""
        images = read_banded(path, self.pair.context.collapse)
        entries = entries_of(images, self.pair.band_plan(), self.pair.settings.seed)
        for number in range(len(unpickled(changes).batches)):
            yield number, change_index_of(changes, number, self.pair).count(entries)

    def _settled(self, counted: tuple[int, np.ndarray], changes: bytes) -> bool:
        number, now = counted
        before = now.copy()
        changed = change_index_of(changes, number, self.pair)
        for other in range(len(unpickled(changes).batches)):
            added, removed = change_index_of(changes, other, self.pair).sides
            before += changed.count(removed) - changed.count(added)
        return bool((np.maximum(now, before) <= changed.most).all())


class SumArrays(beam.CombineFn):
    """Arrays of one shape -> their sum, at once: Beam's wrapper of a function keeps ten inputs for each call."""

    def create_accumulator(self) -> Any:
        """No array yet."""
        return 0

    def add_input(self, accumulator: Any, array: np.ndarray) -> np.ndarray:
        """One more."""
        return accumulator + array

    def merge_accumulators(self, accumulators: Iterable[Any]) -> Any:
        """Sums of some -> the sum of all."""
        return sum(accumulators)

    def extract_output(self, accumulator: np.ndarray) -> np.ndarray:
        """The sum."""
        return accumulator


def banded_of(images: list[SearchFeatures], dims: int, permutations: int) -> Banded:
    """SearchFeatures -> what banding needs of them."""
    return Banded(
        np.array([a.features.key for a in images], "V16"),
        np.stack([a.features.embedding for a in images]) if images else np.zeros((0, dims), np.float16),
        np.stack([a.signature for a in images]) if images else np.zeros((0, permutations), np.uint32),
        np.stack([a.residual for a in images]) if images else np.zeros((0, permutations), np.uint32),
        np.zeros(len(images), np.int64),
        np.array([a.features.scope for a in images], np.uint64),
    )


class ChangeIndex:
    """The bucket codes of a batch of changed images, which are looked for in the whole corpus."""

    def __init__(self, batch: Batch, pair: FindCandidates) -> None:
        self.plan, self.seed = pair.band_plan(), pair.settings.seed
        self.images = batch.added
        banded = [banded_of(images, pair.context.dims, pair.context.permutations) for images in batch]
        self.added = banded[0]
        self.sides = [entries_of(images, self.plan, self.seed) for images in banded]
        both = [_codes(entries) for entries in self.sides]
        self.codes = [np.unique(np.concatenate(codes)) for codes in zip(*both, strict=True)]
        self.sketches = np.concatenate([side[MINHASH].sketches for side in self.sides])
        limits, counts = [pair.settings.bucket, pair.settings.crowd], [sum(map(len, self.codes)), len(self.sketches)]
        self.most = np.repeat(limits, counts)
        """What `count` may come to, and all is settled by the pictures alone."""

    def count(self, entries: dict[str, Entries]) -> np.ndarray:
        """What images bring to bands -> how many of them have each probed code, and how many are about as each changed
        image.

        Those which are near one that is near a changed image differ from that in twice as many bits at most. Where they
        are no crowd, the change is near nobody who is crowded, or was.
        """
        probed = zip(self.codes, _codes(entries), strict=True)
        members = [_occurrences(codes, values) for codes, values in probed]
        every = entries[MINHASH].sketches
        about = [np.count_nonzero(hamming(every, sketch) <= 2 * NEAR) for sketch in self.sketches]
        return np.concatenate([*members, np.array(about, np.int64)])


def _codes(entries: dict[str, Entries]) -> list[np.ndarray]:
    """Those of each band of either kind, of all images."""
    return [e.band(number)[1] for e in entries.values() for number in range(e.code.shape[1])]


def _occurrences(probed: np.ndarray, values: np.ndarray) -> np.ndarray:
    if not len(probed):
        return np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(probed, values), len(probed) - 1)
    return np.bincount(at[probed[at] == values], minlength=len(probed))


@functools.lru_cache(maxsize=1)
def change_index_of(changes: bytes, number: int, pair: FindCandidates) -> ChangeIndex:
    """Pickled Changes and the number of a batch -> what is looked for; kept, since many parts are looked through one
    after another, and there is one batch nearly always.
    """
    return ChangeIndex(unpickled(changes).batch(pair.context.root, number), pair)


@functools.lru_cache(maxsize=2)
def unpickled(value: bytes) -> Changes:
    """A side input -> what it holds; kept, since many elements are met with the same one."""
    return pickle.loads(value)


def collisions_with_changes(
    changed: ChangeIndex, images: Banded, mine: dict[str, Entries]
) -> tuple[np.ndarray, np.ndarray]:
    """Images and what they bring to bands -> (k, 2) int64: each with the added images that it meets in a bucket, by
    index, in order; and the (k,) ranks of their best meetings.
    """
    added = changed.sides[0]
    many = max(1, len(added[MINHASH].present))
    codes, ranks = [np.zeros(0, np.int64)], [np.zeros(0, np.uint16)]
    for kind, entries in mine.items():
        for band in range(entries.code.shape[1]):
            met = collide_across(entries, added[kind], band)
            i, j = met.pairs.T
            codes.append(i * many + j)
            if kind == MINHASH:
                ranks.append(rank_of(met.bits, images.residual[i, band], changed.added.residual[j, band]))
            else:
                ranks.append(np.full(len(i), NO_RANK))
    code, rank = best_of(np.concatenate(codes), np.concatenate(ranks))
    return np.stack([code // many, code % many], 1), rank
