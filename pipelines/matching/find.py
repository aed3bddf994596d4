"""The copies of a few images in a finished audit, looked up in an index that lies beside its fingerprints."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.matching.images import UnusableError, fingerprints_of, read_image
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.pipelines.run.steps.halves import carried_columns
from lookalike.transforms.candidates.bands import AllPairs, Banded
from lookalike.transforms.candidates.sets import ALL_ONE, OneSet
from lookalike.transforms.clustering.verdicts import NO_VERDICTS, Verdicts
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.records import Failure, Image, Source
from lookalike.transforms.core.schemas import MATCHES, matches_schema
from lookalike.transforms.fingerprinting.fingerprints_table import LIGHT, features_of, keys_of, matrix, read_light
from lookalike.transforms.functional.lsh.exhaustive import Proposals
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.io.generate import Numbered
from lookalike.transforms.io.pair_records import RECORD
from lookalike.transforms.io.parquet_sink import Part, Row, table_of
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_parquet
from lookalike.transforms.verification.across.confirm import without_equals
from lookalike.transforms.verification.across.find import Side
from lookalike.transforms.verification.across.index import HEAD, ForeignFilesError, Index, is_of, write_index
from lookalike.transforms.verification.across.judged import JudgedRows
from lookalike.transforms.verification.across.lookup import look_up, screened
from lookalike.transforms.verification.across.match_rows import MatchRows
from lookalike.transforms.verification.comparison import Comparison, Recent
from lookalike.transforms.verification.prepared_images import FEATURE_COLUMNS, PreparedImage, prepared_images

INDEX = "index"
"""Folder of the index, beside the fingerprints."""
MOST = 4096
"""Images that may ask at once; for more, a comparison is cheaper."""


@dataclasses.dataclass(frozen=True)
class Searchable:
    """A finished audit with its index. output: where it lies. parts: of its fingerprints table. stages: as it was
    configured. columns: that its images carry along, with their types.
    """

    output: str
    parts: Numbered
    stages: Stages
    index: Index
    columns: pa.Schema = NO_COLUMNS

    @property
    def schema(self) -> pa.Schema:
        """Of what is found: the columns of the matches table. Of pairs that were compared and refused, which come last,
        the relation and all that it has a meaning with are null.
        """
        fields = [field for field in matches_schema(NO_COLUMNS, self.columns) if field.name not in _SETS]
        # refused pairs have none of these; pyarrow 25 can't read lists of a fixed size of which some are missing
        lists = {
            field.name: pa.list_(field.type.value_type) for field in fields if pa.types.is_fixed_size_list(field.type)
        }
        return pa.schema([field.with_type(lists.get(field.name, field.type)) for field in fields])


_SETS = ("query_set", "match_set")


def searchable(output: str, index: str = "", say: Callable[[str], None] = lambda _: None) -> Searchable:
    """Open a finished audit for queries; its index is written if it has none of these fingerprints.

    Args:
        output: absolute path or URL of the audit.
        index: folder of the index; '': beside the fingerprints.
        say: is told what takes a while.

    Raises:
        OutputError: there is no finished audit, another version of Lookalike made it, or its fingerprints were changed
            before the index was written, or that can't be written.
    """
    record = manifest.read(output)
    # an image that asks has no scope, and is looked for in all of them
    config = Config().changed(**record["configuration"]).changed(pair={"scope": ""})
    rates = PreviousAudit.open(output, config).rates
    stages = Stages(config, Corpus("", record["listed_rows"], reused=output, rates=rates))
    parts = manifest.numbered_parts(record, output, "fingerprints")
    place = index or f"{output}/{INDEX}"
    digest = stages.digest([part["sha256"] for part in record["parts"]["fingerprints"]])
    if not is_of(place, digest):
        manifest.check(record, output, "fingerprints")
        say(f"writing an index of {record['counts']['fingerprints']:,} images to {place}; later queries have it")
        try:
            write_index(place, digest, parts, stages.pair, stages.collapse.alone(ALL_ONE))
        except ForeignFilesError as error:
            raise OutputError(f"{error}; give --index another folder") from error
        except OSError as error:
            raise OutputError(f"{place} can't be written ({error}); give --index a folder that can") from error
    tables = {table: [Part(**part) for part in some] for table, some in record["parts"].items()}
    return Searchable(output, parts, stages, Index(place), carried_columns(output, tables))


def listed(inputs: Sequence[str]) -> list[Source | Failure]:
    """List images, as an audit does.

    Raises:
        InputError: an input is not there, or there are more than MOST images.
    """
    found = list(itertools.islice(list_images(list(inputs)), MOST + 1))
    if len(found) > MOST:
        raise InputError(f"more than {MOST:,} images; `lookalike compare` is made for so many")
    return found


def readable(sources: Iterable[Source | Failure], audit: Searchable) -> tuple[pa.Table, list[Failure]]:
    """Read images, as an audit does -> rows of the fingerprints table, and what could not be used."""
    failures: list[Failure] = []

    def images() -> Iterator[Image]:
        for listed in sources:
            if isinstance(listed, Failure):
                failures.append(listed)
                continue
            try:
                yield read_image(listed, listed.uri, audit.stages)
            except UnusableError as error:
                failures.append(Failure(listed.uri, "read", error.kind, error.reason))

    return fingerprints_of(images(), audit.stages), failures


def find(audit: Searchable, asking: pa.Table, verdicts: Verdicts = NO_VERDICTS) -> pa.Table:
    """Find the copies of some images: what a comparison with the audit would name, and what was refused.

    Args:
        audit: where they are looked for.
        asking: rows of the fingerprints table, of the images whose copies are looked for.
        verdicts: what people have decided of pairs.

    Returns:
        A table with the schema of `audit`, by image that asks, the surest first.
    """
    records = np.concatenate([np.zeros(0, RECORD), *_compared(audit, asking)])
    sides = _side(audit, "query", 0), _side(audit, "match", 1)
    rows = MatchRows(*sides, audit.stages.config.pair, RELATIONS[1:], verdicts=verdicts)
    light = asking.select(list(LIGHT))
    queries = _stream(light)
    heads = [pixels[:HEAD] for pixels in asking["pixel_hash"].to_pylist()]
    confirmed = records[records["relation"] > 0]
    known = _light(audit, [*heads, *(bytes(head) for head in confirmed["pixels_b"].tolist())], records["b"].tolist())
    matches = _stream(known)
    named = [row for _, row in rows.equal(0, {"query": [queries], "match": [matches]})]
    who = [asks for _, asks in rows.asking(0, {"near": [confirmed.tobytes()], "query": [queries]})]
    named += [row for _, row in rows.rows(0, {"asking": who, "match": [matches]})]
    named += [row for _, row in _judged(audit, JudgedRows(rows), light)]
    schema = audit.schema
    told = [at for at, name in enumerate(matches_schema(NO_COLUMNS, audit.columns).names) if name not in _SETS]
    found = [(row[0], -row[4], row[1], [row[at] for at in told]) for row in named]
    refused = [(row[0], -row[4], row[1], row) for row in _refused(records, asking, known, len(schema))]
    by_query = [(query, False, *rest) for query, *rest in found] + [(query, True, *rest) for query, *rest in refused]
    return table_of([tuple(row[-1]) for row in sorted(by_query, key=lambda row: row[:4])], schema)


def _judged(audit: Searchable, rows: JudgedRows, light: pa.Table) -> Iterator[tuple[int, Row]]:
    """Rows of what people have called duplicates of the images that ask, of which the audit is looked through."""
    queries = [("query", member) for member in rows.members(light, "query")] if rows.rows.verdicts.together else []
    matches = (("match", one) for path in audit.parts if queries for one in rows.found(path, "match"))
    return rows.judged([*queries, *matches]) if queries else iter(())


def _compared(audit: Searchable, asking: pa.Table) -> Iterator[np.ndarray]:
    """The records of all pairs that are worth aligning, part by part of the fingerprints table."""
    stages, index = audit.stages, audit.index
    structured = np.flatnonzero(~stages.collapse.structureless(asking))
    table = asking.take(pa.array(structured))
    if not len(table):
        return
    images = prepared_images(features_of(table))
    plan = stages.pair.plan()
    if isinstance(plan, AllPairs):
        proposals = screened(index, images, stages.rules)
        queries, places = proposals.pairs.T
        told: Any = np.stack([proposals.parity, proposals.near])
    else:
        vectors, signatures, residual = (matrix(table[name]) for name in ("embedding", "minhash", "minhash_residual"))
        sets, scopes = np.zeros(len(table), np.int64), np.zeros(len(table), np.uint64)
        banded = Banded(keys_of(table), vectors, signatures, residual, sets, scopes)
        queries, places, told = look_up(index, plan, banded, stages.pair)
    keys = index.keys()[places]
    part = np.array([part_of(bytes(key), len(audit.parts)) for key in keys.tolist()], np.int64)
    recent = Recent()
    for number in np.unique(part).tolist():
        rows = np.flatnonzero(part == number)
        yield _of_part(audit, number, images, queries[rows], keys[rows], told[..., rows], recent)


def _of_part(
    audit: Searchable,
    number: int,
    images: list[PreparedImage],
    queries: np.ndarray,
    keys: np.ndarray,
    told: np.ndarray,
    recent: Recent,
) -> np.ndarray:
    """The records of pairs with images of one part. told: (k,) ranks, or (2, k) parities and nearness."""
    wanted = {bytes(key) for key in keys.tolist()}
    there = [f for f in features_of(read_parquet(audit.parts[number], FEATURE_COLUMNS)) if f.key in wanted]
    place = {features.key: at for at, features in enumerate(there)}
    comparison = Comparison([*images, *prepared_images(there)], audit.stages.rules, recent)
    ends = np.stack([queries, np.array([place[bytes(key)] for key in keys.tolist()], np.int64) + len(images)], 1)
    if told.ndim == 1:
        proposals = comparison.listed(ends, told)
    else:
        proposals = Proposals(ends, told[0], told[1].astype(bool))
    return comparison.records(without_equals(proposals, comparison.images), np.zeros(0, RECORD))


def _light(audit: Searchable, heads: Iterable[bytes], keys: Iterable[bytes]) -> pa.Table:
    """Light rows of the audit's images with these keys, or whose pixel hashes begin so."""
    pixels = audit.index.pixels()
    wanted = {bytes(key) for key in keys} | {key for head in set(heads) for key in pixels.equal_to(head)}
    parts = sorted({part_of(key, len(audit.parts)) for key in wanted})
    columns = _side(audit, "match", 1).read_columns
    tables = [read_light(audit.parts[0], columns).slice(0, 0)]
    for number in parts:
        table = read_light(audit.parts[number], columns)
        tables.append(table.filter(pa.array([key in wanted for key in keys_of(table).tolist()], pa.bool_())))
    return pa.concat_tables(tables)


def _refused(records: np.ndarray, asking: pa.Table, known: pa.Table, width: int) -> Iterator[tuple[Any, ...]]:
    """Records of pairs that were aligned and refused -> rows with so many columns."""
    names = [dict(zip(keys_of(table).tolist(), table["uri"].to_pylist(), strict=True)) for table in (asking, known)]
    nothing = (None,) * (width - MATCHES.get_field_index("cosine") - 1)
    for record in records[records["relation"] == 0]:
        by = [name for name, did in (("embedding", record["near"]), ("minhash", record["parity"] >= 0)) if did]
        query, match = names[0][bytes(record["a"])], names[1][bytes(record["b"])]
        yield query, match, None, None, float(record["probability"]), by, float(record["cosine"]), *nothing


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def _side(audit: Searchable, name: str, number: int) -> Side:
    columns = tuple(audit.columns.names) if name == "match" else ()
    return Side(name, audit.parts, audit.stages.collapse.alone(OneSet(number)), columns)
