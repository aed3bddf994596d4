"""What changed since an earlier audit, compared with everything: cost in proportion to the changes."""

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from typing import Literal, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.bands import entries_of
from lookalike.transforms.candidates.candidate_groups import CandidateGroup, every_group_with
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.functional.lsh.scopes import allowed
from lookalike.transforms.incremental.diff import SIDES, SearchFeatures, search_features
from lookalike.transforms.incremental.invalidation import banded_of, change_index_of, collisions_with_changes, unpickled
from lookalike.transforms.io.generate import GenerateOnWorkers
from lookalike.transforms.io.pair_records import RECORD, Group
from lookalike.transforms.io.parquet_sink import Part
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.verification.comparison import Comparison
from lookalike.transforms.verification.confirm import PARTS, Confirmed, ConfirmPairs
from lookalike.transforms.verification.prepared_images import prepared_images
from lookalike.transforms.verification.weigh_near_misses import WeighNearMisses, worth_weighing

ADDED_AT_ONCE = 2000
"""Changed images that are compared with a part at once."""


class SettledChanges(TypedDict):
    """paths, followers: of the corpus as it is now. changes: as `FindChanges` makes them. settled: one value, whether
    they concern no pair but those that they are part of (`FindEffects`).
    """

    paths: beam.PCollection[str]
    followers: beam.PCollection[int]
    changes: beam.PCollection[bytes]
    settled: beam.PCollection[bool]


@dataclasses.dataclass(eq=False)
class ConfirmChanges(Stage):
    """Compares added images with all, if the changes are settled, and takes over the records of all other pairs.

    What comes out is what `ConfirmPairs` would make of the whole corpus; nothing does where they are not settled.
    """

    pair: FindCandidates
    confirm: ConfirmPairs

    def expand(self, inputs: SettledChanges) -> Confirmed:
        """Compare each part with what was added, and join what is found with what is taken over, group by group."""
        sides = {
            "changes": beam.pvalue.AsSingleton(inputs["changes"]),
            "settled": beam.pvalue.AsSingleton(inputs["settled"]),
        }
        blocks = self.confirm.store.blocks
        groups = inputs["paths"].pipeline | "Groups" >> GenerateOnWorkers(
            CandidateGroup, every_group_with, (blocks, b"")
        )
        new = inputs["paths"] | "Compare" >> beam.ParDo(
            _CompareAdded(self), followers=beam.pvalue.AsSingleton(inputs["followers"]), **sides
        )
        done = (
            (new, groups)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Take over" >> beam.ParDo(_TakeOver(self), **sides).with_outputs(PARTS, main="pairs")
        )
        weigh = WeighNearMisses(self.confirm.rules.confirm.probability, len(self.confirm.store.parts))
        return {"pairs": done.pairs | "NearMisses" >> weigh, "parts": done[PARTS]}


class _CompareAdded(beam.DoFn):
    """A part -> the records, by group, of its images with the added ones."""

    def __init__(self, stage: ConfirmChanges) -> None:
        self.pair, self.confirm = stage.pair, stage.confirm

    def setup(self) -> None:
        prepare_worker()

    def process(self, path: str, followers: int, changes: bytes, settled: bool) -> Iterator[tuple[Group, bytes]]:
        what = unpickled(changes)
        if not settled or not what.added:
            return
        pair, context = self.pair, self.pair.context
        rule = context.collapse.scope
        images = search_features(context.collapse.searched_rows(rule.added_to(read_parquet(path), path), path))
        banded = banded_of(images, context.dims, context.permutations)
        entries = entries_of(banded, pair.band_plan(), pair.settings.seed)
        known = frozenset(what.keys("added"))
        for number in range(len(what.batches)):
            changed = change_index_of(changes, number, pair)
            met, rank = collisions_with_changes(changed, banded, entries)
            if rule:
                asked = allowed(banded.scopes[met[:, 0]], changed.added.scopes[met[:, 1]], rule.within)
                count("ConfirmPairs", "out-of-scope-pairs", int(np.count_nonzero(~asked)))
                met, rank = met[asked], rank[asked]
            for first in range(0, len(changed.images), ADDED_AT_ONCE):
                chosen = (met[:, 1] >= first) & (met[:, 1] < first + ADDED_AT_ONCE)
                found = self._records(images, changed.images, known, met[chosen], rank[chosen])
                yield from records_by_group(found, self.confirm.store.blocks)

    def _records(
        self,
        images: list[SearchFeatures],
        added: list[SearchFeatures],
        known: frozenset[bytes],
        met: np.ndarray,
        rank: np.ndarray,
    ) -> np.ndarray:
        """met: (k, 2) index of an image of the part and of an added one. known: keys of all that were added. rank: of
        each meeting.
        """
        rows, columns = (np.unique(ends) for ends in met.T)
        mine, theirs = [images[i].features for i in rows], [added[j].features for j in columns]
        fresh = {f.key for f in theirs}
        ordered = sorted((*(f for f in mine if f.key not in fresh), *theirs), key=lambda f: f.key)
        place = {f.key: i for i, f in enumerate(ordered)}
        x = np.array([place[f.key] for f in mine], np.int64)[np.searchsorted(rows, met[:, 0])]
        y = np.array([place[f.key] for f in theirs], np.int64)[np.searchsorted(columns, met[:, 1])]
        # two added images meet twice, once in the part of each; and each meets itself
        once = (x < y) | ((x > y) & ~np.array([f.key in known for f in mine], bool)[np.searchsorted(rows, met[:, 0])])
        pairs = np.stack([np.minimum(x, y), np.maximum(x, y)], 1)[once]
        comparison = Comparison(prepared_images(ordered), self.confirm.rules)
        records = comparison.records(comparison.listed(pairs, rank[once]), np.zeros(0, RECORD))
        count("ConfirmPairs", "aligned-pairs", comparison.aligned)
        return records


def records_by_group(records: np.ndarray, blocks: int) -> Iterator[tuple[Group, bytes]]:
    """Records -> the same, packed, by the group that they belong to."""
    rows: dict[Group, list[int]] = {}
    for row, (a, b) in enumerate(zip(records["a"].tolist(), records["b"].tolist(), strict=True)):
        rows.setdefault((part_of(a, blocks), part_of(b, blocks)), []).append(row)
    for group in sorted(rows):
        yield group, records[rows[group]].tobytes()


@functools.lru_cache(maxsize=1)
def touched_by(changes: bytes) -> frozenset[bytes]:
    """Pickled Changes -> keys of all images that changed; kept, since many groups are taken over."""
    return frozenset(key for side in SIDES for key in unpickled(changes).keys(side))


class _TakeOver(beam.DoFn):
    """A group's new records -> all of them, committed."""

    def __init__(self, stage: ConfirmChanges) -> None:
        self.store = stage.confirm.store

    def setup(self) -> None:
        prepare_worker()

    def process(
        self, gathered: tuple[Group, Iterable[bytes]], changes: bytes, settled: bool
    ) -> Iterator[bytes | beam.pvalue.TaggedOutput[Literal["parts"], Part]]:
        if not settled:
            return
        group, blobs = gathered
        known = self.store.known(group)
        touched = touched_by(changes)
        ends = zip(known["a"].tolist(), known["b"].tolist(), strict=True)
        holds = [a not in touched and b not in touched for a, b in ends]
        records = np.concatenate([known[np.array(holds, bool)], np.frombuffer(b"".join(blobs), RECORD)])
        count("ConfirmPairs", "candidate-pairs", len(records))
        yield beam.pvalue.TaggedOutput(PARTS, self.store.commit(group, records))
        yield worth_weighing(records)
