"""Renders the tables of a run as report.html, one self-contained page that asks the network for nothing."""

import json
from typing import Any

import markupsafe

from lookalike.pipelines.review.pages import rendered, text_of
from lookalike.pipelines.review.shown.clusters import largest_clusters
from lookalike.pipelines.review.shown.conflicts import first_conflicts
from lookalike.pipelines.review.shown.evidence import add_changes, add_evidence, add_pair_pictures, add_pictures
from lookalike.pipelines.review.shown.folders import contained_folders
from lookalike.pipelines.review.shown.pairs import pairs_beside
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.settings.output import ReportSettings
from lookalike.transforms.storage.writing import write_bytes


def write(output: str, record: dict[str, Any], limits: ReportSettings, fingerprints: str = "") -> str:
    """Write the report of a run whose tables are written.

    Args:
        output: folder or URL of the run.
        record: its `audit.json`.
        limits: the block `report` of the configuration.
        fingerprints: the output that has the fingerprints table, if it is another one.

    Returns:
        Path or URL of the page.
    """
    page = render(output, record, limits, fingerprints)
    path = f"{output}/{manifest.REPORT}"
    write_bytes(path, page.encode())
    return path


def render(output: str, record: dict[str, Any], limits: ReportSettings, fingerprints: str = "") -> str:
    """Render the report; arguments are those of `write`.

    Returns:
        The HTML of the page.
    """
    clusters = largest_clusters(output, record, limits.clusters, limits.members)
    add_pictures(clusters, fingerprints or output, record)
    add_evidence(clusters, output, record)
    add_changes(clusters, output, record)
    sections = pairs_beside(output, record, limits.pairs)
    add_pair_pictures(sections, fingerprints or output, record)
    conflicts = first_conflicts(output, record, limits.pairs)
    add_pictures(conflicts, fingerprints or output, record)
    changes = first_rows(output, record, "delta", limits.failures)
    failures = first_rows(output, record, "failures", limits.failures)
    return rendered(
        "report.html",
        record=record,
        counts=record["counts"],
        clusters=clusters,
        sections=sections,
        conflicts=conflicts,
        folders=contained_folders(output, record, limits.pairs),
        changes=changes,
        failures=failures,
        kinds=sorted({kind for cluster in clusters for kind in cluster["kinds"]}),
        style=markupsafe.Markup(text_of("report.css")),
        scripts=[markupsafe.Markup(text_of(name)) for name in ("cards.js", "report.js")],
        data=_embedded({"clusters": clusters}),
    )


def first_rows(output: str, record: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    """Read the first `most` rows of a table of a run; later parts are not read."""
    found: list[dict[str, Any]] = []
    for table in manifest.tables(record, output, name) if most else ():
        found += table.slice(0, most - len(found)).to_pylist()
        if len(found) == most:
            break
    return found


def _embedded(data: dict[str, Any]) -> markupsafe.Markup:
    """Encode data as JSON that is safe inside a script element, whatever file names it contains."""
    text = json.dumps(data, separators=(",", ":"))
    return markupsafe.Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
