import numpy as np
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.clustering.clusters import components
from lookalike.transforms.functional.clustering.stars import large_star, settle, small_star

NODES = 12
EDGES = st.sets(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda e: e[0] != e[1]))


def array(edges):
    return np.array(sorted(edges), np.int64).reshape(-1, 2)


def both_ways(ends):
    return np.concatenate([ends, ends[:, ::-1]])


def union_find(nodes, edges):
    """The lowest node of each one's component, by SciPy."""
    graph = scipy.sparse.coo_array((np.ones(len(edges)), edges.T), shape=(nodes, nodes))
    _, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    return np.array([np.flatnonzero(label == one)[0] for one in label])


def neighbours(edges, node):
    return {b for a, b in edges if a == node} | {a for a, b in edges if b == node}


@given(EDGES)
def test_a_large_star_is_that_of_the_paper(edges):
    expected = {(v, min(neighbours(edges, u) | {u})) for u in range(NODES) for v in neighbours(edges, u) if v > u}
    assert {tuple(e) for e in large_star(both_ways(array(edges))).tolist()} == expected


@given(EDGES)
def test_a_small_star_is_that_of_the_paper(edges):
    falling = {(max(e), min(e)) for e in edges}
    expected = set()
    for u in range(NODES):
        smaller = {v for v in neighbours(edges, u) if v < u}
        if smaller:
            expected |= {(v, min(smaller)) for v in smaller | {u} if v != min(smaller)}
    assert {tuple(e) for e in small_star(array(falling)).tolist()} == expected


@given(EDGES, st.integers(0, 3))
def test_stars_and_open_edges_have_the_components_of_the_graph(edges, rounds):
    ends = array(edges)
    for _ in range(rounds):
        ends = small_star(large_star(both_ways(ends)))
    settled = settle(both_ways(ends))
    known = components(NODES, settled.open)
    expected = union_find(NODES, array(edges))
    assert settled.nodes.tolist() == sorted({end for edge in edges for end in edge})
    assert known[settled.labels].tolist() == expected[settled.nodes].tolist()


@given(EDGES)
def test_enough_rounds_leave_stars_which_stay(edges):
    ends = array(edges)
    for _ in range(NODES):
        ends = small_star(large_star(both_ways(ends)))
    expected = union_find(NODES, array(edges))
    assert {tuple(e) for e in ends.tolist()} == {(n, low) for n, low in enumerate(expected.tolist()) if low < n}
    assert not len(settle(both_ways(ends)).open)
