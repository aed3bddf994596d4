"""The report of a comparison: its surest matches, side by side."""

from collections.abc import Iterable, Mapping
from typing import Any

import markupsafe
import pyarrow as pa

from lookalike.pipelines.review.pages import rendered, text_of
from lookalike.pipelines.review.report import first_rows
from lookalike.pipelines.review.shown.clusters import WORDS
from lookalike.pipelines.review.shown.matches import add_shots, surest
from lookalike.transforms.core.settings.output import ReportSettings


def render(output: str, record: dict[str, Any], limits: ReportSettings, sides: Mapping[str, Iterable[pa.Table]]) -> str:
    """Render the report of a comparison whose tables are written.

    Args:
        output: folder or URL of the comparison.
        record: its record.
        limits: the block `report` of the configuration.
        sides: by 'query' and 'match', the columns `shown.matches.SHOWN` of either fingerprints table, part by part.

    Returns:
        The HTML of the page, which asks the network for nothing.
    """
    rows = surest(output, record, limits.pairs)
    add_shots(rows, sides)
    return rendered(
        "comparison.html",
        record=record,
        counts=record["counts"],
        rows=rows,
        failures=first_rows(output, record, "failures", limits.failures),
        words={name: word.replace("kept", "other") for name, word in WORDS.items()},  # nothing is kept here
        style=markupsafe.Markup(text_of("report.css")),
    )
