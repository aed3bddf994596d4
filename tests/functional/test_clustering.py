import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transforms.functional.clustering import components, star_clusters

graphs = st.dictionaries(
    st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda e: e[0] < e[1]), st.floats(0.01, 1), max_size=40
)


@given(graphs)
def test_every_member_matches_its_representative_and_no_node_is_in_two(edges):
    stars = star_clusters(15, edges)
    seen = [node for star in stars for node in star.members]
    assert len(seen) == len(set(seen))
    for star in stars:
        assert len(star.members) > 1 and star.representative in star.members
        for node in star.members:
            if node != star.representative:
                assert tuple(sorted((node, star.representative))) in edges


@given(graphs)
def test_no_edge_is_left_between_two_that_are_free(edges):
    taken = {node for star in star_clusters(15, edges) for node in star.members}
    assert all(a in taken or b in taken for a, b in edges)


@given(graphs, st.randoms())
def test_the_order_of_edges_does_not_matter(edges, random):
    shuffled = list(edges.items())
    random.shuffle(shuffled)
    assert star_clusters(15, edges) == star_clusters(15, dict(shuffled))


def test_a_chain_is_not_one_cluster():
    stars = star_clusters(4, {(0, 1): 1, (1, 2): 1, (2, 3): 1})
    assert all(len(star.members) <= 3 for star in stars)


def test_a_picture_not_the_collage_that_holds_it_is_the_centre():
    # 0: a collage with more pixels, of which the pictures 1 and 4 are parts; 2 and 3 are copies of 1, 5 of 4
    edges = {(0, 1): 0.25, (0, 2): 0.25, (0, 4): 0.25, (1, 2): 1, (1, 3): 1, (2, 3): 1, (4, 5): 1}
    stars = star_clusters(6, edges)
    assert [star.members for star in stars if 4 in star.members] == [[4, 5]]
    assert [star.representative for star in stars if 1 in star.members] == [1]


def test_the_best_copy_that_matches_all_represents():
    edges = {(0, 1): 1, (0, 2): 1, (1, 2): 1, (1, 3): 1}
    assert star_clusters(4, edges)[0] == (1, [0, 1, 2, 3])  # 0 is better, and does not match 3
    assert star_clusters(3, {(0, 1): 1, (0, 2): 1, (1, 2): 1})[0] == (0, [0, 1, 2])


@given(graphs)
def test_components_equal_a_walk(edges):
    near = {node: {node} for node in range(15)}
    for a, b in edges:
        joined = near[a] | near[b]
        for node in joined:
            near[node] = joined
    found = components(15, np.array(list(edges), np.int32).reshape(-1, 2))
    assert found.tolist() == [min(near[node]) for node in range(15)]


def test_a_large_star_is_quick_work():
    edges = {(0, node): 1.0 for node in range(1, 100_000)}
    assert len(star_clusters(100_000, edges)) == 1


@given(graphs, st.sets(st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda e: e[0] < e[1]), max_size=30))
def test_what_is_apart_never_shares_a_star(edges, apart):
    edges = {ends: weight for ends, weight in edges.items() if ends not in apart}
    for star in star_clusters(15, edges, frozenset(apart)):
        assert not any(a in star.members and b in star.members for a, b in apart)
        assert all(
            tuple(sorted((node, star.representative))) in edges for node in star.members if node != star.representative
        )
