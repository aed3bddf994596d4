"""Images with PDQ hashes, and a list of known ones -> those that are on it."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.pipelines.run.steps.halves import Tables
from lookalike.pipelines.run.steps.job import Job
from lookalike.pipelines.run.steps.sides import ComparedSide
from lookalike.transforms.core.schemas import FAILURES, KNOWN
from lookalike.transforms.functional.images.pdq import LEAST_QUALITY, MOST
from lookalike.transforms.functional.lsh.hashes import HashList
from lookalike.transforms.ingest.known_hashes import KnownHashes
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import write_table
from lookalike.transforms.storage.stores import read_parquet


def match_known(job: Job, query: ComparedSide, known: KnownHashes) -> Tables:
    """Write which images are on a list, part by part as their fingerprints are, and what could not be used."""
    hashes = HashList(known.hashes)
    count = len(query.parts)
    tables = enumerate(query.tables(["uri", "pdq", "pdq_quality"], empty=True))
    parts = [write_table(job.root, part_path("known", n, count), known_rows(t, hashes, known)) for n, t in tables]
    failed = [FAILURES.empty_table(), *(read_parquet(path) for path in query.failures)]
    failures = write_table(job.root, part_path("failures", 0, 1), pa.concat_tables(failed).combine_chunks())
    job.progress.done("matched", sum(part.rows for part in parts), "pairs")
    return {"known": parts, "failures": [failures]}


def known_rows(table: pa.Table, hashes: HashList, known: KnownHashes) -> pa.Table:
    """Images with their PDQ hashes -> rows of the known table, by image and hash, but for hashes of low quality."""
    table = table.filter(pc.greater_equal(table["pdq_quality"], LEAST_QUALITY))
    own = np.frombuffer(b"".join(table["pdq"].to_pylist()), np.uint8).reshape(-1, 32)
    found = hashes.within(own, MOST)
    uris, quality = table["uri"].to_pylist(), table["pdq_quality"].to_pylist()

    def rows() -> Iterator[tuple[str, str, str, int, int]]:
        for (i, j), distance in zip(found.pairs.tolist(), found.distance.tolist(), strict=True):
            yield uris[i], known.hashes[j].tobytes().hex(), known.labels[j], distance, quality[i]

    columns = list(zip(*sorted(rows()), strict=True)) or [()] * len(KNOWN)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, KNOWN, strict=True)], schema=KNOWN)
