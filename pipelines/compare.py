"""A comparison, step by step: fingerprint both sides, match across them, list who has a match, report, commit."""

from typing import Any

from lookalike.pipelines.configuration.config import ConfigError
from lookalike.pipelines.fingerprint import fingerprint_corpus
from lookalike.pipelines.matching.known import match_known
from lookalike.pipelines.matching.shown_images import write_images
from lookalike.pipelines.matching.sides import match_sides
from lookalike.pipelines.review import comparison_page
from lookalike.pipelines.review.shown import matches as matches_shown
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.steps.finish import commit
from lookalike.pipelines.run.steps.halves import Fingerprints
from lookalike.pipelines.run.steps.job import Job, new_run
from lookalike.pipelines.run.steps.listing import list_inputs
from lookalike.pipelines.run.steps.record import record_of_comparison, record_of_known
from lookalike.pipelines.run.steps.request import CompareRequest
from lookalike.pipelines.run.steps.sides import MATCH, QUERY, ComparedSide, by_folder, finished_side, read_side
from lookalike.transforms.ingest.known_hashes import read_known
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.storage.stores import write_bytes

__all__ = ["CompareRequest", "compare"]


def compare(request: CompareRequest) -> dict[str, Any]:
    """Find the copies of some images among others, and those only; the record of the comparison comes back.

    Images of a side that is a finished audit are not read again. A comparison that was killed is resumed.

    Raises:
        InputError: an input that is not there.
        OutputError: the output can't be used; or an audit was made with another configuration.
        ConfigError: a scope, which audits have.
        RuntimeError: the pipeline failed, or an image was lost on the way.
    """
    if request.run.config.pair.scope:
        raise ConfigError("pair.scope is of audits: a comparison looks for pairs across its sides; leave it empty")
    with new_run(request.run, "compare", manifest.COMPARISON) as job:
        known = read_known(absolute(request.known)) if request.known else None
        query = _side(job, QUERY, request.queries)
        if known is not None:
            tables = match_known(job, query, known)
            record = record_of_known(job, query, len(known.hashes), tables)
            _write_list(job, record, matches_shown.nearest_of_each(job.root, record))
            return commit(job, record)
        match = _side(job, MATCH, request.against) if request.against else by_folder(query)
        sides = {QUERY: query if request.against else match, MATCH: match}
        matches = match_sides(job, sides[QUERY], sides[MATCH], request.relations)
        record = record_of_comparison(job, sides, matches)
        for name, parts in write_images(job, sides, record).items():
            record["parts"][name] = [part._asdict() for part in parts]
        _write_pages(job, record, sides)
        return commit(job, record)


def _side(job: Job, name: str, inputs: tuple[str, ...]) -> ComparedSide:
    return finished_side(job, name, inputs) or read_side(job, name, inputs, _fingerprints)


def _fingerprints(job: Job) -> Fingerprints:
    return fingerprint_corpus(job, list_inputs(job))


def _write_list(job: Job, record: dict[str, Any], matched: list[dict[str, Any]]) -> None:
    """Write who has a match, which is counted."""
    record["counts"]["matched"] = len(matched)
    write_bytes(f"{job.root}/{manifest.DROP}", matches_shown.as_csv(matched))


def _write_pages(job: Job, record: dict[str, Any], sides: dict[str, ComparedSide]) -> None:
    """Write who has a match, which is counted, and the report."""
    _write_list(job, record, matches_shown.surest_of_each(job.root, record))
    tables = {name: side.tables(matches_shown.SHOWN) for name, side in sides.items()}
    page = comparison_page.render(job.root, record, job.request.config.report, tables)
    write_bytes(f"{job.root}/{manifest.REPORT}", page.encode())
    job.progress.done("reported", record["counts"]["matches"], "matches")
