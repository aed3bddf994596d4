"""What changed since an earlier audit, compared with everything: cost in proportion to the changes."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np

from transforms.candidates import Asked, FindCandidates, asked_of_all
from transforms.changes import Appearance, appearances
from transforms.confirm import PARTS, Comparison, ConfirmPairs, subjects
from transforms.effects import banded_of, probe_meetings, probe_of, unpickled
from transforms.numbered import Each
from transforms.partitions import part_of
from transforms.records import RECORD, Group, pairs_of
from transforms.runtime import prepare_worker
from transforms.stores import read_parquet

TOGETHER = 2000
"""Changed images that are compared with a part at once."""


@dataclasses.dataclass(eq=False)
class ConfirmChanges(beam.PTransform):
    """{'paths', 'followers', 'changes', 'settled'} -> {'pairs', 'parts'}, as `ConfirmPairs` makes them.

    Added images are compared with all, if the changes are `settled`; the records of other pairs are taken over.
    """

    pair: FindCandidates
    confirm: ConfirmPairs

    def expand(self, inputs):
        """See the class."""
        sides = {name: beam.pvalue.AsSingleton(inputs[name]) for name in ("changes", "settled")}
        place = self.confirm.place
        assert place is not None
        groups = inputs["paths"].pipeline | "Groups" >> Each(Asked, asked_of_all, (place.blocks, b""))
        new = inputs["paths"] | "Compare" >> beam.ParDo(
            _CompareAdded(self), followers=beam.pvalue.AsSingleton(inputs["followers"]), **sides
        ).with_output_types(tuple[Group, bytes])
        done = (
            (new, groups)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Take over"
            >> beam.ParDo(_TakeOver(self), **sides).with_output_types(Any).with_outputs(PARTS, main="pairs")
        )
        return {"pairs": done.pairs, PARTS: done[PARTS]}


class _CompareAdded(beam.DoFn):
    """A part -> the records, by group, of its images with the added ones."""

    def __init__(self, stage: ConfirmChanges) -> None:
        self.pair, self.confirm = stage.pair, stage.confirm

    def setup(self) -> None:
        prepare_worker()

    def process(self, path: str, followers: bytes, changes: bytes, settled: bool) -> Iterator[tuple[Group, bytes]]:
        probe = probe_of(changes, self.pair)
        added = unpickled(changes).added
        if not settled or not added:
            return
        collapse, place = self.pair.collapse, self.confirm.place
        assert collapse is not None and place is not None
        images = appearances(collapse.searched_rows(read_parquet(path), followers))
        met, rank = probe_meetings(probe, banded_of(images, self.pair.dims, self.pair.permutations))
        found = [np.zeros(0, RECORD)]
        for first in range(0, len(added), TOGETHER):
            chosen = (met[:, 1] >= first) & (met[:, 1] < first + TOGETHER)
            found.append(self._records(images, added, met[chosen], rank[chosen]))
        yield from records_by_group(np.concatenate(found), place.blocks)

    def _records(
        self, images: list[Appearance], added: list[Appearance], met: np.ndarray, rank: np.ndarray
    ) -> np.ndarray:
        """met: (k, 2) index of an image of the part and of an added one. rank: of each meeting."""
        rows, columns = (np.unique(ends) for ends in met.T)
        mine, theirs = [images[i].features for i in rows], [added[j].features for j in columns]
        fresh, known = {f.key for f in theirs}, {a.features.key for a in added}
        ordered = sorted((*(f for f in mine if f.key not in fresh), *theirs), key=lambda f: f.key)
        place = {f.key: i for i, f in enumerate(ordered)}
        x = np.array([place[f.key] for f in mine], np.int64)[np.searchsorted(rows, met[:, 0])]
        y = np.array([place[f.key] for f in theirs], np.int64)[np.searchsorted(columns, met[:, 1])]
        # two added images meet twice, once in the part of each; and each meets itself
        once = (x < y) | ((x > y) & ~np.array([f.key in known for f in mine], bool)[np.searchsorted(rows, met[:, 0])])
        pairs = np.stack([np.minimum(x, y), np.maximum(x, y)], 1)[once]
        comparison = Comparison(subjects(ordered), self.confirm)
        return comparison.records(comparison.listed(pairs, rank[once]), np.zeros(0, RECORD))


def records_by_group(records: np.ndarray, blocks: int) -> Iterator[tuple[Group, bytes]]:
    """Records -> the same, packed, by the group that they belong to."""
    ends = zip(records["a"].tolist(), records["b"].tolist(), strict=True)
    groups = [(part_of(a, blocks), part_of(b, blocks)) for a, b in ends]
    for group in sorted(set(groups)):
        yield group, records[[g == group for g in groups]].tobytes()


class _TakeOver(beam.DoFn):
    """A group's new records -> all of them, committed."""

    def __init__(self, stage: ConfirmChanges) -> None:
        assert stage.confirm.place is not None
        self.pair, self.confirm, self.place = stage.pair, stage.confirm, stage.confirm.place

    def setup(self) -> None:
        prepare_worker()

    def process(self, gathered: tuple[Group, Iterable[bytes]], changes: bytes, settled: bool) -> Iterator[Any]:
        if not settled:
            return
        group, blobs = gathered
        known = self.place.known(group)
        touched = {a.features.key for side in unpickled(changes) for a in side}
        ends = zip(known["a"].tolist(), known["b"].tolist(), strict=True)
        holds = [a not in touched and b not in touched for a, b in ends]
        records = np.concatenate([known[np.array(holds, bool)], np.frombuffer(b"".join(blobs), RECORD)])
        yield beam.pvalue.TaggedOutput(PARTS, self.place.commit(group, records))
        yield pairs_of(records)
