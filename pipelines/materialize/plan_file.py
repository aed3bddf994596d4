"""The file of a plan, in Parquet: one row for every file that would be made, moved or deleted."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from lookalike.pipelines.materialize.protection import Protection
from lookalike.pipelines.run import manifest
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.storage.reading import read_file, read_parquet
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import write_bytes

MAKES = ("copy", "hardlink", "symlink")


REMOVES = ("quarantine", "delete")


RENAME = "rename"


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
    ]
)


PROTECTED = "lookalike.protected"
"""Key of the plan's metadata; its value lists, as JSON, the prefixes below which nothing is touched."""


class PlanError(ValueError):
    """A plan can't be made or used; the message says why and what to do."""


def write(path: str, plan: pa.Table, audit: str, protect: Sequence[str] = ()) -> None:
    """Write a plan to a new file, with the audit that it was made from and the protected prefixes in its metadata.

    Args:
        path: path or URL of the file.
        plan: a table with the columns of SCHEMA.
        audit: folder or URL of the audit.
        protect: prefixes that are never touched, in addition to the audit's; they bind whoever applies the plan.

    Raises:
        PlanError: the file exists, or the journal or trash of an earlier plan of this name does.
    """
    fs, inner = store(path)
    for name in (inner, f"{inner}.journal", f"{inner}.trash"):
        if fs.exists(name):
            raise PlanError(f"{name} is there already; give another --plan, or move it away")
    sink = pa.BufferOutputStream()
    audit = absolute(audit)
    prefixes = Protection.of([*manifest.read(audit)["configuration"]["cluster"]["protected"], *protect]).prefixes
    about = {"lookalike.audit": audit, PROTECTED: json.dumps(prefixes)}
    pyarrow.parquet.write_table(plan.replace_schema_metadata(about), sink)
    write_bytes(path, sink.getvalue().to_pybytes())


def read(path: str) -> list[dict[str, Any]]:
    """Read the rows of a plan in order of their steps; a reviewer may have removed some.

    Raises:
        PlanError: the file is missing or not a plan, or the plan would remove a copy that it keeps.
    """
    try:
        table = read_parquet(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise PlanError(
            f"{path} is no plan ({error}); make one with `lookalike materialize AUDIT --action ...`"
        ) from error
    if not set(SCHEMA.names) <= set(table.column_names):
        raise PlanError(f"{path} is no plan: it needs the columns {', '.join(SCHEMA.names)}")
    rows = sorted(table.select(SCHEMA.names).to_pylist(), key=lambda row: row["step"])
    strange = next((row for row in rows if row["action"] not in (*MAKES, *REMOVES, RENAME)), None)
    if strange:
        raise PlanError(f"{path}, step {strange['step']}: no action is called {strange['action']!r}")
    removed = {row["source"] for row in rows if row["action"] in REMOVES}
    for row in rows:
        if row["action"] in REMOVES and (not row["keeper"] or row["keeper"] in removed):
            raise PlanError(f"{path}, step {row['step']}: would remove the kept copy {row['keeper']!r} too")
    targets = [row["target"] for row in rows if row["target"]]
    if len(set(targets)) != len(targets) or len({row["step"] for row in rows}) != len(rows):
        raise PlanError(f"{path}: two steps have one target or one number")
    return rows


def protection_of(path: str) -> Protection:
    """The protection that was in force when a plan was made, whatever was edited in its rows since."""
    metadata = pyarrow.parquet.read_schema(pa.BufferReader(read_file(path))).metadata or {}
    return Protection(tuple(json.loads(metadata.get(PROTECTED.encode(), b"[]"))))
