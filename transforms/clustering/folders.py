"""Copies between folders in, the table of folders out: which folder is contained in which, and how much of it."""

import collections
import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import apache_beam as beam

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.functional.clustering.containment import Copies, nearest, with_parents
from lookalike.transforms.ingest.folders import folder_of
from lookalike.transforms.io.parquet_sink import Row
from lookalike.transforms.storage.reading import read_parquet

Between = tuple[tuple[str, str], tuple[int, int]]
"""Two folders, and `Copies` of the first in the second."""
Contained = tuple[str, tuple[str, int, int, int]]
"""A folder, and one that is contained in it: its name, images, copies and exact copies."""


class FoldersAndImages(TypedDict):
    """between: copies, by cluster. paths: of the fingerprints table, with the number of each part."""

    between: beam.PCollection[Between]
    paths: beam.PCollection[tuple[int, str]]


@dataclasses.dataclass(eq=False)
class ContainFolders(Stage):
    """Makes rows of the table of folders, each with the number of its part.

    share: least part of a folder's images that have copies in the other. parts: of the table.

    Copies are added up by pairs of folders, and images by folder; either end of a pair then finds its number of images
    by a shuffle.
    """

    share: float
    parts: int

    def expand(self, inputs: FoldersAndImages) -> beam.PCollection[tuple[int, Row]]:
        """Add up, and join the number of images to the one folder, then to the other."""
        sizes = (
            inputs["paths"]
            | "Images" >> beam.FlatMapTuple(images_of).with_output_types(tuple[str, int])
            | "Sizes" >> beam.CombinePerKey(sum)
        )
        between = (
            inputs["between"]
            | "AddUp" >> beam.CombinePerKey(added).with_output_types(Between)
            | "ByFolder" >> beam.MapTuple(_by_folder).with_output_types(tuple[str, tuple[str, tuple[int, int]]])
        )
        contained = (
            {"between": between, "sizes": sizes}
            | "Folder" >> beam.CoGroupByKey()
            | "Contained" >> beam.FlatMapTuple(self._contained).with_output_types(Contained)
        )
        return (
            {"contained": contained, "sizes": sizes}
            | "Container" >> beam.CoGroupByKey()
            | "Rows" >> beam.FlatMapTuple(self._rows).with_output_types(tuple[int, Row])
        )

    def _contained(self, folder: str, joined: dict[str, Iterable[Any]]) -> Iterator[Contained]:
        found = {name: Copies(*copies) for name, copies in joined["between"]}
        if not found:
            return
        (images,) = joined["sizes"]
        enough = {name: copies for name, copies in found.items() if copies.copies >= self.share * images}
        for name, copies in nearest(enough).items():
            yield name, (folder, images, *copies)

    def _rows(self, container: str, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[int, Row]]:
        for folder, images, copies, exact in joined["contained"]:
            (there,) = joined["sizes"]
            row = (folder, container, images, there, copies, exact, copies / images)
            yield part_of(key_of(folder), self.parts), row


def images_of(_: int, path: str) -> Iterator[tuple[str, int]]:
    """A part of the fingerprints table -> how many of its images lie in each folder, and in folders in it."""
    own = collections.Counter(folder_of(uri) for uri in read_parquet(path, ["uri"])["uri"].to_pylist())
    every: collections.Counter[str] = collections.Counter()
    for folder, images in own.items():
        for one in with_parents(folder):
            every[one] += images
    yield from every.items()


def added(several: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Some of `Copies` -> all of them."""
    copies = exact = 0
    for one in several:
        copies, exact = copies + one[0], exact + one[1]
    return copies, exact


def _by_folder(folders: tuple[str, str], copies: tuple[int, int]) -> tuple[str, tuple[str, tuple[int, int]]]:
    return folders[0], (folders[1], copies)
