"""Images that ask in, those of an index that may be copies of them out: what a search of all would propose."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.candidates.bands import (
    MINHASH,
    UNCUT,
    Banded,
    BandPlan,
    Task,
    entries_of,
    limits_of,
    tasks_of,
)
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.between import BandSide, collide_between
from lookalike.transforms.functional.lsh.buckets import Entries
from lookalike.transforms.functional.lsh.collected import BandMembers, CollectedPairs
from lookalike.transforms.functional.lsh.exhaustive import (
    Proposals,
    Screened,
    screen,
    without_crowds_between,
)
from lookalike.transforms.functional.lsh.rows import RowsAt
from lookalike.transforms.verification.across.index import Band, Index
from lookalike.transforms.verification.comparison import ComparisonRules
from lookalike.transforms.verification.prepared_images import PreparedImage, screened_of


class Met(NamedTuple):
    """Pairs that collide in a bucket. queries, places: (k,) int64, of an image that asks, and of an image of the index
    in the order of keys. rank: (k,) uint16, of the shingle that agrees best.
    """

    queries: np.ndarray
    places: np.ndarray
    rank: np.ndarray


class _Kept:
    """Residual bits, of which the kept ones are looked at."""

    def __init__(self, residual: np.ndarray) -> None:
        self.residual = residual

    def __getitem__(self, at: np.ndarray) -> np.ndarray:
        return self.residual[at] & KEPT


def look_up(index: Index, plan: BandPlan, queries: Banded, search: FindCandidates) -> Met:
    """Images that ask -> whom they meet in the bands of an index, thinned where there are crowds."""
    own = search.settings
    entries = entries_of(queries, plan, own.seed)
    looks, sketches = entries[MINHASH].sketches, index.sketches()
    collected = CollectedPairs(looks, sketches, limits_of(plan, MINHASH, own), asking=0)
    for task in tasks_of(plan, UNCUT):
        limits = limits_of(plan, task.kind, own)
        for number, band in enumerate(index.bands(task), task.first):
            rows, mine = _asking(entries[task.kind], number)
            found, _ = collide_between(mine, _indexed(band, task, sketches), limits)
            words = task.kind == MINHASH
            asking = BandMembers(rows, queries.residual[rows, number] if words else None)
            collected.add(found, asking, BandMembers(band.places, band.residual[:, 0] if words else None))
    pairs, rank = collected.thinned()
    return Met(pairs[:, 0], pairs[:, 1], rank)


def _asking(entries: Entries, number: int) -> tuple[np.ndarray, BandSide]:
    """What images bring to a band -> which image each code is of, and the side that they make."""
    rows, code, residual = entries.band(number)
    return rows, BandSide(code, residual, RowsAt(entries.sketches, rows), np.zeros(len(rows), np.uint32))


def _indexed(band: Band, task: Task, sketches: np.ndarray) -> BandSide:
    looks = RowsAt(sketches, band.places)
    residual = _Kept(band.residual) if task.kind == MINHASH else np.zeros((len(band.code), 0), np.uint32)
    return BandSide(band.code, residual, looks, np.ones(len(band.code), np.uint32), in_order=True)


def screened(index: Index, queries: list[PreparedImage], rules: ComparisonRules) -> Proposals:
    """Images that ask -> the pairs (query, place in the order of keys) of an index that are worth aligning, where all
    pairs are compared.
    """
    some = screened_of(queries)
    embeddings = index.embeddings(some.embeddings.shape[1])
    others, wanted = Screened(index.shingles(), embeddings), np.ones((len(queries), len(embeddings)), bool)
    found = screen(some, others, wanted, rules.candidates)
    return without_crowds_between(found, some.embeddings, embeddings, rules.pair.crowd, rules.pair.heads)
