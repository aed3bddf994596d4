"""Writes the LSH codes of every image, one file for each run of parts and group of bands, and reads them again.

Banding is a shuffle of hundreds of numbers an image. Here it goes through files below the output, which hold nothing
but the numbers, and which a worker that looks at a band reads for all images: 8 bytes an image and band, no key.
Images are named by their place in the order of keys.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.partitions import overlapping, part_of
from lookalike.transforms.core.settings.pair import PairSettings
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.fingerprinting.fingerprints_table import keys_of, matrix
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh import hyperplanes
from lookalike.transforms.functional.lsh.banding import Bands
from lookalike.transforms.functional.lsh.collected import BandMembers
from lookalike.transforms.functional.lsh.collisions import Entries, Limits
from lookalike.transforms.functional.lsh.minhash import EMPTY
from lookalike.transforms.functional.lsh.scopes import salt
from lookalike.transforms.io.generate import GenerateOnWorkers, Numbered
from lookalike.transforms.io.pair_records import halves
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.reading import read_file, read_parquet
from lookalike.transforms.storage.writing import write_bytes

COLUMNS = ["uri", "textured", "keypoint_count", "embedding", "minhash", "minhash_residual"]
BANDS_IN_A_TASK = 16
"""Most bands in one task and file: a pair that meets in several of them is told once."""
IN_A_TASK = BANDS_IN_A_TASK << 24
"""Most codes in a task that has more than one band: 2 GB."""
IN_A_FILE = 1 << 16
"""Images in one file, about."""
MINHASH, HYPERPLANES = "minhash", "hyperplanes"
NEAR = hyperplanes.SKETCH_BITS // 8
"""Bits of sketches that differ between embeddings of cosine 0.92: images that are all but the same."""

Counts = list[tuple[int, list[int]]]
"""How many images of each batch lie in each block: (batch, images by block), in order."""


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
    the bits of which few may differ in a pair. sketches: (n, words) uint64, of their embeddings.
    """

    members: BandMembers
    code: np.ndarray
    compared: np.ndarray
    sketches: np.ndarray


class Task(NamedTuple):
    """Some bands of one kind, from number `first` on."""

    kind: str
    first: int
    bands: int


def tasks_of(plan: BandPlan) -> list[Task]:
    """All bands of a search, in tasks of at most BANDS_IN_A_TASK, fewer where the corpus is large."""
    together = max(1, min(BANDS_IN_A_TASK, IN_A_TASK // plan.scale))
    kinds = {MINHASH: plan.minhash.bands, HYPERPLANES: plan.hyperplanes.bands}
    return [
        Task(kind, first, min(together, bands - first))
        for kind, bands in kinds.items()
        for first in range(0, bands, together)
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


@dataclasses.dataclass(frozen=True)
class BandFiles:
    """Where the files of a run are. root: the output. parts: paths of the fingerprints table. name: of their folder in
    the work folder.
    """

    root: str
    parts: Numbered
    plan: BandPlan
    name: str = "bands"

    @property
    def batches(self) -> int:
        """Runs of parts that are written together, in order of key."""
        return max(1, min(len(self.parts), self.plan.scale // IN_A_FILE))

    def batch(self, number: int) -> list[str]:
        """Paths of the parts of a batch."""
        return [self.parts[part] for part in overlapping(number, self.batches, len(self.parts))]

    def write(self, number: int, images: Banded, seed: int) -> np.ndarray:
        """Write what the images of a batch bring to all bands -> (blocks,) int64: how many of them lie in each."""
        found = entries_of(images, self.plan, seed)
        for task in tasks_of(self.plan):
            entries = found[task.kind]
            bands = slice(task.first, task.first + task.bands)
            self._put(task.kind, task.first, number, np.ascontiguousarray(entries.code[entries.present, bands].T))
            if task.kind == MINHASH:
                residual = np.ascontiguousarray(images.residual[entries.present, bands].T)
                self._put("residual", task.first, number, residual)
        self._put("present", 0, number, np.flatnonzero(found[MINHASH].present).astype(np.uint32))
        self._put("sketches", 0, number, found[HYPERPLANES].residual)
        self._put("scopes", 0, number, images.scopes)
        blocks = [part_of(key, self.plan.blocks) for key in images.keys.tolist()]
        return np.bincount(np.array(blocks, np.int64), minlength=self.plan.blocks)

    def write_sets(self, number: int, images: Banded) -> None:
        """Write which set each image of a batch belongs to."""
        self._put("sets", 0, number, images.sets.astype(np.uint32))

    def sets(self) -> np.ndarray:
        """(n,) uint32, the number of the set of all images in order of key, where it was written."""
        return np.concatenate([self._get("sets", 0, number, "<u4", (-1,)) for number in self._all])

    def sketches(self) -> np.ndarray:
        """(n, words) uint64, of all images in order of key."""
        whole = [self._get("sketches", 0, number, "<u8", (-1, hyperplanes.SKETCH_BITS // 64)) for number in self._all]
        return np.concatenate(whole)

    def scopes(self) -> np.ndarray:
        """(n,) uint64, of all images in order of key."""
        return np.concatenate([self._get("scopes", 0, number, "<u8", (-1,)) for number in self._all])

    def present(self, sizes: list[int]) -> np.ndarray:
        """(n,) int64: places of the images that have shingles. sizes: images of each batch."""
        starts = np.cumsum([0, *sizes])
        whole = [self._get("present", 0, number, "<u4", (-1,)) + starts[number] for number in self._all]
        return np.concatenate(whole).astype(np.int64)

    def codes(self, task: Task) -> list[np.ndarray]:
        """(bands, n of the batch) uint32 of each batch."""
        return [self._get(task.kind, task.first, number, "<u4", (task.bands, -1)) for number in self._all]

    def residual(self, task: Task) -> list[np.ndarray]:
        """The same of the residual bits of a task of MINHASH."""
        return [self._get("residual", task.first, number, "<u4", (task.bands, -1)) for number in self._all]

    @property
    def _all(self) -> range:
        return range(self.batches)

    def _path(self, kind: str, first: int, batch: int) -> str:
        return f"{self.root}/{RUN}/{self.name}/{kind}-{first:05d}/{batch:05d}"

    def _put(self, kind: str, first: int, batch: int, values: np.ndarray) -> None:
        little = values.astype(values.dtype.newbyteorder("<"), copy=False)
        write_bytes(self._path(kind, first, batch), little.tobytes())

    def _get(self, kind: str, first: int, batch: int, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
        return np.frombuffer(read_file(self._path(kind, first, batch)), dtype).reshape(shape)


@dataclasses.dataclass(eq=False)
class WriteBands(Stage):
    """Writes the LSH codes of every searched image, one file for each run of parts and task of bands.

    How many images follow, when their files are written -> one value: Counts, when the files of all bands are.
    """

    files: BandFiles
    collapse: CollapseDuplicates
    seed: int

    def expand(self, followers: beam.PCollection[int]) -> beam.PCollection[Counts]:
        """Write the files of each batch, and collect how many images each has."""
        return (
            followers.pipeline
            | "Batches" >> GenerateOnWorkers(int, range, (self.files.batches,))
            | "Write" >> beam.Map(self._write, followers=beam.pvalue.AsSingleton(followers))
            | "OnePlace" >> beam.GroupByKey()
            | "Counts" >> beam.MapTuple(_in_order)
        )

    def _write(self, batch: int, followers: int) -> tuple[int, tuple[int, list[int]]]:
        # followers: nothing is made of their number, but it is there when they are written
        images = joined([read_banded(path, self.collapse) for path in self.files.batch(batch)])
        if self.collapse.sets.several:
            self.files.write_sets(batch, images)
        return 0, (batch, self.files.write(batch, images, self.seed).tolist())


def _in_order(_: int, counts: Iterable[tuple[int, list[int]]]) -> Counts:
    return sorted(counts)


def bands_of(files: BandFiles, task: Task, counts: Counts, sketches: np.ndarray) -> Iterator[BandRows]:
    """What all images that are present bring to each band of a task. sketches: (n, words) uint64, of all images."""
    sizes = [sum(blocks) for _, blocks in counts]
    batches = files.codes(task)
    codes = (np.concatenate([batch[band] for batch in batches]) for band in range(task.bands))
    if task.kind == HYPERPLANES:
        members = BandMembers(np.arange(sum(sizes)), None)
        yield from (BandRows(members, code, sketches, sketches) for code in codes)
        return
    places, bits = files.present(sizes), files.residual(task)
    looks = sketches[places]
    for band, code in enumerate(codes):
        residual = np.concatenate([batch[band] for batch in bits])
        yield BandRows(BandMembers(places, residual), code, residual[:, None] & KEPT, looks)
