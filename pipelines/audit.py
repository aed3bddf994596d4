"""The whole job, step by step: list, fingerprint, match, compare with the previous audit, report, commit."""

from typing import Any

from lookalike.pipelines.fingerprint import fingerprint_corpus
from lookalike.pipelines.matching.changes import match_changes
from lookalike.pipelines.matching.corpus import match_corpus
from lookalike.pipelines.review.written import write_delta, write_report
from lookalike.pipelines.run.steps.chance import with_measured_chance, with_previous_chance
from lookalike.pipelines.run.steps.finish import commit
from lookalike.pipelines.run.steps.halves import Fingerprints, Matches, borrow_fingerprints
from lookalike.pipelines.run.steps.job import Job, new_run, rematch_run
from lookalike.pipelines.run.steps.listing import list_inputs
from lookalike.pipelines.run.steps.record import record_of_audit, record_of_fingerprints
from lookalike.pipelines.run.steps.request import AuditRequest
from lookalike.pipelines.run.steps.reuse import few_changed, reusable_candidates

__all__ = ["AuditRequest", "audit", "fingerprint", "match"]


def audit(request: AuditRequest) -> dict[str, Any]:
    """Find the duplicates among the inputs; everything goes below the output, and the run's record comes back.

    A run that was killed is resumed: what it had committed is not done again.

    Raises:
        InputError: an input that is not there.
        OutputError: the output holds a finished run and may not be overwritten, or can't be written; or the previous
            audit is not finished, or was made with another configuration.
        RuntimeError: the pipeline failed, or an image was lost on the way.
    """
    with new_run(request, "audit") as job:
        listing = list_inputs(job)
        fingerprints = fingerprint_corpus(job, listing)
        return _matched(job, fingerprints)


def fingerprint(request: AuditRequest) -> dict[str, Any]:
    """The first half alone: `match` finishes what it leaves. Raises as `audit`."""
    with new_run(request, "fingerprint") as job:
        listing = list_inputs(job)
        fingerprints = fingerprint_corpus(job, listing)
        return commit(job, record_of_fingerprints(job, fingerprints))


def match(request: AuditRequest) -> dict[str, Any]:
    """The second half again, on the fingerprints of the finished run in the request's output: its clusters, pairs and
    report are replaced. The request has no inputs.

    Raises:
        OutputError: there is no finished run, or its fingerprints were made with another configuration.
        RuntimeError: the pipeline failed.
    """
    with rematch_run(request) as job:
        fingerprints = borrow_fingerprints(job)
        return _matched(job, fingerprints)


def _matched(job: Job, fingerprints: Fingerprints) -> dict[str, Any]:
    """Every step after the fingerprints."""
    matches = _match(job, fingerprints)
    record = record_of_audit(job, fingerprints, matches)
    write_delta(job, matches, record)
    write_report(job, record)
    return commit(job, record)


def _match(job: Job, fingerprints: Fingerprints) -> Matches:
    """Match what changed since the previous audit, if that is little and concerns no other pairs; else the corpus."""
    reusable = reusable_candidates(job, fingerprints)
    if reusable and few_changed(job, fingerprints):
        matches = match_changes(with_previous_chance(job), fingerprints, reusable)
        if matches is not None:
            return matches
    measured = with_measured_chance(job, [fingerprints.paths(job.fingerprints_root)], fingerprints.listing.rows)
    return match_corpus(measured, fingerprints, reusable)
