"""Rows of one cluster in, what its members' carried columns say of one another out: conflicts, and what the kept copy
inherits.
"""

import collections
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from lookalike.transforms.core.columns import as_text, identity, is_empty
from lookalike.transforms.core.schemas import CLUSTERS, MERGES
from lookalike.transforms.ingest.folders import folder_of
from lookalike.transforms.io.parquet_sink import Row

ID, URI, BEST, OF, MATCH, RELATION, GOES = (
    CLUSTERS.get_field_index(name)
    for name in ("cluster_id", "uri", "is_representative", "representative_uri", "match", "relation", "reclaimable")
)
OWN = len(CLUSTERS)
"""Where carried columns begin in a row."""


def conflict_rows(rows: Sequence[Row], names: Sequence[str], compared: Sequence[str]) -> Iterator[Row]:
    """Rows of one cluster -> those of the table `conflicts`: of each compared column in which two members say
    different things, all members that say something.

    names: of the carried columns, in their order in the rows.
    """
    for name in compared:
        place = OWN + names.index(name)
        said = [(identity(row[place]), row) for row in rows if not is_empty(row[place])]
        votes = collections.Counter(value for value, _ in said)
        for value, row in said if len(votes) > 1 else ():
            yield (
                *(row[ID], name, row[URI], as_text(row[place]), votes[value], len(votes)),
                *(row[BEST], row[OF], row[MATCH], row[RELATION]),
            )


def merge_row(rows: Sequence[Row], columns: int) -> Row | None:
    """Rows of one cluster -> its row of the table `merges`: what the kept copy and the members that may go have in
    each of so many carried columns, each value once, and the kept copy's own first. None where nothing may go.
    """
    concerned = sorted((row for row in rows if row[BEST] or row[GOES]), key=lambda row: (not row[BEST], row[URI]))
    if len(concerned) < 2:
        return None
    best, *others = concerned
    folders = _each_once([folder_of(row[URI]) for row in concerned])
    merged = [_each_once([row[OWN + number] for row in concerned]) for number in range(columns)]
    return (best[ID], best[URI], [row[URI] for row in others], folders, *merged)


def _each_once(values: Sequence[Any]) -> list[Any]:
    """Values, and what is in those that are lists, in order, each once; none that say nothing."""
    found: dict[str, Any] = {}
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            if not is_empty(one):
                found.setdefault(str(identity(one)), one)
    return list(found.values())


def merges_schema(carried: pa.Schema) -> pa.Schema:
    """Of the table `merges`, for carried columns of these types."""
    lists = [
        pa.field(field.name, field.type if pa.types.is_list(field.type) else pa.list_(field.type)) for field in carried
    ]
    return pa.schema([*MERGES, *lists])
