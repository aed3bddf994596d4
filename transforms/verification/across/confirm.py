"""Groups of pairs across two sides in, confirmed pairs out: the comparison and the decision of an audit."""

import dataclasses
from typing import TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.candidate_groups import CandidateGroup
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.lsh.exhaustive import (
    Proposals,
    screen,
    without_crowds_between,
)
from lookalike.transforms.io.pair_records import Group
from lookalike.transforms.verification.across.find import Side
from lookalike.transforms.verification.block_reader import BlockReader
from lookalike.transforms.verification.comparison import Comparison, ComparisonRules
from lookalike.transforms.verification.confirm import PARTS, Confirm, Confirmed
from lookalike.transforms.verification.group_store import GroupStore
from lookalike.transforms.verification.prepared_images import Block, PreparedImage
from lookalike.transforms.verification.weigh_near_misses import count_relations


class AskedAcross(TypedDict):
    """asked: groups and their pairs, as `FindAcross` makes them. query, match: of either side as `CollapseDuplicates`
    makes it.
    """

    asked: beam.PCollection[CandidateGroup]
    query: beam.PCollection[int]
    match: beam.PCollection[int]


@dataclasses.dataclass(frozen=True)
class AcrossStore(GroupStore):
    """The same of two sides: a group is a block of the one and a block of the other. parts, collapse: of the side that
    asks. match: the other side.
    """

    match: Side

    @property
    def groups(self) -> int:
        """How many there are."""
        return self.blocks**2

    def number(self, group: Group) -> int:
        """The place of a group in the order of all."""
        own, other = group
        return own * self.blocks + other


@dataclasses.dataclass(eq=False)
class ConfirmAcross(Stage):
    """Aligns candidate pairs across two sides and decides what the pictures of each are to one another.

    rules: what is compared and when it counts. store: where fingerprints are read and results are committed. progress:
    local folder for progress files, or ''.
    """

    rules: ComparisonRules
    store: AcrossStore
    progress: str = ""

    def expand(self, inputs: AskedAcross) -> Confirmed:
        """Compare the images of each group. Pairs come out as RECORDs: a is the image that asks, b its match."""
        followers = (inputs["query"], inputs["match"]) | "Followers" >> beam.Flatten() | "Sum" >> _sum()
        done = (
            inputs["asked"]
            # one element is minutes of work on many pairs: let the runner place each by itself
            | "Spread" >> beam.Reshuffle()
            | "Confirm"
            >> beam.ParDo(_ConfirmAcross(self), followers=beam.pvalue.AsSingleton(followers)).with_outputs(
                PARTS, main="pairs"
            )
        )
        return {"pairs": done.pairs, "parts": done[PARTS]}


def _sum() -> beam.PTransform:
    return beam.CombineGlobally(sum).with_output_types(int)


class _ConfirmAcross(Confirm):
    store: AcrossStore

    def setup(self) -> None:
        super().setup()
        match = self.store.match
        self.others = BlockReader(match.parts, self.store.blocks, match.collapse)

    def _told(self, records: np.ndarray) -> bytes:
        count_relations(records)
        return records[records["relation"] > 0].tobytes()

    def _worth(self, comparison: Comparison, ends: np.ndarray, rank: np.ndarray) -> Proposals:
        return without_equals(comparison.listed(ends, rank), comparison.images)

    def _screened(self, comparison: Comparison, some: Block, others: Block) -> Proposals:
        pair, wanted = self.rules.pair, some.sets[:, None] < others.sets
        found = screen(some.screened, others.screened, wanted, self.rules.candidates)
        found = without_crowds_between(
            found, some.screened.embeddings, others.screened.embeddings, pair.crowd, pair.heads
        )
        found = found._replace(pairs=found.pairs + np.array([0, len(some.images)]))
        return without_equals(found, comparison.images)


def without_equals(proposals: Proposals, images: list[PreparedImage]) -> Proposals:
    """Proposals among images -> those whose pixels are not the same: equal images are matched by their hashes."""
    keep = [images[i].features.pixels != images[j].features.pixels for i, j in proposals.pairs.tolist()]
    return Proposals(*(values[np.array(keep, bool)] for values in proposals))
