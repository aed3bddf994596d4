"""The index of a finished audit: a DuckDB database on the local disk, from which the rows of each page are selected.

It is made once, when the server starts, part by part and from any store, and holds everything but the pictures. After
that the store is only asked for pictures that somebody looks at, however large the audit is.
"""

import os
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow as pa

from lookalike.pipelines.run import manifest
from lookalike.transforms.core.schemas import CLUSTERS, CONFLICTS, MEASURED, PAIRS

MEMORY = "2GB"
"""Limit of the database; what does not fit is kept on the disk."""
IMAGES = pa.schema(
    [
        *(("uri", pa.string()), ("content_hash", pa.binary(32)), ("width", pa.int32()), ("height", pa.int32())),
        ("bytes", pa.int64()),
    ]
)
DELTA = pa.schema([("cluster_id", pa.string()), ("change", pa.string())])
DISAGREEING = pa.schema([CONFLICTS.field(name) for name in ("cluster_id", "column", "uri", "value")])
VERDICTS = pa.schema([("a", pa.binary(32)), ("b", pa.binary(32)), ("verdict", pa.string())])
COUPLES = pa.schema([PAIRS.field(name) for name in ("uri_a", "uri_b", "match", *MEASURED)])
LOADED = {"clusters": CLUSTERS, "pairs": COUPLES, "fingerprints": IMAGES, "delta": DELTA, "conflicts": DISAGREEING}
MATCHED = ["query", "match", "kind", *MEASURED]
"""Columns of the matches table of a comparison, in the order of those of the pairs table."""
IMAGE_TABLES = ("fingerprints", "query_images", "match_images")
"""Tables that describe images: of an audit, and of the two sides of a comparison."""

_SHAPED = """
-- what the images of clusters and pairs are, by name
CREATE TABLE members AS
SELECT
    clusters.* EXCLUDE (representative_uri), images.content_hash, best.content_hash AS best_hash,
    row_number() OVER (
        PARTITION BY clusters.cluster_id ORDER BY is_representative DESC, clusters.ssim DESC, clusters.uri
    ) - 1
        AS place,
    pairs.probability, pairs.luminance, pairs.contrast, pairs.structure, pairs.overlap, pairs.proposed_by,
    pairs.transform, pairs.worst, pairs.uri_b = clusters.uri AS from_best, said.said
FROM clusters
JOIN fingerprints AS images ON images.uri = clusters.uri
JOIN fingerprints AS best ON best.uri = clusters.representative_uri
-- pairs of equal pixels were not laid on one another
LEFT JOIN pairs ON pairs.uri_a = least(clusters.uri, representative_uri)
    AND pairs.uri_b = greatest(clusters.uri, representative_uri) AND pairs.match IN ('near', 'part')
    AND NOT is_representative
-- what the copies of a cluster that disagree say in carried columns
LEFT JOIN (
    SELECT cluster_id, uri, list("column" || ': ' || "value" ORDER BY "column") AS said FROM conflicts GROUP BY ALL
) AS said ON said.cluster_id = clusters.cluster_id AND said.uri = clusters.uri
ORDER BY clusters.cluster_id, place;

CREATE TABLE groups AS
SELECT
    cluster_id, count(*) AS size, any_value(reclaimable_bytes) AS bytes, bool_or(reclaimable) AS reclaimable,
    coalesce(min(probability), 1) AS probability, coalesce(min(ssim) FILTER (NOT is_representative), 1) AS ssim,
    any_value(change) AS change, bool_or(said IS NOT NULL) AS conflict
FROM members LEFT JOIN delta USING (cluster_id)
GROUP BY cluster_id ORDER BY cluster_id;

CREATE TABLE couples AS
SELECT
    row_number() OVER (ORDER BY uri_a, uri_b) AS number, pairs.*,
    a.content_hash AS hash_a, a.width AS width_a, a.height AS height_a, a.bytes AS bytes_a,
    b.content_hash AS hash_b, b.width AS width_b, b.height AS height_b, b.bytes AS bytes_b
FROM pairs JOIN fingerprints AS a ON a.uri = uri_a JOIN fingerprints AS b ON b.uri = uri_b
ORDER BY number;

DROP TABLE clusters; DROP TABLE pairs; DROP TABLE fingerprints; DROP TABLE delta;
DROP TABLE conflicts;
"""


def make_index(folder: str, output: str, record: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """Make the index of a finished audit or comparison.

    Queries on it can't reach any file but its own.

    Args:
        folder: local folder for the files of the database.
        output: folder or URL of the audit.
        record: its `audit.json`.

    Returns:
        A connection to a database with the tables `groups` (a row for each cluster), `members` (of clusters),
        `couples` (a row for each pair), and `verdicts`, which is empty.
    """
    index = duckdb.connect(os.path.join(folder, "index.duckdb"), config={"temp_directory": folder})
    index.execute(
        f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false; SET enable_progress_bar = false"
    )
    for name, schema in LOADED.items():
        _fill(index, name, schema, _tables(output, record, name, schema))
    if "matches" in record["parts"]:  # an image may be on both sides
        index.execute("CREATE OR REPLACE TABLE fingerprints AS SELECT DISTINCT ON (uri) * FROM fingerprints")
    _fill(index, "verdicts", VERDICTS, iter(()))
    index.execute(_SHAPED)
    index.execute("SET enable_external_access = false; SET lock_configuration = true")
    return index


def replace_verdicts(index: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    """Replace all verdicts that the index knows by `rows`, whose schema is `VERDICTS`."""
    index.register("given", rows)
    index.execute("BEGIN; DELETE FROM verdicts; INSERT INTO verdicts SELECT * FROM given; COMMIT")
    index.unregister("given")


def _tables(output: str, record: dict[str, Any], name: str, schema: pa.Schema) -> Iterator[pa.Table]:
    """Read a table part by part; the matches of a comparison are its pairs."""
    for table in IMAGE_TABLES if name == "fingerprints" else (name,):
        yield from manifest.tables(record, output, table, schema.names)
    if name == "pairs":
        matches = manifest.tables(record, output, "matches", MATCHED)
        yield from (table.select(MATCHED).rename_columns(schema.names) for table in matches)


def _fill(index: duckdb.DuckDBPyConnection, name: str, schema: pa.Schema, tables: Iterator[pa.Table]) -> None:
    """Make a table of its parts, of which one is in memory at a time."""
    batches = (batch for table in tables for batch in table.select(schema.names).cast(schema).to_batches())
    index.register("given", pa.RecordBatchReader.from_batches(schema, batches))
    index.execute(f"CREATE TABLE {name} AS FROM given")
    index.unregister("given")
