"""The new folder that a corpus is written back to: nobody else's, and of one job from its beginning to its end."""

import json
from typing import Any

from lookalike.pipelines.materialize.plan_file import PlanError
from lookalike.pipelines.run.commit import drop_work
from lookalike.pipelines.run.output_folder import begin, is_begun, others
from lookalike.transforms.io.parquet_sink import read_record
from lookalike.transforms.storage.writing import write_bytes

RECORD = ".lookalike.json"
"""Written last: what was written, of which audit. Hidden, since loaders of data sets take every other file for data."""


def claim(to: str, digest: str) -> dict[str, Any] | None:
    """See that a folder, whose lock is held, is new or empty, or holds what this job has begun -> the record of it, if
    it was finished before.

    Raises:
        PlanError: something else is there.
    """
    finished = read_record(f"{to}/{RECORD}")
    if finished is not None and finished.get("digest") == digest:
        drop_work(to)  # in case it was killed in between
        return finished
    if not is_begun(to, f"write-back {digest}"):
        if is_begun(to):
            raise PlanError(f"{to} holds the beginning of something else; give another --to, or remove it")
        if finished is not None or list(others(to)):
            raise PlanError(f"{to} is not empty, and nothing is overwritten; give a new folder as --to")
        begin(to, f"write-back {digest}")
    return None


def finish(to: str, record: dict[str, Any]) -> None:
    """Commit what was written: its record comes, the work folder goes."""
    write_bytes(f"{to}/{RECORD}", (json.dumps(record, indent=1, sort_keys=True) + "\n").encode(), durable=True)
    drop_work(to)
