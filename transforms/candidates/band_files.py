"""Writes the LSH codes of every image, one file for each run of parts and group of bands, and reads them again.

Banding is a shuffle of hundreds of numbers an image. Here it goes through files below the output. What a file holds
lies in order of the ranges that codes are divided into, so that a task reads one piece of each file: 8 to 12 bytes an
image and band, no key. Images are named by their place in the order of keys.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import apache_beam as beam
import numpy as np

from lookalike.transforms.candidates.bands import (
    MINHASH,
    POLYTOPES,
    Banded,
    BandPlan,
    BandRows,
    Cut,
    Task,
    entries_of,
    joined,
    read_banded,
    tasks_of,
)
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.partitions import overlapping, part_of
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.codes import hyperplanes
from lookalike.transforms.functional.lsh.codes.code_ranges import divided
from lookalike.transforms.functional.lsh.collected import BandMembers
from lookalike.transforms.functional.lsh.rows import Rows, RowsAt
from lookalike.transforms.io.generate import GenerateOnWorkers, Numbered
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.reading import read_file, read_range
from lookalike.transforms.storage.writing import write_bytes

IN_A_FILE = 1 << 16
"""Images in one file, about."""
MOST_BATCHES = 1 << 13
"""Files of one group of bands at most, of which each task reads a piece; those of very large corpora are larger."""
FEW_ROWS = 8
"""Sketches that are asked for one by one; where more of a file are wanted, it is read whole."""
WORDS = hyperplanes.SKETCH_BITS // 64
LONG = "long"
SKETCH_WORDS = {"sketches": WORDS, LONG: hyperplanes.LONG_BITS // 64}
"""Of the sketches of an image, by the name of their files."""
OWN = [("place", "<u4"), ("code", "<u4")]
SHINGLE = np.dtype([*OWN, ("residual", "<u4")])
EMBEDDING = np.dtype(OWN)
SKETCH = ("sketch", "<u8", (WORDS,))
SKETCHED = {SHINGLE: np.dtype([*OWN, ("residual", "<u4"), SKETCH]), EMBEDDING: np.dtype([*OWN, SKETCH])}
"""What a code of an image brings to a band, as it lies in a file: of shingles; of embeddings; and the same with the
sketch of the image, which is read beside it where a task has all images. place: among the images of the batch.
"""


class BatchCount(NamedTuple):
    """How many searched images of a batch lie in the blocks from number `first` on."""

    batch: int
    first: int
    images: list[int]


Counts = list[BatchCount]
"""Of all batches, in order."""


def sizes_of(counts: Counts) -> np.ndarray:
    """(batches,) int64, how many images each batch has."""
    return np.array([sum(count.images) for count in counts], np.int64)


def block_sizes(counts: Counts, blocks: int) -> np.ndarray:
    """(blocks,) int64, how many images each block has."""
    total = np.zeros(blocks, np.int64)
    for count in counts:
        total[count.first : count.first + len(count.images)] += np.array(count.images, np.int64)
    return total


@dataclasses.dataclass(frozen=True)
class BandFiles:
    """Where the files of a run are. root: the output. parts: paths of the fingerprints table. cut: how the bands are
    divided. name: of their folder in the work folder. long: long sketches are written too.
    """

    root: str
    parts: Numbered
    plan: BandPlan
    cut: Cut
    name: str = "bands"
    long: bool = False

    @property
    def batches(self) -> int:
        """Runs of parts that are written together, in order of key."""
        return max(1, min(len(self.parts), self.plan.scale // IN_A_FILE, MOST_BATCHES))

    def batch(self, number: int) -> list[str]:
        """Paths of the parts of a batch."""
        return [self.parts[part] for part in overlapping(number, self.batches, len(self.parts))]

    def entry(self, kind: str) -> np.dtype:
        """What lies in the files of a kind of bands."""
        own = SHINGLE if kind == MINHASH else EMBEDDING
        return own if self.cut.ranges == 1 else SKETCHED[own]

    def write(self, number: int, images: Banded, seed: int) -> BatchCount:
        """Write what the images of a batch bring to all bands; how many of them there are."""
        found = entries_of(images, self.plan, seed)
        for task in tasks_of(self.plan, Cut(self.cut.bands, 1)):
            entries, bands = found[task.kind], slice(task.first, task.first + task.bands)
            present = np.flatnonzero(entries.present)
            code = entries.code[present, bands].transpose(1, 0, 2)
            places = np.repeat(present, code.shape[2])
            rows = np.zeros((task.bands, len(places)), self.entry(task.kind))
            rows["place"], rows["code"] = places, code.reshape(task.bands, -1)
            if task.kind == MINHASH:
                rows["residual"] = images.residual[places, bands].T
            if self.cut.ranges > 1:
                rows["sketch"] = entries.sketches[places]
            ordered, counts = divided(rows, self.cut.ranges)
            self._put(task.kind, task.first, number, counts.astype("<u4").tobytes() + ordered.tobytes())
        self._put("sketches", 0, number, found[POLYTOPES].sketches.astype("<u8").tobytes())
        if self.long:
            looks = hyperplanes.sketches(images.vectors, hyperplanes.LONG_BITS)
            self._put(LONG, 0, number, looks.astype("<u8").tobytes())
        self._put("scopes", 0, number, images.scopes.astype("<u8").tobytes())
        blocks = np.array([part_of(key, self.plan.blocks) for key in images.keys.tolist()], np.int64)
        first = int(blocks.min(initial=self.plan.blocks - 1))
        return BatchCount(number, first, np.bincount(blocks - first).tolist())

    def write_sets(self, number: int, images: Banded) -> None:
        """Write which set each image of a batch belongs to."""
        self._put("sets", 0, number, images.sets.astype("<u4").tobytes())

    def sets(self) -> np.ndarray:
        """(n,) uint32, the number of the set of all images in order of key, where it was written."""
        return np.concatenate([self._get("sets", number, "<u4") for number in range(self.batches)])

    def sketches(self, name: str = "sketches") -> np.ndarray:
        """(n, words) uint64, of all images in order of key: `sketches`, or `long` ones where they were written."""
        return np.concatenate([self._sketches_of(name, number) for number in range(self.batches)])

    def looks(self, counts: Counts) -> Rows:
        """The sketches of all images by their places: of a few, they are looked up; of many, they are read."""
        return self.sketches() if self.cut.ranges == 1 else StoredSketches(self, counts)

    def scopes(self) -> np.ndarray:
        """(n,) uint64, of all images in order of key."""
        return np.concatenate([self._get("scopes", number, "<u8") for number in range(self.batches)])

    def some_sketches(self, name: str, number: int, rows: np.ndarray) -> np.ndarray:
        """The sketches of images of a batch, by their places in it."""
        if len(rows) > FEW_ROWS:
            return self._sketches_of(name, number)[rows]
        path, size = self._path(name, 0, number), SKETCH_WORDS[name] * 8
        read = b"".join(read_range(path, row * size, size) for row in rows.tolist())
        return np.frombuffer(read, "<u8").reshape(-1, SKETCH_WORDS[name])

    def _sketches_of(self, name: str, number: int) -> np.ndarray:
        return self._get(name, number, "<u8").reshape(-1, SKETCH_WORDS[name])

    def entries(self, task: Task, number: int) -> list[np.ndarray]:
        """What a batch brings to a task, in order of place, for each of its bands."""
        kind = self.entry(task.kind)
        path, table = self._path(task.kind, task.first, number), np.dtype("<u4")
        head = self.cut.ranges * task.bands * table.itemsize
        counts = np.frombuffer(read_range(path, 0, head), table).reshape(self.cut.ranges, task.bands)
        start, own = int(counts[: task.range].sum(dtype=np.int64)), counts[task.range].astype(np.int64)
        size = int(own.sum()) * kind.itemsize
        data = read_range(path, head + start * kind.itemsize, size) if size else b""
        return np.split(np.frombuffer(data, kind), np.cumsum(own)[:-1])

    @property
    def folder(self) -> str:
        """What all files of these bands lie in."""
        return f"{self.root}/{RUN}/{self.name}"

    def _path(self, kind: str, first: int, batch: int) -> str:
        return f"{self.folder}/{kind}-{first:05d}/{batch:05d}"

    def _put(self, kind: str, first: int, batch: int, data: bytes) -> None:
        write_bytes(self._path(kind, first, batch), data)

    def _get(self, kind: str, batch: int, dtype: str) -> np.ndarray:
        return np.frombuffer(read_file(self._path(kind, 0, batch)), dtype)


class StoredSketches:
    """Sketches of images by their places, read when they are asked for. name: as of `BandFiles.sketches`."""

    def __init__(self, files: BandFiles, counts: Counts, name: str = "sketches") -> None:
        self.files, self.name = files, name
        self.starts = np.cumsum(np.r_[0, sizes_of(counts)])[:-1]

    def __getitem__(self, places: np.ndarray) -> np.ndarray:
        wanted, back = np.unique(places, return_inverse=True)
        out = np.zeros((len(wanted), SKETCH_WORDS[self.name]), np.uint64)
        batch = np.searchsorted(self.starts, wanted, "right") - 1
        for number in np.unique(batch).tolist():
            rows = slice(*np.searchsorted(batch, [number, number + 1]))
            out[rows] = self.files.some_sketches(self.name, number, wanted[rows] - self.starts[number])
        return out[back.reshape(places.shape)]


@dataclasses.dataclass(eq=False)
class WriteBands(Stage):
    """Writes the LSH codes of every searched image, one file for each run of parts and group of bands.

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

    def _write(self, batch: int, followers: int) -> tuple[int, BatchCount]:
        # followers: nothing is made of their number, but it is there when they are written
        images = joined([read_banded(path, self.collapse) for path in self.files.batch(batch)])
        if self.collapse.sets.several:
            self.files.write_sets(batch, images)
        return 0, self.files.write(batch, images, self.seed)


def _in_order(_: int, counts: Iterable[BatchCount]) -> Counts:
    return sorted(counts)


def bands_of(files: BandFiles, task: Task, counts: Counts, looks: Rows) -> Iterator[BandRows]:
    """What the images of a task bring to each of its bands, in order of place. looks: as `BandFiles.looks` has them."""
    starts = np.cumsum(np.r_[0, sizes_of(counts)]).tolist()
    batches = [files.entries(task, number) for number in range(files.batches)]
    for band in range(task.bands):
        rows = [batch[band] for batch in batches]
        placed = zip(starts, rows, strict=False)
        places = np.concatenate([start + some["place"].astype(np.int64) for start, some in placed])
        code = np.concatenate([some["code"] for some in rows])
        brought = "sketch" in (files.entry(task.kind).names or ())
        near: Rows = np.concatenate([some["sketch"] for some in rows]) if brought else RowsAt(looks, places)
        if task.kind == MINHASH:
            residual = np.concatenate([some["residual"] for some in rows])
            yield BandRows(BandMembers(places, residual), code, residual[:, None] & KEPT, near)
        else:
            yield BandRows(BandMembers(places, None), code, np.zeros((len(code), 0), np.uint32), near)
