"""Pairs that make no cluster: their images are found wherever they lie, and what people decided goes before them."""

import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.transforms.clustering.pair_rows import PairRows, pairs_by_part
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.pairs import pack
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.schemas import PAIRS
from lookalike.transforms.fingerprinting.fingerprints_table import LIGHT
from tests.transforms.clustering.test_cluster import content, node, pair

PARTS, TABLE_PARTS = 4, 3
NODES = [node(number)._replace(frames=1 + (number == 7)) for number in range(40)]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Of a fingerprints table whose parts are ranges of keys, by number."""
    root, found = tmp_path_factory.mktemp("fingerprints"), {}
    for part in range(PARTS):
        rows = [one for one in NODES if part_of(one.key, PARTS) == part]
        assert len(rows) > 2
        columns = {name: [getattr(one.detail, name, getattr(one, name, 0)) for one in rows] for name in LIGHT}
        pq.write_table(pa.table(columns), root / f"{part}.parquet")
        found[part] = str(root / f"{part}.parquet")
    return found


def rows_of(pairs, paths, verdicts=None):
    """The stage, step by step -> (part, row) of every pair."""
    stage = PairRows(verdicts or Verdicts(), TABLE_PARTS, PARTS)
    first = list(pairs_by_part(pack(pairs), "a", PARTS))
    grouped = {part: [own for other, own in first if other == part] for part in range(PARTS)}
    second = list(
        itertools.chain(
            *(stage._first(part, {"pairs": grouped[part], "paths": [paths[part]]}) for part in range(PARTS))
        )
    )
    known = {part: [one for other, one in second if other == part] for part in range(PARTS)}
    return [row for part in range(PARTS) for row in stage._second(part, {"known": known[part], "paths": [paths[part]]})]


def test_every_pair_has_its_row(paths):
    ends = list(itertools.combinations(NODES, 2))[::7]
    pairs = [
        pair(*(ab if number % 2 else ab[::-1]), relation="view", probability=0.25) for number, ab in enumerate(ends)
    ]
    rows = rows_of(pairs, paths)
    assert sorted(row[:2] for _, row in rows) == sorted((a.uri, b.uri) for a, b in ends)
    told = {row[:2]: (part, dict(zip(PAIRS.names, row, strict=True))) for part, row in rows}
    for a, b in ends:
        part, row = told[a.uri, b.uri]
        assert part == part_of(min(a.key, b.key), TABLE_PARTS)
        assert (row["relation"], row["probability"]) == ("view", 0.25)
        assert row["match"] == ("part" if NODES[7] in (a, b) else "near")


def test_a_pair_that_somebody_decided_on_has_none(paths):
    """What was judged to be no duplicate is left out; what was judged to be one has the row of the verdict."""
    pairs = [pair(NODES[0], NODES[other], relation="variant") for other in (1, 2, 3)]
    judged = [tuple(sorted((content(0), content(other)))) for other in (1, 2)]
    rows = rows_of(pairs, paths, Verdicts(together=(judged[0],), apart=frozenset({judged[1]})))
    assert [row[:2] for _, row in rows] == [(NODES[0].uri, NODES[3].uri)]
