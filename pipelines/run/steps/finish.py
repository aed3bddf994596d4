"""The last step: the run is committed."""

from datetime import datetime, timezone
from typing import Any

from lookalike.pipelines.run.output_folder import finish, finish_staged, strangers
from lookalike.pipelines.run.steps.halves import BORROWED
from lookalike.pipelines.run.steps.job import Job


def commit(job: Job, record: dict[str, Any]) -> dict[str, Any]:
    """Put everything in its place, audit.json last; the complete record comes back.

    Raises:
        LockedError: somebody took the output over; nothing is replaced.
        OutputError: a file that no run wrote has the name of one that is new.
    """
    finished = datetime.now(timezone.utc).isoformat(timespec="seconds")
    record = record | {"seconds": job.progress.seconds, "finished": finished}
    job.lock.check()
    if job.replaced is None:
        finish(job.output, record)
    else:
        finish_staged(job.output, job.staging, record, job.replaced, BORROWED if job.borrowed_from else ())
        left = strangers(job.output, record)
        if left:
            job.progress.say(f"left {', '.join(left)} in {job.output} as they are: no run wrote them")
    if job.request.log == "json":
        results = {name: record[name] for name in ("counts", "counters", "delta") if name in record}
        job.progress.say("finished", output=job.output, **results)
    return record
