"""How a corpus is searched in bands, and into which tasks these are divided; what images bring to them."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.fingerprinting.fingerprints_table import keys_of, matrix
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh import hyperplanes
from lookalike.transforms.functional.lsh.banding import Bands
from lookalike.transforms.functional.lsh.collected import BandMembers
from lookalike.transforms.functional.lsh.collisions import Entries, Limits
from lookalike.transforms.functional.lsh.minhash import EMPTY
from lookalike.transforms.functional.lsh.rows import Rows
from lookalike.transforms.functional.lsh.scopes import salt
from lookalike.transforms.io.pair_records import halves
from lookalike.transforms.storage.reading import read_parquet

COLUMNS = ["uri", "textured", "keypoint_count", "embedding", "minhash", "minhash_residual"]
BANDS_IN_A_TASK = 16
"""Most bands in one task and file: a pair that meets in several of them is told once."""
IMAGES_IN_A_TASK = 1 << 21
"""Images whose entries in so many bands a task holds, about: .4 GB of shingles, 1.3 GB of embeddings. In a larger
corpus a task has a range of the codes of its bands, and as many entries.
"""
MINHASH, HYPERPLANES = "minhash", "hyperplanes"
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

    minhash, hyperplanes: the bands of either kind. exact: residual bits of a shingle that belong to its bucket.
    max_hamming_shingles, max_hamming_sketches: residual bits of shingles, and bits of the sketches of embeddings, that
    may differ in a pair. within: images of different scopes share no bucket, but by chance.
    """

    scale: int
    blocks: int
    minhash: Bands
    hyperplanes: Bands
    exact: int
    max_hamming_shingles: int
    max_hamming_sketches: int
    within: bool = False


class BandRows(NamedTuple):
    """What n images bring to one band. members: which images. code: (n,) uint32. compared: (n, words) uint32 or uint64,
    the bits of which few may differ in a pair. sketches: (n, words) uint64, of their embeddings, looked
    up where a task has few of all images.
    """

    members: BandMembers
    code: np.ndarray
    compared: np.ndarray
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
    """Some bands of one kind, from number `first` on, and of their codes one range (`functional.lsh.code_ranges`)."""

    kind: str
    first: int
    bands: int
    range: int = 0


def tasks_of(plan: BandPlan, cut: Cut) -> list[Task]:
    """All bands of a search, divided into tasks."""
    kinds = {MINHASH: plan.minhash.bands, HYPERPLANES: plan.hyperplanes.bands}
    return [
        Task(kind, first, min(cut.bands, bands - first), number)
        for kind, bands in kinds.items()
        for first in range(0, bands, cut.bands)
        for number in range(cut.ranges)
    ]


def limits_of(plan: BandPlan, kind: str, settings: PairSettings) -> Limits:
    """How widely the buckets of the bands of a kind are compared."""
    max_hamming = plan.max_hamming_shingles if kind == MINHASH else plan.max_hamming_sketches
    return Limits(max_hamming, settings.bucket, NEAR, settings.crowd, settings.heads)


def entries_of(images: Banded, plan: BandPlan, seed: int) -> dict[str, Entries]:
    """The LSH codes and residual bits of images, for the bands of either kind. seed: of the hyperplanes."""
    count = len(images.keys)
    # as many of the kept bits as a corpus of this size asks for make the buckets smaller
    exact = images.residual & np.uint32((1 << plan.exact) - 1)
    words = images.signatures + exact * np.uint32(0x9E3779B1)
    vectors = hyperplanes.band_codes(images.vectors, plan.hyperplanes.bands, plan.hyperplanes.rows, seed)
    if plan.within:
        different = salt(images.scopes, halves(images.keys)[:, 0])
        words, vectors = words ^ different, vectors ^ different
    full = (images.signatures != EMPTY).any(1)
    sketches = hyperplanes.sketches(images.vectors)
    return {
        MINHASH: Entries(words, (images.residual & KEPT)[:, :, None], full, plan.max_hamming_shingles),
        HYPERPLANES: Entries(vectors, sketches[:, None], np.ones(count, bool), plan.max_hamming_sketches),
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
