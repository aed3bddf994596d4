"""Writes what is shown of the images that have or are matches, so that a comparison can be reviewed by itself."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.steps.job import Job
from lookalike.pipelines.run.steps.sides import MATCH, QUERY, ComparedSide
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import overlapping, part_of, parts_for
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import Part, write_table
from lookalike.transforms.storage.reading import read_parquet

TABLES = {QUERY: "query_images", MATCH: "match_images"}
"""Names of the two tables, by side."""
COLUMNS = ["uri", "content_hash", "width", "height", "bytes", "format", "thumbnail"]
"""Columns of the fingerprints that the tables have."""


def write_images(job: Job, sides: dict[str, ComparedSide], record: dict[str, Any]) -> dict[str, list[Part]]:
    """Write the tables of both sides.

    Like the fingerprints, their parts are ranges of keys, so that an image is found by its name. One part is in memory
    at a time.

    Args:
        job: of the comparison, whose matches are written.
        sides: by name.
        record: its record, which names the parts of the matches.
    """
    written = {}
    for name, side in sides.items():
        wanted = _named(manifest.tables(record, job.root, "matches", [name]), name, len(side.parts))
        count = min(len(side.parts), parts_for(sum(map(len, wanted)), job.request.config.output.rows_per_part))
        written[TABLES[name]] = [_write_part(job, side, TABLES[name], number, count, wanted) for number in range(count)]
    return written


def _named(matches: Iterator[pa.Table], name: str, parts: int) -> list[set[str]]:
    """The images that one side of the matches names, by the part of the fingerprints that they are in."""
    wanted: list[set[str]] = [set() for _ in range(parts)]
    for table in matches:
        for uri in pc.unique(table[name]).to_pylist():
            wanted[part_of(key_of(uri), parts)].add(uri)
    return wanted


def _write_part(job: Job, side: ComparedSide, table: str, number: int, count: int, wanted: list[set[str]]) -> Part:
    found: list[pa.Table] = []
    for part in overlapping(number, count, len(side.parts)):
        uris = pa.array(sorted(wanted[part]), pa.string())
        if len(uris) or not found:  # at least one is read, for the schema
            rows = read_parquet(f"{side.root}/{side.parts[part].path}", COLUMNS).select(COLUMNS)
            found.append(rows.filter(pc.is_in(rows["uri"], uris)))
    rows = pa.concat_tables(found).replace_schema_metadata()
    return write_table(job.root, part_path(table, number, count), rows.take(pc.sort_indices(rows["uri"])))
