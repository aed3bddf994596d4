"""How a corpus is searched in bands, and into which tasks these are divided; what images bring to them."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.fingerprinting.fingerprints_table import keys_of, matrix
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.buckets import Entries, Limits
from lookalike.transforms.functional.lsh.candidate_rule import CandidateRule, most_apart
from lookalike.transforms.functional.lsh.codes import cross_polytopes, hyperplanes
from lookalike.transforms.functional.lsh.codes.banding import Bands
from lookalike.transforms.functional.lsh.codes.cross_polytopes import ROTATIONS, Width
from lookalike.transforms.functional.lsh.codes.minhash import EMPTY
from lookalike.transforms.functional.lsh.collected import BandMembers
from lookalike.transforms.functional.lsh.rows import Rows
from lookalike.transforms.functional.lsh.scopes import salt
from lookalike.transforms.io.pair_records import halves
from lookalike.transforms.storage.reading import read_parquet

COLUMNS = ["uri", "textured", "keypoint_count", "embedding", "minhash", "minhash_residual"]
BANDS_IN_A_TASK = 16
"""Most bands in one task and file: a pair that meets in several of them is told once."""
IMAGES_IN_A_TASK = 1 << 21
"""Images whose entries in so many bands a task holds, about: 1.5 GB of shingles with sketches. In a larger
corpus a task has a range of the codes of its bands, and as many entries.
"""
MINHASH, POLYTOPES = "minhash", "cross_polytopes"
SLACK = {MINHASH: 4, POLYTOPES: 8}
"""Bits more than their cosine says that sketches may differ in: embeddings are compared themselves when they are read.
Shingles bring together far more pairs that a bit more would let through.
"""
LONG_SLACK = 32
"""The same of long sketches of either kind: two standard deviations. Of pairs that have just that
cosine, one in fifty lies beyond.
"""
NEAR = hyperplanes.SKETCH_BITS // 8
"""Bits of sketches that differ between embeddings of cosine 0.92: images that are all but the same."""


class Banded(NamedTuple):
    """What banding needs of n images. keys: (n,) V16. vectors: (n, dims) float16. signatures, residual: (n,
    permutations) uint32. sets: (n,) int64, the number of the set that each belongs to. scopes: (n,) uint64
    (`functional.lsh.scopes`).
    """

    keys: np.ndarray
    vectors: np.ndarray
    signatures: np.ndarray
    residual: np.ndarray
    sets: np.ndarray
    scopes: np.ndarray


class AllPairs(NamedTuple):
    """A search that compares every image with every other. scale: the step that the corpus's size stands on. blocks: of
    keys, whose pairs are the groups of work.
    """

    scale: int
    blocks: int


class BandPlan(NamedTuple):
    """A search of a corpus too large for `AllPairs`, whose fields it has too; goes into audit.json.

    minhash: the bands of shingles. polytopes: how widely embeddings are hashed, in as many bands as there are
    rotations. exact: residual bits of a shingle that belong to its bucket. rule: which pairs are candidates. within:
    images of different scopes share no bucket, but by chance.
    """

    scale: int
    blocks: int
    minhash: Bands
    polytopes: Width
    exact: int
    rule: CandidateRule
    within: bool = False

    def apart(self, kind: str) -> tuple[int, ...]:
        """Of the `Limits` of the bands of a kind."""
        return tuple(most_apart(cosine, SLACK[kind]) for cosine in self._least(kind))

    def long_apart(self, kind: str) -> tuple[int, ...]:
        """The same of long sketches."""
        return tuple(most_apart(cosine, LONG_SLACK, hyperplanes.LONG_BITS) for cosine in self._least(kind))

    def _least(self, kind: str) -> tuple[float, ...]:
        return self.rule.shared if kind == MINHASH else (self.rule.alone,)


class BandRows(NamedTuple):
    """The n codes of images in one band. members: which image each is of. code: (n,) uint32. residual: (n, words)
    uint32, the residual bits, of which few may differ in a pair; of no words where there are none. sketches: (n, words)
    uint64, of embeddings.
    """

    members: BandMembers
    code: np.ndarray
    residual: np.ndarray
    sketches: Rows


class Cut(NamedTuple):
    """How bands are divided into tasks. bands: most in a task. ranges: of the codes of its bands, a task for each; a
    power of two.
    """

    bands: int
    ranges: int


UNCUT = Cut(BANDS_IN_A_TASK, 1)


def cut_for(scale: int) -> Cut:
    """The tasks of a corpus of this scale, of about equal size however large it is."""
    return Cut(BANDS_IN_A_TASK, max(1, scale // IMAGES_IN_A_TASK))


class Task(NamedTuple):
    """Some bands of one kind, from number `first` on, and of their codes one range (`functional.lsh.codes`)."""

    kind: str
    first: int
    bands: int
    range: int = 0


def tasks_of(plan: BandPlan, cut: Cut) -> list[Task]:
    """All bands of a search, divided into tasks; of bands in which an image has several codes, fewer in a task."""
    kinds = {
        MINHASH: (plan.minhash.bands, cut.bands),
        POLYTOPES: (ROTATIONS, max(1, cut.bands // plan.polytopes.codes)),
    }
    return [
        Task(kind, first, min(most, bands - first), number)
        for kind, (bands, most) in kinds.items()
        for first in range(0, bands, most)
        for number in range(cut.ranges)
    ]


def limits_of(plan: BandPlan, kind: str, settings: PairSettings) -> Limits:
    """How widely the buckets of the bands of a kind are compared."""
    return Limits(plan.apart(kind), settings.bucket, NEAR, settings.crowd, settings.heads)


def entries_of(images: Banded, plan: BandPlan, seed: int) -> dict[str, Entries]:
    """The LSH codes and residual bits of images, for the bands of either kind. seed: of the rotations."""
    count = len(images.keys)
    # as many of the kept bits as a corpus of this size asks for make the buckets smaller
    exact = images.residual & np.uint32((1 << plan.exact) - 1)
    words = images.signatures + exact * np.uint32(0x9E3779B1)
    vectors = cross_polytopes.codes(images.vectors, plan.polytopes, seed)
    if plan.within:
        different = salt(images.scopes, halves(images.keys)[:, 0])
        words, vectors = words ^ different, vectors ^ different[:, None]
    full = (images.signatures != EMPTY).any(1)
    sketches, kept = hyperplanes.sketches(images.vectors), (images.residual & KEPT)[:, :, None]
    nothing = np.zeros((count, ROTATIONS, 0), np.uint32)
    return {
        MINHASH: Entries(words[:, :, None], kept, sketches, full, plan.apart(MINHASH)),
        POLYTOPES: Entries(vectors, nothing, sketches, np.ones(count, bool), plan.apart(POLYTOPES)),
    }


def read_banded(path: str, collapse: CollapseDuplicates) -> Banded:
    """Reads from a part of the fingerprints table what banding needs of the images that are searched."""
    table = read_parquet(path, COLUMNS)
    keys = keys_of(table)
    searched = collapse.searched(table, path, keys.tolist())
    vectors, signatures, residual = (matrix(table[name])[searched] for name in COLUMNS[3:])
    sets, scopes = collapse.sets.of(table, path), collapse.scope.of_table(table, path)
    return Banded(keys[searched], vectors, signatures, residual, sets[searched], scopes[searched])


def joined(parts: list[Banded]) -> Banded:
    """Banded of several parts -> of all their images, in order of key."""
    keys = np.concatenate([part.keys for part in parts])
    high, low = halves(keys).T
    order = np.lexsort((low, high))
    return Banded(keys[order], *(np.concatenate([part[field] for part in parts])[order] for field in range(1, 6)))
