"""Long sequences that a pipeline's graph does not hold: Dataflow refuses graphs that grow with the corpus."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import apache_beam as beam

from lookalike.transforms.core.stage import Stage


@dataclasses.dataclass(frozen=True)
class Numbered(Sequence[str]):
    """`length` paths that differ by their number alone."""

    before: str
    after: str
    length: int

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < self.length:
            raise IndexError(number)
        return f"{self.before}{number:05d}{self.after}"


PART_NAME = r"part-\d{5}-of-\d{5}\.parquet"
"""Pattern of the names that `part_path` gives."""


def part_path(table: str, number: int, count: int) -> str:
    """Path of one of `count` parts of a table, below the output folder."""
    return f"{table}/part-{number:05d}-of-{count:05d}.parquet"


def parts_of(root: str, table: str, count: int) -> Numbered:
    """Paths of all parts of a table of the run in `root`."""
    return Numbered(f"{root}/{table}/part-", f"-of-{count:05d}.parquet", count)


@dataclasses.dataclass(eq=False)
class GenerateOnWorkers(Stage):
    """The pipeline's root -> the elements of `make(*arguments)`, which a worker calls, spread over all workers.

    kind: type of an element.
    """

    kind: Any
    make: Callable[..., Iterable[Any]]
    arguments: tuple[Any, ...] = ()

    def expand(self, root: beam.pvalue.PBegin) -> beam.PCollection:
        """Call the function on one worker, and spread what it makes."""
        made = root | beam.Impulse() | "Make" >> beam.FlatMap(self._made).with_output_types(self.kind)
        spread = made | "Spread" >> beam.Reshuffle()
        # as beam.Create ends: Beam's Java fuser can't have a Flatten read what a Reshuffle gives
        return spread | "Element" >> beam.Map(lambda element: element).with_output_types(self.kind)

    def _made(self, _: bytes) -> Iterable[Any]:
        return self.make(*self.arguments)
