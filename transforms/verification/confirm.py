"""Groups of candidates in, confirmed Pairs out; every pair that was aligned leaves a record in the candidates table."""

import dataclasses
from collections.abc import Iterator
from typing import Literal, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.candidate_groups import CANDIDATE, CandidateGroup
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.functional.lsh.exhaustive import Proposals
from lookalike.transforms.io.pair_records import RECORD, Group, read_records
from lookalike.transforms.io.parquet_sink import Part
from lookalike.transforms.io.progress_files import ProgressFile
from lookalike.transforms.verification.block_reader import BlockReader, images_of_pairs
from lookalike.transforms.verification.comparison import Comparison, ComparisonRules, Recent, in_scope
from lookalike.transforms.verification.group_store import GroupStore
from lookalike.transforms.verification.prepared_images import Block
from lookalike.transforms.verification.weigh_near_misses import WeighNearMisses, worth_weighing

PARTS = "parts"
PAIRS_AT_ONCE = 1 << 15
"""Pairs of a group whose images are held at once: at most 1 GB, or 2.7 GB where all are pages."""


class AskedPairs(TypedDict):
    """asked: groups and their pairs, as `FindCandidates` makes them. followers: as `CollapseDuplicates` makes it."""

    asked: beam.PCollection[CandidateGroup]
    followers: beam.PCollection[int]


class Confirmed(TypedDict):
    """pairs: PAIR records of what was confirmed. parts: of the candidates table, each when it is written."""

    pairs: beam.PCollection[bytes]
    parts: beam.PCollection[Part]


@dataclasses.dataclass(eq=False)
class ConfirmPairs(Stage):
    """Aligns candidate pairs and decides what the pictures of each are to one another.

    rules: what is compared and when it counts. store: where fingerprints are read and results are committed. progress:
    local folder for progress files, or ''.

    Where all pairs of a group are asked for, they are screened first (`functional.lsh.exhaustive`); then come alignment
    and SSIM (`functional.verification.evidence`), and a decision on many pairs at once.
    """

    rules: ComparisonRules
    store: GroupStore
    progress: str = ""

    def expand(self, inputs: AskedPairs) -> Confirmed:
        """Compare the images of each group."""
        done = (
            inputs["asked"]
            # one element is minutes of work on many pairs: let the runner place each by itself
            | "Spread" >> beam.Reshuffle()
            | "Confirm"
            >> beam.ParDo(Confirm(self), followers=beam.pvalue.AsSingleton(inputs["followers"])).with_outputs(
                PARTS, main="pairs"
            )
        )
        weigh = WeighNearMisses(self.rules.confirm.probability, len(self.store.parts))
        return {"pairs": done.pairs | "NearMisses" >> weigh, "parts": done[PARTS]}


class Confirm(beam.DoFn):
    """A group and its pairs -> its part of the candidates table, and what is told of its pairs."""

    def __init__(self, stage: ConfirmPairs) -> None:
        self.rules, self.store, self.folder = stage.rules, stage.store, stage.progress

    def setup(self) -> None:
        """Prepare the worker."""
        prepare_worker()
        self.progress = ProgressFile(self.folder, "pairs")
        self.recent = Recent()
        self.some = self.others = BlockReader(self.store.parts, self.store.blocks, self.store.collapse)

    def process(
        self, asked: CandidateGroup, followers: int
    ) -> Iterator[bytes | beam.pvalue.TaggedOutput[Literal["parts"], Part]]:
        """Compare the images of a group, unless an earlier try of this run did."""
        group, pairs = asked
        part = self.store.committed(group)
        if part is None:
            records = self._compare(group, pairs)
            part = self.store.commit(group, records)
        else:
            count("ConfirmPairs", "resumed-groups")
            records = read_records(f"{self.store.root}/{part.path}")
        count("ConfirmPairs", "candidate-pairs", len(records))
        self.progress.add(int(np.count_nonzero(records["relation"])))
        self.progress.flush()
        yield beam.pvalue.TaggedOutput(PARTS, part)
        yield self._told(records)

    def _told(self, records: np.ndarray) -> bytes:
        return worth_weighing(records)

    def _compare(self, group: Group, pairs: bytes | None) -> np.ndarray:
        if pairs == b"":
            return np.zeros(0, RECORD)
        if pairs is None:
            return self._all(group)
        known, listed = self.store.known(group), np.frombuffer(pairs, CANDIDATE)
        found = []
        for first in range(0, len(listed), PAIRS_AT_ONCE):
            some = listed[first : first + PAIRS_AT_ONCE]
            images, ends = images_of_pairs(self.some, self.others, group, some)
            comparison = Comparison(images, self.rules, self.recent)
            found.append(comparison.records(self._worth(comparison, ends, some["rank"]), known))
            count("ConfirmPairs", "aligned-pairs", comparison.aligned)
        return np.concatenate(found)

    def _worth(self, comparison: Comparison, ends: np.ndarray, rank: np.ndarray) -> Proposals:
        return comparison.listed(ends, rank)

    def _all(self, group: Group) -> np.ndarray:
        some, others = self.some.whole(group[0]), self.others.whole(group[1])
        if not some.images or not others.images:  # where most images are equal, a block may have none that is searched
            return np.zeros(0, RECORD)
        comparison = Comparison(some.images if some is others else some.images + others.images, self.rules, self.recent)
        records = comparison.records(self._screened(comparison, some, others), self.store.known(group))
        count("ConfirmPairs", "aligned-pairs", comparison.aligned)
        return records

    def _screened(self, comparison: Comparison, some: Block, others: Block) -> Proposals:
        wanted = np.ones((len(some.images), len(others.images)), bool)
        wanted = np.triu(wanted, 1) if some is others else wanted
        wanted = in_scope(wanted, some.images, others.images, self.store.collapse.scope)
        return comparison.screened(some.screened, others.screened, wanted)
