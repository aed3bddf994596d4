"""Images with PDQ hashes, and a list of known ones -> those that are on it."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.run.steps.halves import Tables
from lookalike.pipelines.run.steps.job import Job
from lookalike.pipelines.run.steps.sides import ComparedSide
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.core.schemas import FAILURES, KNOWN
from lookalike.transforms.functional.images.pdq import LEAST_QUALITY, MOST
from lookalike.transforms.functional.lsh.hashes import HashList
from lookalike.transforms.ingest.known_hashes import KnownHashes
from lookalike.transforms.io.columns_beside import CARRIED, with_columns
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import Row, table_of, write_table
from lookalike.transforms.storage.reading import read_parquet


def match_known(job: Job, query: ComparedSide, known: KnownHashes) -> Tables:
    """Write which images are on a list, part by part as their fingerprints are, and what could not be used."""
    hashes = HashList(known.hashes)
    parts = []
    for number, part in enumerate(query.parts):
        path = f"{query.root}/{part.path}"
        table = with_columns(read_parquet(path, ["uri", "pdq", "pdq_quality"]), path, query.columns.names)
        rows = known_rows(table, hashes, known, query.columns)
        parts.append(write_table(job.root, part_path("known", number, len(query.parts)), rows))
    failed = [FAILURES.empty_table(), *(read_parquet(path) for path in query.failures)]
    failures = write_table(job.root, part_path("failures", 0, 1), pa.concat_tables(failed).combine_chunks())
    job.progress.done("matched", sum(part.rows for part in parts), "pairs")
    return {"known": parts, "failures": [failures]}


def known_rows(table: pa.Table, hashes: HashList, known: KnownHashes, carried: pa.Schema = NO_COLUMNS) -> pa.Table:
    """Images with their PDQ hashes and carried columns -> rows of the known table, by image and hash, but for hashes of
    low quality.
    """
    table = table.filter(pc.greater_equal(table["pdq_quality"], LEAST_QUALITY))
    own = np.frombuffer(b"".join(table["pdq"].to_pylist()), np.uint8).reshape(-1, 32)
    found = hashes.within(own, MOST)
    uris, quality = table["uri"].to_pylist(), table["pdq_quality"].to_pylist()

    told = list(zip(*(table[f"{CARRIED}{name}"].to_pylist() for name in carried.names), strict=True))

    def rows() -> Iterator[Row]:
        for (i, j), distance in zip(found.pairs.tolist(), found.distance.tolist(), strict=True):
            own = told[i] if told else ()
            yield uris[i], known.hashes[j].tobytes().hex(), known.labels[j], distance, quality[i], *own

    schema = pa.schema([*KNOWN, *(field.with_name(f"query_{field.name}") for field in carried)])
    return table_of(sorted(rows(), key=lambda row: row[:5]), schema)
