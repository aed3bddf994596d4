"""The file of a plan, in Parquet: one row for every file that would be made, moved or deleted."""

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from lookalike.pipelines.materialize.protection import Protection
from lookalike.pipelines.run.output_folder import TABLES
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import write_bytes

MAKES = ("copy", "hardlink", "symlink")


REMOVES = ("quarantine", "delete")


RENAME = "rename"


PROTECTED = "protected"
"""A column, the same in every row: as JSON, the prefixes below which nothing is touched. Not in the file's metadata,
which many programs that a reviewer may filter rows with drop."""


SCHEMA = pa.schema(
    [
        ("step", pa.int64()),
        ("action", pa.string()),
        ("source", pa.string()),
        ("target", pa.string()),
        ("content_hash", pa.string()),
        ("bytes", pa.int64()),
        ("cluster_id", pa.string()),
        ("keeper", pa.string()),
        ("keeper_hash", pa.string()),
        ("split", pa.string()),
        ("reason", pa.string()),
        (PROTECTED, pa.string()),
    ]
)


class PlanError(ValueError):
    """A plan can't be made or used; the message says why and what to do."""


def write(path: str, plan: pa.Table, audit: str) -> None:
    """Write a plan to a new file, with the audit that it was made from in its metadata.

    Args:
        path: path or URL of the file.
        plan: a table with the columns of SCHEMA.
        audit: folder or URL of the audit.

    Raises:
        PlanError: the file exists, or the journal or trash of an earlier plan of this name does, or it lies among the
            tables of the audit, or it can't be written.
    """
    fs, inner = store(path)
    if absolute(path).startswith(tuple(f"{absolute(audit)}/{table}/" for table in TABLES)):
        raise PlanError(f"{path} lies among the tables of the audit; give another --plan")
    for name in (inner, f"{inner}.journal", f"{inner}.trash"):
        if fs.exists(name):
            raise PlanError(f"{name} is there already; give another --plan, or move it away")
    sink = pa.BufferOutputStream()
    pyarrow.parquet.write_table(plan.replace_schema_metadata({"lookalike.audit": absolute(audit)}), sink)
    try:
        write_bytes(path, sink.getvalue().to_pybytes())
    except OSError as error:
        raise PlanError(f"the plan can't be written ({error}); give another --plan") from error


def read(path: str) -> list[dict[str, Any]]:
    """Read the rows of a plan in order of their steps; a reviewer may have removed some.

    Raises:
        PlanError: the file is missing or not a plan, a row lacks what its action needs, or the plan would remove a copy
            that it keeps.
    """
    try:
        table = read_parquet(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise PlanError(
            f"{path} is no plan ({error}); make one with `lookalike materialize AUDIT --action ...`"
        ) from error
    if PROTECTED not in table.column_names:  # earlier versions said it in the metadata
        told = (table.schema.metadata or {}).get(b"lookalike.protected", b"").decode()
        table = table.append_column(PROTECTED, pa.array([told] * table.num_rows, pa.string()))
    if not set(SCHEMA.names) <= set(table.column_names):
        raise PlanError(f"{path} is no plan: it needs the columns {', '.join(SCHEMA.names)}")
    try:
        rows = _rows(table)
    except pa.ArrowInvalid as error:
        raise PlanError(f"{path} is no plan: a value in it is of another type ({error})") from error
    for row in rows:
        if row["step"] is None:
            raise PlanError(f"{path} has a row without a step; plans may lose rows, and get none")
        if row["action"] not in (*MAKES, *REMOVES, RENAME):
            raise PlanError(f"{path}, step {row['step']}: no action is called {row['action']!r}")
        empty = next((name for name in _needed(row["action"]) if not row[name]), None)
        if empty:
            raise PlanError(f"{path}, step {row['step']}: {row['action']} needs a {empty}, and it is empty")
    removed = {row["source"] for row in rows if row["action"] in REMOVES}
    for row in rows:
        if row["action"] in REMOVES and row["keeper"] in removed:
            raise PlanError(f"{path}, step {row['step']}: would remove the kept copy {row['keeper']!r} too")
    targets = [row["target"] for row in rows if row["target"]]
    if len(set(targets)) != len(targets) or len({row["step"] for row in rows}) != len(rows):
        raise PlanError(f"{path}: two steps have one target or one number")
    return sorted(rows, key=lambda row: row["step"])


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    """The columns of SCHEMA, of its types. Text that some program made null is empty."""
    table = table.select(SCHEMA.names).cast(SCHEMA)
    text = {field.name for field in SCHEMA if field.type == pa.string()}
    columns = [pc.fill_null(table[name], "") if name in text else table[name] for name in SCHEMA.names]
    return pa.table(columns, SCHEMA).to_pylist()


def _needed(action: str) -> tuple[str, ...]:
    """The columns that a row with this action can't do without."""
    target = () if action == "delete" else ("target",)
    keeper = ("keeper", "keeper_hash") if action in REMOVES else ()
    return ("source", "content_hash", *target, *keeper)


def protection_of(path: str, rows: list[dict[str, Any]]) -> Protection:
    """The protection that was in force when a plan was made, whatever was edited in its rows since.

    Raises:
        PlanError: a row does not say what is protected.
    """
    prefixes: set[str] = set()
    for text in {row[PROTECTED] for row in rows}:
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if not isinstance(told, list) or not all(isinstance(prefix, str) for prefix in told):
            raise PlanError(f"{path}: a row does not say in {PROTECTED!r} what is protected; make a new plan")
        prefixes.update(told)
    return Protection(tuple(sorted(prefixes)))
