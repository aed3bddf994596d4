"""Compared pairs in, confirmed Pairs out: what a pair comes to when the near misses of its pictures are counted."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np

from lookalike.transforms.clustering.components import places, ranked
from lookalike.transforms.core.pairs import PAIR
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.functional.verification.near_misses import are_near_misses
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.io.pair_records import RECORD, by_part_of, pairs_of, settle
from lookalike.transforms.weights import decision_models

ENDS = ("a", "b")

Counted = tuple[bytes, bytes]
"""RECORDs, and (n,) int64, the near misses of the first image of each."""


@dataclasses.dataclass(eq=False)
class WeighNearMisses(Stage):
    """Moves the log-odds of each pair by the near misses of its images, and settles what the pair comes to.

    RECORDs that are `worth_weighing` -> PAIR records of those that have a relation. All pairs of the corpus are needed.

    least: the probability from which two pictures count as copies. parts: what the images are divided into.

    Near misses are counted by the part that their images lie in; the pairs ask for the count of either end, one after
    the other.
    """

    least: float
    parts: int

    def expand(self, records: beam.PCollection[bytes]) -> beam.PCollection[bytes]:
        """Count for the first image of each pair, then for the second, and decide."""
        near = records | "Near" >> beam.FlatMap(near_by_part, self.parts).with_output_types(tuple[int, bytes])
        pairs = records | "ByFirst" >> beam.FlatMap(by_part, self.parts).with_output_types(tuple[int, bytes])
        counted = (
            {"near": near, "pairs": pairs}
            | "AskFirst" >> beam.CoGroupByKey()
            | "First" >> beam.FlatMapTuple(self._first).with_output_types(tuple[int, Counted])
        )
        return (
            {"near": near, "counted": counted}
            | "AskSecond" >> beam.CoGroupByKey()
            | "Second" >> beam.FlatMapTuple(self._second).with_output_types(bytes)
        )

    def _first(self, _: int, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[int, Counted]]:
        records = np.frombuffer(b"".join(joined["pairs"]), RECORD)
        found = beside(joined["near"], records, "a")
        for part, chosen in by_part_of(records["b"], self.parts):
            yield part, (records[chosen].tobytes(), found[chosen].tobytes())

    def _second(self, _: int, joined: dict[str, Iterable[Any]]) -> Iterator[bytes]:
        counted: list[Counted] = list(joined["counted"])
        if not counted:
            return
        records = np.frombuffer(bytearray().join(some for some, _ in counted), RECORD)
        first = np.frombuffer(b"".join(found for _, found in counted), np.int64)
        fewer = np.minimum(first, beside(joined["near"], records, "b"))
        settle(records, self.least, decision_models().near_misses.shift(fewer))
        count_relations(records)
        pairs = np.frombuffer(pairs_of(records), PAIR).copy()
        pairs["near_misses"] = fewer[records["relation"] > 0]
        yield pairs.tobytes()


def worth_weighing(records: np.ndarray) -> bytes:
    """Records of one group -> those that are near misses or may have a relation; the others are counted as refused."""
    worth = are_near_misses(records["log_odds"]) | (records["copies"] > 0) | (records["otherwise"] > 0)
    count("ConfirmPairs", "refused-pairs", int(np.count_nonzero(~worth)))
    return records[worth].tobytes()


def count_relations(records: np.ndarray) -> None:
    """Add settled records to the counters: the refused, and those of each relation."""
    number = np.bincount(records["relation"], minlength=len(RELATIONS)).tolist()
    count("ConfirmPairs", "refused-pairs", number[0])
    for relation, confirmed in zip(RELATIONS[1:], number[1:], strict=True):
        if confirmed:
            count("ConfirmPairs", f"confirmed-pairs-{relation}", confirmed)


def near_by_part(packed: bytes, parts: int) -> Iterator[tuple[int, bytes]]:
    """RECORDs -> the keys of both images of each near miss, by the part that they lie in."""
    records = np.frombuffer(packed, RECORD)
    near = records[are_near_misses(records["log_odds"])]
    keys = np.concatenate([near[end] for end in ENDS])
    for part, chosen in by_part_of(keys, parts):
        yield part, keys[chosen].tobytes()


def by_part(packed: bytes, parts: int) -> Iterator[tuple[int, bytes]]:
    """RECORDs -> the same by the part that their first image lies in."""
    records = np.frombuffer(packed, RECORD)
    for part, chosen in by_part_of(records["a"], parts):
        yield part, records[chosen].tobytes()


def beside(near: Iterable[bytes], records: np.ndarray, end: str) -> np.ndarray:
    """Keys of the images of near misses in a part, and records of which an end lies there -> (n,) int64, how many near
    misses that image of each has beside the pair itself.
    """
    names, place = ranked(np.frombuffer(b"".join(near), "V16"))
    times = np.append(np.bincount(place, minlength=len(names)), 0)  # the last for those that have none
    other: np.ndarray = times[places(names, records[end])] - are_near_misses(records["log_odds"])
    return other
