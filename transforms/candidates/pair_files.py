"""Writes the pairs that each task of a search finds, one file for each task, and reads those of one block of images.

They are far too many to be shuffled: 100 and more for each image, of which each is found by several tasks. The local
runner would hold all of them in memory, three times.
"""

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

from lookalike.transforms.candidates.band_files import BandFiles
from lookalike.transforms.candidates.bands import Task, tasks_of
from lookalike.transforms.storage.reading import read_range
from lookalike.transforms.storage.writing import write_bytes

SIZE = np.dtype("<u8")
"""Of what a block has of a file; these come first in it."""


@dataclasses.dataclass(frozen=True)
class PairFiles:
    """Where the files of a run are: in the folder of its bands."""

    bands: BandFiles

    def write(self, task: Task, found: Iterable[tuple[int, bytes]]) -> None:
        """Write what a task has found: blocks, and their OF_BLOCK records."""
        blocks = dict(found)
        sizes = np.array([len(blocks.get(block, b"")) for block in range(self.bands.plan.blocks)], SIZE)
        write_bytes(self._path(task), sizes.tobytes() + b"".join(blocks[block] for block in sorted(blocks)))

    def of_block(self, block: int) -> Iterator[bytes]:
        """The OF_BLOCK records of a block, from the files of all tasks."""
        head = self.bands.plan.blocks * SIZE.itemsize
        for task in tasks_of(self.bands.plan, self.bands.cut):
            sizes = np.frombuffer(read_range(self._path(task), 0, head), SIZE).astype(np.int64)
            if sizes[block]:
                start = head + int(sizes[:block].sum())
                yield read_range(self._path(task), start, int(sizes[block]))

    def _path(self, task: Task) -> str:
        return f"{self.bands.folder}/pairs/{task.kind}-{task.first:05d}-{task.range:05d}"
