"""A comparison, step by step: fingerprint both sides, match across them, list who has a match, report, commit."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from lookalike.pipelines.configuration.config import ConfigError
from lookalike.pipelines.fingerprint import fingerprint_corpus
from lookalike.pipelines.matching.known import match_known
from lookalike.pipelines.matching.shown_images import write_images
from lookalike.pipelines.matching.sides import match_sides
from lookalike.pipelines.review import comparison_page
from lookalike.pipelines.review.shown import matches as matches_shown
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.output_folder import begin
from lookalike.pipelines.run.steps.finish import commit
from lookalike.pipelines.run.steps.job import Job, new_run
from lookalike.pipelines.run.steps.listing import Listing, list_inputs
from lookalike.pipelines.run.steps.record import record_of_comparison, record_of_known
from lookalike.pipelines.run.steps.request import CompareRequest
from lookalike.pipelines.run.steps.sides import (
    MATCH,
    QUERY,
    ComparedSide,
    finished_side,
    folder_sets,
    in_sets,
    read_side,
)
from lookalike.transforms.clustering.verdicts import NO_VERDICTS
from lookalike.transforms.core.settings.pair import FOLDER
from lookalike.transforms.ingest.known_hashes import read_known
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.storage.writing import write_bytes

__all__ = ["CompareRequest", "compare"]


def compare(request: CompareRequest) -> dict[str, Any]:
    """Find the copies of some images among others, and those only; the record of the comparison comes back.

    Images of a side that is a finished audit are not read again. A comparison that was killed is resumed.

    Raises:
        InputError: an input that is not there.
        OutputError: the output can't be used; or an audit was made with another configuration, which is found before
            anything is read.
        ConfigError: a scope, which audits have; or a finished audit lacks a column; or verdicts on hashes.
        RuntimeError: the pipeline failed, or an image was lost on the way.
    """
    if request.run.config.pair.scope:
        raise ConfigError("pair.scope is for audits only: a comparison searches across its two sides; leave it empty")
    if request.known and request.run.verdicts != NO_VERDICTS:
        raise ConfigError("--verdicts are on pairs of images, and a list of hashes has none; leave them out")
    with new_run(request.run, "compare", manifest.COMPARISON) as job:
        known = read_known(absolute(request.known)) if request.known else None
        sides = _sides(job, request)
        query = sides[QUERY]
        for folder in (job.output, job.root):  # where nothing was listed, nobody has noted that it was begun
            begin(folder, "compare")
        if known is not None:
            tables = match_known(job, query, known)
            record = record_of_known(job, query, len(known.hashes), tables)
            _write_list(job, record, matches_shown.nearest_of_each(job.root, record))
            return commit(job, record)
        if not request.against:
            sides = dict.fromkeys((QUERY, MATCH), in_sets(query, request.sets))
        matches = match_sides(job, sides[QUERY], sides[MATCH], request.relations)
        record = record_of_comparison(job, sides, matches)
        for name, parts in write_images(job, sides, record).items():
            record["parts"][name] = [part._asdict() for part in parts]
        _write_pages(job, record, sides)
        return commit(job, record)


def _sides(job: Job, request: CompareRequest) -> dict[str, ComparedSide]:
    """The sides by name; what can't be compared is refused, and all is listed, before any image is read."""
    given = {QUERY: request.queries, **({MATCH: request.against} if request.against else {})}
    finished = {name: finished_side(job, name, inputs) for name, inputs in given.items()}
    there = {name: side for name, side in finished.items() if side is not None}
    unread = [name for name in given if name not in there]
    met = {column for side in there.values() for column in side.columns.names}
    listed: dict[str, tuple[Job, Listing]] = {}

    def check(shards: Sequence[str]) -> None:
        if request.sets == FOLDER and not request.against and not request.known:
            folder_sets(request.queries, (read_parquet(shard, ["uri"]) for shard in shards))

    for name in unread:
        part = _carrying(job.part(name, given[name]), "" if request.against or request.known else request.sets)
        # a column that one side has may be missing on the other
        needed = [column for column in part.request.config.columns.carry if column not in met]
        listed[name] = part, list_inputs(part, needed if name == unread[-1] else (), check)
        met |= listed[name][1].met
    read = {name: read_side(part, name, fingerprint_corpus(part, listing)) for name, (part, listing) in listed.items()}
    return {name: there.get(name) or read[name] for name in given}


def _carrying(job: Job, column: str) -> Job:
    """A job that carries a column along, too, if it is the name of one."""
    config = job.request.config
    if column in ("", FOLDER, *config.columns.names):
        return job
    config = config.changed(columns={"carry": [*config.columns.carry, column]})
    return dataclasses.replace(job, request=dataclasses.replace(job.request, config=config))


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
