"""What changed since an earlier audit, compared with everything: cost in proportion to the changes."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np

from transforms.candidates import Asked, FindCandidates, asked_of_all
from transforms.changes import Appearance, Changes, appearances
from transforms.confirm import PARTS, Comparison, ConfirmPairs
from transforms.effects import Effects, Probe, banded_of, probe_meetings, probe_of, unpickled
from transforms.numbered import Each
from transforms.partitions import part_of
from transforms.records import RECORD, Group, pairs_of
from transforms.runtime import prepare_worker
from transforms.stores import read_parquet

TOGETHER = 2000
"""Changed images that are compared with a part at once."""


@dataclasses.dataclass(eq=False)
class ConfirmChanges(beam.PTransform):
    """{'paths', 'followers', 'changes', 'effects', 'affected'} -> {'pairs', 'parts'}, as `ConfirmPairs` makes them.

    Added images are compared with all, affected ones with one another; the records of other pairs are taken over.
    """

    pair: FindCandidates
    confirm: ConfirmPairs

    def expand(self, inputs):
        """See the class."""
        changes, effects = (beam.pvalue.AsSingleton(inputs[name]) for name in ("changes", "effects"))
        place = self.confirm.place
        assert place is not None
        groups = inputs["paths"].pipeline | "Groups" >> Each(Asked, asked_of_all, (place.blocks, b""))
        new = inputs["paths"] | "Compare" >> beam.ParDo(
            _CompareAdded(self),
            followers=beam.pvalue.AsSingleton(inputs["followers"]),
            changes=changes,
            effects=effects,
        ).with_output_types(tuple[Group, bytes])
        done = (
            (new, groups)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Take over"
            >> beam.ParDo(
                _TakeOver(self), changes=changes, effects=effects, affected=beam.pvalue.AsSingleton(inputs["affected"])
            )
            .with_output_types(Any)
            .with_outputs(PARTS, main="pairs")
        )
        return {"pairs": done.pairs, PARTS: done[PARTS]}


class _CompareAdded(beam.DoFn):
    """A part -> the records, by group, of its images with the added ones."""

    def __init__(self, stage: ConfirmChanges) -> None:
        self.pair, self.confirm = stage.pair, stage.confirm

    def setup(self) -> None:
        prepare_worker()

    def process(self, path: str, followers: bytes, changes: bytes, effects: Effects) -> Iterator[tuple[Group, bytes]]:
        probe = probe_of(changes, self.pair, self.confirm.word_bits)
        added = unpickled(changes).added
        if not effects.settled or not added:
            return
        collapse, place = self.pair.collapse, self.confirm.place
        assert collapse is not None and place is not None
        images = appearances(collapse.searched_rows(read_parquet(path), followers))
        met = probe_meetings(probe, banded_of(images, self.pair.dims, self.pair.permutations))
        found = [np.zeros(0, RECORD)]
        for first in range(0, len(added), TOGETHER):
            chosen = met[(met[:, 1] >= first) & (met[:, 1] < first + TOGETHER)]
            found.append(self._records(images, added, chosen, effects.hot))
        yield from records_by_group(np.concatenate(found), place.blocks)

    def _records(
        self, images: list[Appearance], added: list[Appearance], met: np.ndarray, hot: np.ndarray
    ) -> np.ndarray:
        """met: (k, 2) index of an image of the part and of an added one."""
        rows, columns = (np.unique(ends) for ends in met.T)
        mine, theirs = [images[i].features for i in rows], [added[j].features for j in columns]
        fresh, known = {f.key for f in theirs}, {a.features.key for a in added}
        ordered = sorted((*(f for f in mine if f.key not in fresh), *theirs), key=lambda f: f.key)
        place = {f.key: i for i, f in enumerate(ordered)}
        x = np.array([place[f.key] for f in mine], np.int64)[np.searchsorted(rows, met[:, 0])]
        y = np.array([place[f.key] for f in theirs], np.int64)[np.searchsorted(columns, met[:, 1])]
        # two added images meet twice, once in the part of each
        once = (x < y) | ~np.array([f.key in known for f in mine], bool)[np.searchsorted(rows, met[:, 0])]
        wanted = np.zeros((len(ordered), len(ordered)), bool)
        wanted[np.minimum(x, y)[once], np.maximum(x, y)[once]] = True
        np.fill_diagonal(wanted, False)
        return Comparison(ordered, self.confirm, hot).records(wanted, np.zeros(0, RECORD))


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

    def process(
        self, gathered: tuple[Group, Iterable[bytes]], changes: bytes, effects: Effects, affected: bytes
    ) -> Iterator[Any]:
        if not effects.settled:
            return
        group, blobs = gathered
        known = self.place.known(group)
        touched = {a.features.key for side in unpickled(changes) for a in side}
        images = unpickled(affected)
        again = {a.features.key for a in images}
        ends = zip(known["a"].tolist(), known["b"].tolist(), strict=True)
        holds = [a not in touched and b not in touched and not (a in again and b in again) for a, b in ends]
        new = np.frombuffer(b"".join(blobs), RECORD)
        renewed = self._renewed(group, images, effects.hot, known)
        records = np.concatenate([known[np.array(holds, bool)], new, renewed])
        yield beam.pvalue.TaggedOutput(PARTS, self.place.commit(group, records))
        yield from pairs_of(records)

    def _renewed(self, group: Group, images: list[Appearance], hot: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The records of the pairs of affected images that belong to a group."""
        own, other = ([a for a in images if part_of(a.features.key, self.place.blocks) == side] for side in group)
        if not own or not other:
            return np.zeros(0, RECORD)
        probe = Probe(Changes(other, []), self.pair, self.confirm.word_bits)
        met = probe_meetings(probe, banded_of(own, self.pair.dims, self.pair.permutations))
        ordered = [a.features for a in (own if group[0] == group[1] else own + other)]
        wanted = np.zeros((len(ordered), len(ordered)), bool)
        wanted[met[:, 0], met[:, 1] + (0 if group[0] == group[1] else len(own))] = True
        return Comparison(ordered, self.confirm, hot).records(np.triu(wanted, 1), known)
