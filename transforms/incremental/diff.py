"""Two fingerprints tables in, the images that are searched in one and not in the other out.

What the search knows of such images is about 12 KB each. It goes through files, and a worker reads batches of it: no
more than `BATCH_BYTES` bytes at once, however many images changed. Only keys, 16 bytes each, are held by every worker.
"""

import dataclasses
import itertools
import pickle
from collections.abc import Iterable
from typing import NamedTuple, TypedDict

import apache_beam as beam
import numpy as np
import pyarrow as pa

from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.core.keys import KEY_BYTES
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Features
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.fingerprinting.fingerprints_table import FEATURES, features_of, keys_of, matrix
from lookalike.transforms.ingest.scopes import ScopeRule
from lookalike.transforms.ingest.work_units import Known
from lookalike.transforms.io.parquet_sink import RUN, write_table
from lookalike.transforms.storage.reading import read_parquet

SIDES = ("added", "removed")
COLUMNS = (*FEATURES, "minhash", "minhash_residual")
BATCH_BYTES = 64 << 20
"""Bytes of the columns of changed images that are in memory at once, or one part's if those are more."""


class SearchFeatures(NamedTuple):
    """What the search knows of one image. signature, residual: (permutations,) uint32."""

    features: Features
    signature: np.ndarray
    residual: np.ndarray


class Batch(NamedTuple):
    """Some of the changed images, in order of key."""

    added: list[SearchFeatures]
    removed: list[SearchFeatures]


class Changes(NamedTuple):
    """What changed. added: keys, joined in order, of images searched now that were not, or looked otherwise. removed:
    the reverse. batches: runs of parts, of which some images changed.
    """

    added: bytes
    removed: bytes
    batches: list[list[int]]

    def keys(self, side: str) -> list[bytes]:
        """One of SIDES, taken apart."""
        joined = getattr(self, side)
        return [joined[at : at + KEY_BYTES] for at in range(0, len(joined), KEY_BYTES)]

    def batch(self, root: str, number: int) -> Batch:
        """A batch of the run in `root`."""
        paths = ([f"{root}/{changes_path(part, side)}" for part in self.batches[number]] for side in SIDES)
        return Batch(*([one for path in some for one in search_features(read_parquet(path))] for some in paths))


Differing = tuple[int, int, bytes, bytes]
"""Number of a part; bytes of the columns of its changed images; keys of the added and of the removed ones, joined."""


class TwoTables(TypedDict):
    """numbered: (part number, path) of the fingerprints table. followers, earlier_followers: of it and of the earlier
    audit's, as `CollapseDuplicates` makes them.
    """

    numbered: beam.PCollection[tuple[int, str]]
    followers: beam.PCollection[int]
    earlier_followers: beam.PCollection[int]


@dataclasses.dataclass(eq=False)
class FindChanges(Stage):
    """Finds the images that are searched in one of two fingerprints tables and not, or otherwise, in the other.

    One value comes out: pickled Changes, whose keys are 16 bytes an image that changed. parts: of the fingerprints
    table. known: the earlier audit's. collapse, earlier: what is searched in either. root: the output, below which the
    changed images are written.
    """

    collapse: CollapseDuplicates
    earlier: CollapseDuplicates
    known: Known
    parts: int
    root: str

    def expand(self, inputs: TwoTables) -> beam.PCollection[bytes]:
        """Compare the tables part by part."""
        return (
            inputs["numbered"]
            | "Differ"
            >> beam.Map(
                self._differ,
                followers=beam.pvalue.AsSingleton(inputs["followers"]),
                earlier=beam.pvalue.AsSingleton(inputs["earlier_followers"]),
            )
            | "OnePlace" >> beam.GroupByKey()
            | "Changes" >> beam.MapTuple(_changes)
        )

    def _differ(self, numbered: tuple[int, str], followers: int, earlier: int) -> tuple[int, Differing]:
        number, path = numbered
        now = self._rows([path], self.collapse, number)
        before = self._rows(self.known.paths(number, self.parts), self.earlier, number)
        same = {key for key in now.keys() & before.keys() if now[key][:2] == before[key][:2]}
        size, keys = 0, []
        for side, rows in zip(SIDES, (now, before), strict=True):
            changed = sorted(rows.keys() - same)
            keys.append(b"".join(changed))
            if now.keys() != same or before.keys() != same:
                table = _taken([rows[key][2:] for key in changed], path, self.collapse.scope)
                write_table(self.root, changes_path(number, side), table)
                size += table.nbytes
        return 0, (number, size, keys[0], keys[1])

    def _rows(
        self, paths: list[str], collapse: CollapseDuplicates, number: int
    ) -> dict[bytes, tuple[bytes, int, str, int]]:
        """Key -> pixel hash, scope, and path and row, of the searched images of one part."""
        found: dict[bytes, tuple[bytes, int, str, int]] = {}
        for path in paths:
            light = read_parquet(path, ["uri", "pixel_hash", "textured", "keypoint_count"])
            keys = keys_of(light).tolist()
            searched = collapse.searched(light, path, keys)
            scopes = collapse.scope.of_table(light, path).tolist()
            pixels = light["pixel_hash"].to_pylist()
            for index, key in enumerate(keys):
                if searched[index] and part_of(key, self.parts) == number:
                    found[key] = (pixels[index], scopes[index], path, index)
        return found


def changes_path(part: int, side: str) -> str:
    """Path, below the output, of the changed images of a part."""
    return f"{RUN}/changes/{part:05d}-{side}.parquet"


def _taken(rows: list[tuple[str, int]], path: str, scope: ScopeRule) -> pa.Table:
    """(path, row) of some images -> their columns, and their scopes, in this order. path: of any part, which has
    the schema.
    """

    def read(source: str) -> pa.Table:
        return scope.added_to(read_parquet(source, list(COLUMNS)), source)

    ranges = []
    for source, some in itertools.groupby(rows, key=lambda row: row[0]):
        ranges.append(read(source).take([index for _, index in some]))
    return pa.concat_tables(ranges or [read(path).slice(0, 0)])


def _changes(_: int, found: Iterable[Differing]) -> bytes:
    return pickle.dumps(changes_of(found, BATCH_BYTES))


def changes_of(found: Iterable[Differing], most: int) -> Changes:
    """What differs in each part -> all of it, in batches of at most `most` bytes, or of one part."""
    parts = sorted(found)
    batches: list[list[int]] = []
    room = 0
    for number, size, _, _ in parts:
        if not size:
            continue
        if not batches or size > room:
            batches.append([])
            room = most
        batches[-1].append(number)
        room -= size
    return Changes(b"".join(part[2] for part in parts), b"".join(part[3] for part in parts), batches)


def search_features(table: pa.Table) -> list[SearchFeatures]:
    """Rows of the fingerprints table -> their SearchFeatures."""
    columns = features_of(table), matrix(table["minhash"]), matrix(table["minhash_residual"])
    return [SearchFeatures(*row) for row in zip(*columns, strict=True)]
