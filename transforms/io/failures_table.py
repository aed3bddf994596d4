"""Failures in, rows of the failures table out."""

import hashlib
from collections.abc import Iterator

import apache_beam as beam

from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Failure
from lookalike.transforms.io.parquet_sink import Row
from lookalike.transforms.storage.reading import read_parquet


def failure_rows(parts: int) -> beam.PTransform:
    """Failures -> (part, row of the failures table)."""
    return beam.Map(failure_row, parts).with_output_types(tuple[int, Row])


def failure_row(failure: Failure, parts: int) -> tuple[int, Row]:
    """One Failure -> the part that it goes to, by the hash of all of it, and its row."""
    key = hashlib.blake2b("\0".join(failure).encode(), digest_size=16).digest()
    return part_of(key, parts), tuple(failure)


def may_pass(failure: Failure) -> bool:
    """Was it the store that failed, and may it answer another time? Its errors keep the names of their classes."""
    return failure.stage == "read" and failure.error[:1].isupper()


def read_failures(path: str) -> Iterator[Failure]:
    """A part of the failures table -> what is in it."""
    return (Failure(**row) for row in read_parquet(path).to_pylist())


def read_capped(path: str) -> Iterator[Failure]:
    """A part of the failures table -> the buckets in it that were cut."""
    return (failure for failure in read_failures(path) if failure.stage == "pair")
