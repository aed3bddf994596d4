"""The record of a run, which becomes audit.json."""

from typing import Any

from lookalike.pipelines.configuration.stages import embedding_identity, fingerprint_digest, match_digest
from lookalike.pipelines.configuration.versions import versions
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.steps.counts import (
    count_all,
    count_errors,
    count_failures,
    count_fingerprints,
    count_relations,
    read_parts,
)
from lookalike.pipelines.run.steps.halves import Fingerprints, Matches, Tables, all_tables
from lookalike.pipelines.run.steps.job import Job
from lookalike.pipelines.run.steps.sides import MATCH, QUERY, ComparedSide
from lookalike.transforms.candidates.bands import AllPairs
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.functional.lsh.codes.banding import collision_probability
from lookalike.transforms.functional.lsh.codes.cross_polytopes import ROTATIONS
from lookalike.transforms.ingest.prefixes import without_images
from lookalike.transforms.storage.links import places_of

CURVE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Similarities at which the record tells how probably two images meet in a bucket."""


def record_of_fingerprints(job: Job, fingerprints: Fingerprints) -> dict[str, Any]:
    """The record of a run that ends with the first half.

    Raises:
        RuntimeError: an image was lost on the way.
    """
    counted = {"counts": count_fingerprints(job.root, fingerprints.tables), "counters": fingerprints.counters}
    return _common(job, fingerprints, fingerprints.tables) | counted


def record_of_audit(job: Job, fingerprints: Fingerprints, matches: Matches) -> dict[str, Any]:
    """The record of a whole run, but for its delta. Raises as `record_of_fingerprints`."""
    tables = all_tables(fingerprints.tables, matches.tables)
    return _common(job, fingerprints, tables) | {
        "counts": count_all(job.root, tables),
        "relations": count_relations(job.root, tables["pairs"]),
        "counters": fingerprints.counters | matches.counters,
        "lsh": record_of_search(matches.search),
        "prefixes_without_images": _prefixes_without_images(job, fingerprints),
    }


def record_of_known(job: Job, query: ComparedSide, known: int, tables: Tables) -> dict[str, Any]:
    """The record of a comparison with a list of known pictures. known: how many it has."""
    failed = count_failures(job.root, tables["failures"])
    return _of_any(job, tables) | {
        "kind": manifest.COMPARISON,
        "inputs": list(query.inputs),
        "sides": {QUERY: query.record},
        "counts": {
            "queries": query.images,
            "searched": known,
            "failures": failed["list"] + failed["read"],
            "capped_buckets": 0,
            "matches": sum(part.rows for part in tables["known"]),
        },
        "counters": query.counters,
    }


def record_of_comparison(job: Job, sides: dict[str, ComparedSide], matches: Matches) -> dict[str, Any]:
    """The record of a comparison. sides: by name."""
    failed = count_failures(job.root, matches.tables["failures"])
    unusable = failed["list"] + failed["read"]
    return _of_any(job, matches.tables) | {
        "kind": manifest.COMPARISON,
        "inputs": [given for side in sides.values() for given in side.inputs],
        "sides": {name: side.record for name, side in sides.items()},
        "counts": {
            "queries": sides[QUERY].images,
            "searched": sides[MATCH].images,
            "failures": unusable,
            "capped_buckets": failed.total() - unusable,
            "matches": sum(part.rows for part in matches.tables["matches"]),
        },
        "relations": count_relations(job.root, matches.tables["matches"]),
        "counters": matches.counters,
        "lsh": record_of_search(matches.search),
    }


def _common(job: Job, fingerprints: Fingerprints, tables: Tables) -> dict[str, Any]:
    listing = fingerprints.listing
    return _of_any(job, tables) | {
        "inputs": listing.inputs,
        "listed_rows": listing.rows,
        "left_out": listing.left_out,
        "sniffed": listing.sniffed,
        "since": job.previous.output if job.previous else None,
    }


def _of_any(job: Job, tables: Tables) -> dict[str, Any]:
    config = job.request.config
    return {
        "format": manifest.FORMAT,
        "configuration": config.plain(),
        "digests": {"fingerprint": fingerprint_digest(config), "match": match_digest(config)},
        "embedding": embedding_identity(config),
        "versions": versions(),
        "parts": {name: [part._asdict() for part in parts] for name, parts in tables.items()},
        "errors": count_errors(job.root, tables["failures"]),
        "started": job.started,
        "verdicts": {
            "duplicates": len(job.request.verdicts.together),
            "not duplicates": len(job.request.verdicts.apart),
        },
    }


def record_of_search(search: FindCandidates) -> dict[str, Any]:
    """How the corpus was searched, with points of the S-curve, as JSON."""
    plan, rule, rates = search.plan(), search.rule(), search.context.rates
    record: dict[str, Any] = {"scale": plan.scale, "blocks": plan.blocks, "exhaustive": isinstance(plan, AllPairs)}
    record |= {"least_cosines": [*rule.shared, rule.alone], "chance": rates._asdict() if rates else None}
    if isinstance(plan, AllPairs):
        return record
    bands = plan.minhash
    curve = {f"{s:.2f}": round(float(collision_probability(s, bands.bands, bands.rows)), 4) for s in CURVE}
    record["minhash"] = {**bands._asdict(), "curve": curve}
    record["cross_polytopes"] = {"rotations": ROTATIONS, **plan.polytopes._asdict()}
    return record | {"exact": plan.exact}


def _prefixes_without_images(job: Job, fingerprints: Fingerprints) -> list[str]:
    """Of `cluster.protected` and `cluster.paths`: a misspelled one protects nothing, which has to be said."""
    cluster = job.request.config.cluster
    prefixes = [*cluster.protected, *cluster.paths]
    tables = read_parts(job.fingerprints_root, fingerprints.parts, ["uri", "file"]) if prefixes else ()
    return without_images(prefixes, places_of(tables))
