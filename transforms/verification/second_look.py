"""Pairs that copies of both propose, with a guess at how they lie on one another: compared once more, and confirmed."""

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict

import apache_beam as beam
import numpy as np

from lookalike.transforms.core.pairs import LOOK, PAIR, PROPOSER_BIT
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Features
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.stage import Stage, count
from lookalike.transforms.fingerprinting.fingerprints_table import features_of
from lookalike.transforms.functional.lsh.exhaustive import NO_PARITY, Proposals
from lookalike.transforms.io.pair_records import RECORD, pairs_of
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.verification.comparison import Comparison, ComparisonRules
from lookalike.transforms.verification.prepared_images import FEATURE_COLUMNS, prepared_images

Looks = tuple[bytes, bytes]
"""The label of a component, and LOOK records in it."""


class LookInputs(TypedDict):
    """looks: what is to be compared. paths: of the fingerprints table, with the number of each part."""

    looks: beam.PCollection[Looks]
    paths: beam.PCollection[tuple[int, str]]


@dataclasses.dataclass(eq=False)
class SecondLook(Stage):
    """Compares pairs that a cluster proposes -> PAIR records of those that have a relation, by label.

    rules: what counts. fingerprint_parts: of the fingerprints table.

    These pairs are few, and lie anywhere: the fingerprints of their images are sent to where they are compared, each
    part of the table being read once.
    """

    rules: ComparisonRules
    fingerprint_parts: int

    def expand(self, inputs: LookInputs) -> beam.PCollection[tuple[bytes, bytes]]:
        """Look the images up, bring them together, and compare them."""
        looks = inputs["looks"] | "Name" >> beam.MapTuple(named).with_output_types(tuple[bytes, Looks])
        wanted = looks | "Wanted" >> beam.FlatMapTuple(self._wanted).with_output_types(tuple[int, tuple[bytes, bytes]])
        features = (
            {"wanted": wanted, "paths": inputs["paths"]}
            | "AskPart" >> beam.CoGroupByKey()
            | "Read" >> beam.FlatMapTuple(found_features).with_output_types(tuple[bytes, Features])
        )
        return (
            {"looks": looks, "features": features}
            | "Together" >> beam.CoGroupByKey()
            | "Compare" >> beam.ParDo(_Compare(self.rules)).with_output_types(tuple[bytes, bytes])
        )

    def _wanted(self, name: bytes, looks: Looks) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
        pairs = np.frombuffer(looks[1], LOOK)
        for key in np.unique(np.concatenate([pairs["a"], pairs["b"]])).tolist():
            yield part_of(key, self.fingerprint_parts), (key, name)


def named(label: bytes, packed: bytes) -> tuple[bytes, Looks]:
    """Looks -> the same, with a name that no others have."""
    return hashlib.blake2b(packed, digest_size=16).digest(), (label, packed)


def found_features(_: int, joined: dict[str, Iterable[Any]]) -> Iterator[tuple[bytes, Features]]:
    """The path of a part, and (key, name) of images in it -> the Features of each, by name."""
    names: dict[bytes, list[bytes]] = {}
    for key, name in joined["wanted"]:
        names.setdefault(key, []).append(name)
    if not names:
        return
    (path,) = joined["paths"]
    for features in features_of(read_parquet(path, FEATURE_COLUMNS)):
        for name in names.get(features.key, ()):
            yield name, features


class _Compare(beam.DoFn):
    def __init__(self, rules: ComparisonRules) -> None:
        self.rules = rules

    def setup(self) -> None:
        prepare_worker()

    def process(self, element: tuple[bytes, dict[str, Iterable[Any]]]) -> Iterator[tuple[bytes, bytes]]:
        _, joined = element
        ((label, packed),) = joined["looks"]
        images = prepared_images(sorted(joined["features"], key=lambda features: features.key))
        looks = np.frombuffer(packed, LOOK)
        count("SecondLook", "proposed-again-pairs", len(looks))
        pairs = np.frombuffer(pairs_of(looked_again(Comparison(images, self.rules), looks)), PAIR).copy()
        pairs["proposed_by"] = PROPOSER_BIT["copies"]
        if len(pairs):
            count("SecondLook", "confirmed-again-pairs", len(pairs))
            yield label, pairs.tobytes()


def looked_again(comparison: Comparison, looks: np.ndarray) -> np.ndarray:
    """LOOK records of images that are compared -> records of the pairs, in the same order."""
    index = {image.features.key: number for number, image in enumerate(comparison.images)}
    pairs = np.array([(index[look["a"].tobytes()], index[look["b"].tobytes()]) for look in looks])
    guesses = [np.vstack([look["guess"].reshape(2, 3), (0.0, 0.0, 1.0)]) for look in looks]
    proposals = Proposals(pairs, np.full(len(pairs), NO_PARITY), np.zeros(len(pairs), bool))
    return comparison.records(proposals, np.zeros(0, RECORD), guesses)
