"""The label of every image of a pair, by a pipeline."""

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.testing import test_pipeline
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.clustering.components import LabelComponents, joined, places, ranked
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.pairs import PAIR
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.functional.clustering.clusters import components


def packed(edges, keys, batches):
    """Edges by number -> PAIR records in some batches."""
    pairs = np.zeros(len(edges), PAIR)
    pairs["a"], pairs["b"] = keys[edges[:, 0]], keys[edges[:, 1]]
    return [batch.tobytes() for batch in np.array_split(pairs, batches)]


def labelled(tmp_path, edges, keys, parts, batches=3):
    with test_pipeline.TestPipeline() as pipeline:
        _ = (
            pipeline
            | beam.Create(packed(edges, keys, batches))
            | LabelComponents(parts)
            | beam.MapTuple(lambda part, labels: (tmp_path / str(part)).write_bytes(labels))
        )
    found = {path.name: joined([path.read_bytes()]) for path in tmp_path.iterdir()}
    for part, rows in found.items():
        assert {part_of(key, parts) for key in rows[:, 0].tolist()} == {int(part)}
    return dict(row for rows in found.values() for row in rows.tolist())


def chain(length):
    return np.stack([np.arange(length - 1), np.arange(1, length)], 1)


def star(leaves):
    return np.stack([np.full(leaves, leaves // 2), np.arange(leaves)], 1)[np.arange(leaves) != leaves // 2]


def clique(nodes):
    return np.stack(np.triu_indices(nodes, 1), 1)


GRAPHS = {
    "a chain": chain(3000),
    "a star": star(5000),
    "a clique": clique(40),
    "twos": np.arange(2000).reshape(-1, 2),
    "at random": np.random.default_rng(5).integers(0, 4000, (3500, 2)),
    "several": np.concatenate([chain(500), 500 + star(300), 800 + clique(9), 900 + chain(2)]),
}


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("parts", [1, 8])
def test_labels_are_those_of_union_find(tmp_path, name, parts):
    edges = GRAPHS[name]
    edges = edges[edges[:, 0] != edges[:, 1]]
    # numbers in order of key, so that lowest numbers are lowest keys
    keys = np.array(sorted(key_of(str(n)) for n in range(edges.max() + 1)), "V16")
    lowest = components(len(keys), edges)
    there = np.unique(edges)
    expected = dict(zip(keys[there].tolist(), keys[lowest[there]].tolist(), strict=True))
    shuffled = np.random.default_rng(1).permutation(edges)
    assert labelled(tmp_path, shuffled, keys, parts) == expected


def test_no_pairs_no_labels(tmp_path):
    assert labelled(tmp_path, np.zeros((0, 2), int), np.zeros(1, "V16"), 4) == {}


HEADS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=20)


def keys_of(halves):
    return np.array([a.to_bytes(8, "big") + b.to_bytes(8, "big") for a, b in halves], "V16")


@given(HEADS, HEADS)
def test_places_of_keys_that_share_their_first_halves(some, wanted):
    names, place = ranked(keys_of(some))
    assert names.tolist() == sorted(set(keys_of(some).tolist()))
    assert names[place].tolist() == keys_of(some).tolist()
    at = places(names, keys_of(wanted)).tolist()
    assert at == [sorted(set(some)).index(key) if key in some else -1 for key in wanted]
