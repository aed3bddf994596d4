"""audit.json: written last, read first. An output without it is not finished."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from transforms.numbered import Numbered, parts_of
from transforms.stores import keep, read_file, read_parquet, store, write_bytes

NAME = "audit.json"


class OutputError(ValueError):
    """An output folder that can't be used; the message names it and the remedy."""


def exists(output: str) -> bool:
    """Does `output` hold a finished run?"""
    fs, path = store(output)
    return fs.exists(f"{path}/{NAME}")


def read(output: str) -> dict[str, Any]:
    """The record of a finished run.

    Raises:
        OutputError: there is none.
    """
    try:
        return json.loads(read_file(f"{output}/{NAME}"))
    except FileNotFoundError:
        raise OutputError(f"{output} holds no finished run: it has no {NAME}. Run `lookalike audit` first.") from None


def write(output: str, record: dict[str, Any]) -> None:
    """Commit a run: what it wrote is on the disk before its record is, and that before this returns."""
    keep(f"{output}/{part['path']}" for parts in record["parts"].values() for part in parts)
    write_bytes(f"{output}/{NAME}", (json.dumps(record, indent=2, sort_keys=True) + "\n").encode(), durable=True)


def parts(record: dict[str, Any], output: str, table: str) -> list[str]:
    """Paths of the parts of one table of a finished run."""
    return [f"{output}/{part['path']}" for part in record["parts"].get(table, [])]


def tables(record: dict[str, Any], output: str, table: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """One table of a finished run, or some columns of it, part by part: never more than one in memory."""
    return (read_parquet(path, columns) for path in parts(record, output, table))


def numbered_parts(record: dict[str, Any], output: str, table: str) -> Numbered:
    """The same for a pipeline, whose graph holds no long lists.

    Raises:
        OutputError: the record names others than a run writes.
    """
    named = parts(record, output, table)
    numbered = parts_of(output, table, len(named))
    if named != list(numbered):
        raise OutputError(f"{output}/{NAME} names parts of {table} that no run writes; it was changed")
    return numbered
