"""Two fingerprints tables in, the images that are searched in one and not in the other out."""

import dataclasses
import functools
import pickle
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.chunks import Known
from transforms.collapse import CollapseDuplicates
from transforms.fingerprints import features_of, keys_of, matrix
from transforms.partitions import part_of
from transforms.schemas import Features
from transforms.stores import read_parquet


class Appearance(NamedTuple):
    """What the search knows of one image. signature, rest: (permutations,) uint32."""

    features: Features
    signature: np.ndarray
    rest: np.ndarray


class Changes(NamedTuple):
    """added: images searched now, in order of key, that were not, or looked otherwise. removed: the reverse."""

    added: list[Appearance]
    removed: list[Appearance]


@dataclasses.dataclass(eq=False)
class FindChanges(beam.PTransform):
    """{'numbered', 'followers', 'earlier_followers'} -> one value: pickled Changes.

    numbered: (part number, path) of the fingerprints table of `parts` parts. known: the earlier audit's.
    """

    collapse: CollapseDuplicates
    known: Known
    parts: int

    def expand(self, inputs):
        """See the class."""
        return (
            inputs["numbered"]
            | "Differ"
            >> beam.FlatMap(
                self._differ,
                followers=beam.pvalue.AsSingleton(inputs["followers"]),
                earlier=beam.pvalue.AsSingleton(inputs["earlier_followers"]),
            ).with_output_types(tuple[int, Any])
            | "OnePlace" >> beam.GroupByKey()
            | "Changes" >> beam.MapTuple(_changes)
        )

    def _differ(self, numbered: tuple[int, str], followers: bytes, earlier: bytes) -> Iterator[tuple[int, Any]]:
        number, path = numbered
        now = self._rows([path], followers, number)
        before = self._rows(self.known.paths(number, self.parts), earlier, number)
        same = {key for key in now.keys() & before.keys() if now[key][0] == before[key][0]}
        yield 0, ([now[key][1]() for key in now if key not in same], [before[k][1]() for k in before if k not in same])

    def _rows(self, paths: list[str], followers: bytes, number: int) -> dict[bytes, Any]:
        """Key -> pixel hash, and how to get the appearance, of the searched images of one part."""
        found: dict[bytes, Any] = {}
        for path in paths:
            light = read_parquet(path, ["uri", "pixel_hash", "textured", "keypoint_count"])
            keys = keys_of(light).tolist()
            searched = self.collapse.searched(light, keys, followers)
            table = functools.cache(functools.partial(read_parquet, path))
            for index, (key, pixels) in enumerate(zip(keys, light["pixel_hash"].to_pylist(), strict=True)):
                if searched[index] and part_of(key, self.parts) == number:
                    found[key] = (pixels, functools.partial(_appearance, table, index))
        return found


def _appearance(table: Any, index: int) -> Appearance:
    (row,) = appearances(table().slice(index, 1))
    return row


def appearances(table: pa.Table) -> list[Appearance]:
    """Rows of the fingerprints table -> their Appearances."""
    columns = features_of(table), matrix(table["minhash"]), matrix(table["minhash_rest"])
    return [Appearance(*row) for row in zip(*columns, strict=True)]


def _changes(_: int, found: Iterable[tuple[list[Appearance], list[Appearance]]]) -> bytes:
    sides = list(zip(*found, strict=True))
    added, removed = (sorted((a for part in side for a in part), key=lambda a: a.features.key) for side in sides)
    return pickle.dumps(Changes(added, removed))
