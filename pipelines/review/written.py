"""What an audit writes for its readers: the delta and the report."""

from typing import Any

from lookalike.pipelines.review import delta, report
from lookalike.pipelines.run.steps.halves import Matches
from lookalike.pipelines.run.steps.job import Job


def write_delta(job: Job, matches: Matches, record: dict[str, Any]) -> None:
    """Compare the clusters with those of the previous audit, if there is one; part and counts go into the record."""
    if job.previous:
        part, record["delta"] = delta.write(job.root, matches.tables, job.previous)
        record["parts"]["delta"] = [part._asdict()]


def write_report(job: Job, record: dict[str, Any]) -> None:
    """Write report.html."""
    report.write(job.root, record, job.request.config.report, job.fingerprints_root)
    job.progress.done("reported", record["counts"]["clusters"], "clusters")
