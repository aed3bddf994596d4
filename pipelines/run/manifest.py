"""audit.json: written last, read first. An output without it is not finished."""

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from lookalike.pipelines.run.commit import settle
from lookalike.pipelines.run.lock import refuse_locked
from lookalike.transforms.core.settings.values import shown
from lookalike.transforms.io.generate import Numbered, parts_of
from lookalike.transforms.io.parquet_sink import RUN, ChangedError, Part, holds, read_columns
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_file, read_parquet
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import keep, write_bytes

NAME, REPORT, DROP = "audit.json", "report.html", "drop.csv"
PAGES = {REPORT: ("clusters", "matches"), DROP: ("matches", "known")}
"""What a run leaves beside its tables, each if it has one of these tables."""
AUDIT, COMPARISON = "audit", "comparison"
"""Kinds of runs; a first half is an audit, too."""
FORMAT = 4
"""Of the record and of the tables that it names: greater where an older version would misread them, or this version
those of an older one."""
NEEDED: dict[str, type] = {
    **dict.fromkeys(("parts", "counts", "configuration", "digests"), dict),
    **{"inputs": list, "started": str, "versions": dict},
}
"""What every record has, and of what type."""
_PART = re.compile(r"\w+/[\w-][\w.-]*")


def exists(output: str) -> bool:
    """Does `output` hold a finished run?"""
    fs, path = store(output)
    return fs.exists(f"{path}/{NAME}")


def read(output: str, outdated: bool = False, kinds: tuple[str, ...] = (AUDIT,)) -> dict[str, Any]:
    """The record of a finished run, which may come from elsewhere: no part that it names lies outside of `output`. A
    replacement of it that was cut short is ended first. outdated: one of an earlier format will do, of which nothing is
    used but its clusters and the names of its parts. kinds: of runs that will do.

    Raises:
        OutputError: there is none, somebody is writing there, it is damaged or no record, or another version wrote it;
            or it is of a run of another kind.
    """
    file = f"{output}/{NAME}"
    try:
        refuse_locked(f"{output}/{RUN}")
        settle(output)
        record = json.loads(read_file(file))
    except OutputError:
        raise
    except (FileNotFoundError, NotADirectoryError):
        raise OutputError(f"{output} holds no finished run: it has no {NAME}. Run `lookalike audit` first.") from None
    except OSError as error:
        raise OutputError(f"{file} can't be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise OutputError(f"{file} is damaged or no record of a run ({error}); run `lookalike audit` again") from error
    if not isinstance(record, dict) or not isinstance(record.get("format", 1), int):
        raise OutputError(f"{file} is no record of a run of this program")
    if record.get("format", 1) > FORMAT:
        raise OutputError(f"{file} was written by a later version of this program; read it with that one")
    missing = [name for name in NEEDED if name not in record]
    if missing:
        raise OutputError(f"{file} is no record of a run of this program: it has no {missing[0]!r}")
    odd = [name for name in NEEDED if not isinstance(record[name], NEEDED[name])]
    if odd:
        raise OutputError(f"{file} is no record of a run of this program: its {odd[0]!r} is {shown(record[odd[0]])}")
    _check_parts(record["parts"], file)
    if (kind := record.get("kind", AUDIT)) not in kinds:
        raise OutputError(f"{output} holds a finished {kind}, and this takes a finished {' or '.join(kinds)}")
    if record.get("format", 1) < FORMAT and not outdated:
        raise OutputError(
            f"{output} was written by an earlier version of this program, which called keys and columns otherwise; run "
            "`lookalike audit` again, with --overwrite in its place, or with --refresh since it"
        )
    return record


def _check_parts(parts: Any, file: str) -> None:
    try:
        paths = [part["path"] for of_table in parts.values() for part in of_table]
        strange = [path for path in paths if not _PART.fullmatch(path)]
    except (AttributeError, KeyError, TypeError) as error:
        raise OutputError(f"{file} is no record of a run of this program: its parts have no paths") from error
    if strange:
        raise OutputError(f"{file} names {strange[0]!r} as a part, which no run writes; it was changed")


def write(output: str, record: dict[str, Any]) -> None:
    """Commit a run: what it wrote is on the disk before its record is, and that before this returns."""
    keep(f"{output}/{part['path']}" for parts in record["parts"].values() for part in parts)
    write_bytes(f"{output}/{NAME}", encoded(record), durable=True)


def encoded(record: dict[str, Any]) -> bytes:
    """The content of audit.json."""
    return (json.dumps(record, indent=2, sort_keys=True) + "\n").encode()


def parts(record: dict[str, Any], output: str, table: str) -> list[str]:
    """Paths of the parts of one table of a finished run."""
    return [f"{output}/{part['path']}" for part in record["parts"].get(table, [])]


def check(record: dict[str, Any], output: str, *of: str) -> None:
    """See that the parts of some tables of a finished run are what it wrote.

    Raises:
        OutputError: one is not there, can't be read, or was changed.
    """
    for part in (Part(**part) for table in of for part in record["parts"].get(table, [])):
        path = f"{output}/{part.path}"
        try:
            same = holds(output, part)
        except OSError as error:
            raise OutputError(f"{path} can't be read ({error}); run `lookalike audit` again") from error
        if not same:
            raise OutputError(f"{path} is not there or was changed since the audit; run `lookalike audit` again")


def tables(record: dict[str, Any], output: str, table: str, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """One table of a finished run, or some columns of it, part by part: never more than one in memory.

    Raises:
        OutputError: a part is not there, damaged, or not what the run wrote.
    """
    for part in record["parts"].get(table, []):
        with told(f"{output}/{part['path']}"):
            yield read_columns(output, Part(**part), columns)


def read_one(path: str, columns: list[str] | None = None) -> pa.Table:
    """One part of a finished run, or some columns of it.

    Raises:
        OutputError: it is not there, or damaged.
    """
    with told(path):
        return read_parquet(path, columns)


@contextlib.contextmanager
def told(path: str) -> Iterator[None]:
    """What is wrong with a part that is read, as an OutputError."""
    try:
        yield
    except ChangedError as error:
        raise OutputError(str(error)) from error
    except (OSError, pa.ArrowInvalid) as error:
        raise OutputError(f"{path} can't be read ({error}); run `lookalike audit` again") from error


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
