"""Fates on their way to lists of all images: sorted files of them below the work folder, merged as they are read."""

import dataclasses
import hashlib
import heapq
import io
import json
from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam

from lookalike.transforms.core.columns import in_json
from lookalike.transforms.core.stage import Stage
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.storage.ranges import open_ranges
from lookalike.transforms.storage.reading import read_written
from lookalike.transforms.storage.writing import write_bytes

SPOOL = "fates"
"""Below the work folder: files of fates, and with `.json` the list of their names."""


@dataclasses.dataclass(eq=False)
class SpoolFates(Stage):
    """Lists of fates, each in order of URI -> files below the work folder of `root`."""

    root: str

    def expand(self, fates: beam.PCollection[list[Fate]]) -> None:
        """Write each list, and the names of all."""
        _ = (
            fates
            | "Spool" >> beam.FlatMap(self._spooled).with_output_types(tuple[int, str])
            | "Collect" >> beam.GroupByKey()
            | "Record" >> beam.Map(self._record)
        )

    def _spooled(self, fates: list[Fate]) -> Iterator[tuple[int, str]]:
        data = "".join(f"{_line(fate)}\n" for fate in fates).encode()
        name = f"{hashlib.blake2b(data, digest_size=16).hexdigest()}.jsonl"
        write_bytes(f"{self.root}/{RUN}/{SPOOL}/{name}", data)
        yield 0, name

    def _record(self, gathered: tuple[int, Iterable[str]]) -> None:
        write_bytes(f"{self.root}/{RUN}/{SPOOL}.json", json.dumps(sorted(gathered[1])).encode())


def spooled_fates(root: str) -> Iterator[Fate]:
    """All fates that were spooled, in order of URI, with columns as JSON has them; never more than a buffer of each
    file in memory.
    """
    names: Sequence[str] = json.loads(read_written(f"{root}/{RUN}/{SPOOL}.json"))
    files = (_fates(f"{root}/{RUN}/{SPOOL}/{name}") for name in dict.fromkeys(names))
    yield from heapq.merge(*files, key=lambda fate: fate.in_order)


def _line(fate: Fate) -> str:
    values = fate._asdict() | {"content_hash": fate.content_hash.hex(), "columns": in_json(list(fate.columns))}
    return json.dumps(list(values.values()))


def _fates(uri: str) -> Iterator[Fate]:
    with open_ranges(uri) as file:
        for line in io.TextIOWrapper(file, "utf-8"):
            row = json.loads(line)
            yield Fate._make([row[0], bytes.fromhex(row[1]), *row[2:-1], tuple(row[-1])])
