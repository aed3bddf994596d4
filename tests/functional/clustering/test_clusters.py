import itertools

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lookalike.transforms.functional.clustering.clusters import Bond, components, star_clusters
from lookalike.transforms.functional.verification.relations import RELATIONS

shares = st.floats(0.01, 1)
bonds = st.builds(Bond, st.sampled_from(RELATIONS[1:]), shares, shares, st.booleans(), shares)
two = st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda e: e[0] < e[1])
graphs = st.dictionaries(two, bonds, max_size=40)
SAME, PART, WHOLE = (Bond(relation, 1.0, shared) for relation, shared in (("same", 1.0), ("part", 0.2), ("whole", 0.2)))


def tied(bond, *ends):
    return dict.fromkeys(ends, bond)


def members(stars):
    return [star.members for star in stars]


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
    stars = star_clusters(4, tied(SAME, (0, 1), (1, 2), (2, 3)))
    assert all(len(star.members) <= 3 for star in stars)


def test_a_picture_not_the_collage_that_holds_it_is_the_centre():
    # 0: a collage with more pixels, of which the pictures 1 and 4 are parts; 2 and 3 are copies of 1, 5 of 4
    edges = tied(WHOLE, (0, 1), (0, 2), (0, 4)) | tied(SAME, (1, 2), (1, 3), (2, 3), (4, 5))
    stars = star_clusters(6, edges)
    assert [star.members for star in stars if 4 in star.members] == [[4, 5]]
    assert [star.representative for star in stars if 1 in star.members] == [1]


def test_a_collage_does_not_hold_its_pictures_together():
    # 0: a collage of four pictures that have no copies
    assert members(star_clusters(5, tied(WHOLE, (0, 1), (0, 2), (0, 3), (0, 4)))) == [[0, 1]]
    # each with a copy, whichever of the two also matches the collage
    copies = tied(SAME, (1, 2), (3, 4), (5, 6), (7, 8))
    for held in ([(0, n) for n in range(1, 9)], [(0, n) for n in range(1, 9, 2)]):
        assert members(star_clusters(9, copies | tied(WHOLE, *held))) == [[0, 1, 2], [3, 4], [5, 6], [7, 8]]


def test_a_logo_does_not_hold_letters_together():
    letters = [(0, n) for n in range(1, 51)]
    assert members(star_clusters(51, tied(PART, *letters))) == [[0, 1]]
    # the letters are the better copies
    assert members(star_clusters(51, tied(WHOLE, *((n, 50) for n in range(50))))) == [[0, 50]]
    # a letter and its scan come together, of which the logo is then a part
    assert members(star_clusters(51, tied(PART, *letters) | tied(SAME, (49, 50)))) == [[0, 49, 50]]


def test_what_is_most_of_the_same_picture_does_come_together():
    # half of 0 or more: the crops have something in common, whether it was confirmed or not
    assert members(star_clusters(4, tied(Bond("whole", 1.0, 0.55), (0, 1), (0, 2), (0, 3)))) == [[0, 1, 2, 3]]
    # what was cut out of 0 is no picture of its own, however small
    assert members(star_clusters(4, tied(Bond("whole", 1.0, 0.05, True), (0, 1), (0, 2), (0, 3)))) == [[0, 1, 2, 3]]
    # small pictures in 0, and copies of 0: the more of these, the surer that 0 is no collage
    small = tied(WHOLE, *((0, n) for n in range(3, 7)))
    assert members(star_clusters(7, tied(SAME, (0, 1), (0, 2)) | small)) == [[0, 1, 2, 3, 4, 5]]
    # those that are more than the company of 0 come with it only where one of them could represent all
    alike = tied(SAME, *itertools.combinations(range(3, 7), 2))
    assert members(star_clusters(7, tied(SAME, (0, 1), (0, 2)) | small | alike)) == [[0, 1, 2], [3, 4, 5, 6]]
    held = tied(WHOLE, (1, 3), (2, 3))
    assert star_clusters(7, tied(SAME, (0, 1), (0, 2)) | small | alike | held) == [(3, [0, 1, 2, 3, 4, 5, 6])]


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (Bond("same", 0.71, 1.0), Bond("whole", 0.995, 0.9)),
        (Bond("overlaid", 0.6, 0.9), Bond("same", 0.7, 0.9)),
        (Bond("same", 0.7, 1.0), Bond("same", 0.8, 0.9)),
        (Bond("same", 0.95, 1.0, alike=0.7), Bond("same", 0.85, 1.0, alike=0.95)),
        (Bond("whole", 0.9, 0.8), Bond("part", 0.9, 0.9)),
        (Bond("view", 1.0, 1.0), Bond("overlap", 0.6, 0.6)),
        (Bond("variant", 0.8, 1.0), Bond("view", 0.9, 1.0)),
    ],
)
def test_a_picture_stays_with_its_strongest_partner(weaker, stronger):
    """5 matches the representatives of two stars; the first, of more pictures, is made first and takes it."""
    stars = tied(SAME, (0, 1), (0, 2), (1, 2), (3, 4), (3, 6), (4, 6))
    found = star_clusters(7, stars | {(0, 5): weaker, (3, 5): stronger})
    assert members(found) == [[0, 1, 2], [3, 4, 5, 6]]
    assert members(star_clusters(7, stars | {(0, 5): stronger, (3, 5): weaker})) == [[0, 1, 2, 5], [3, 4, 6]]


def test_whoever_is_left_alone_joins_what_it_matches():
    # 4 stays with 2, from 3's star; 3 then has nobody, and lies in 0
    same = tied(SAME, (0, 1), (2, 5), (2, 6), (5, 6))
    edges = same | {(3, 4): Bond("same", 0.9, 1.0), (2, 4): SAME, (0, 3): Bond("whole", 0.9, 0.3)}
    assert members(star_clusters(7, edges)) == [[0, 1, 3], [2, 4, 5, 6]]


def test_a_star_whose_members_all_match_another_ones_best_joins_it():
    # 3 and 4 are alike, and parts of 0
    alike = tied(SAME, (0, 1), (0, 2), (1, 2), (3, 4))
    assert star_clusters(5, alike | tied(WHOLE, (0, 3), (0, 4))) == [(0, [0, 1, 2, 3, 4])]
    assert members(star_clusters(5, alike | tied(WHOLE, (0, 3)))) == [[0, 1, 2], [3, 4]]
    kept_apart = star_clusters(5, alike | tied(WHOLE, (0, 3), (0, 4)), frozenset({(1, 4)}))
    assert members(kept_apart) == [[0, 1, 2], [3, 4]]
    # one that has no company takes no two that have nothing to do with one another
    two = tied(SAME, (1, 2), (3, 4)) | tied(WHOLE, *((0, n) for n in range(1, 5)))
    assert members(star_clusters(5, two)) == [[0, 1, 2], [3, 4]]


def test_two_that_may_not_be_one_are_asked_again_when_more_ties_them():
    # 0 and 1 are surest, but more speaks against them than for them; together with 2 more speaks for them
    likely, less, least = (Bond("same", probability, 1.0) for probability in (0.85, 0.75, 0.65))
    edges = {(0, 1): likely, (1, 2): less, (0, 2): least}
    against = {(0, 1): 900_000}
    assert members(star_clusters(3, {(0, 1): likely}, against=against)) == []
    assert members(star_clusters(3, edges, against=against)) == [[0, 1, 2]]
    # whichever of 1 and 2 gives the two its name: the one that is known to more others
    for known in (1, 2):
        others = {tuple(sorted((known, other))): 900_000 for other in (3, 4)}
        assert members(star_clusters(5, edges, against=against | others)) == [[0, 1, 2]]


def test_the_best_copy_that_matches_all_represents():
    edges = tied(SAME, (0, 1), (0, 2), (1, 2), (1, 3))
    assert star_clusters(4, edges)[0] == (1, [0, 1, 2, 3])  # 0 is better, and does not match 3
    assert star_clusters(3, tied(SAME, (0, 1), (0, 2), (1, 2)))[0] == (0, [0, 1, 2])


def test_the_copy_that_is_most_like_the_others_represents():
    # 2 is the picture; 0 and 1, which other criteria prefer, and 3 and 4 are edits of it
    edits = tied(Bond("same", 0.99, 1.0, alike=0.9), *((a, b) for a in range(5) for b in range(a + 1, 5)))
    edges = edits | tied(Bond("same", 0.99, 1.0, alike=0.95), (0, 2), (1, 2), (2, 3), (2, 4))
    assert star_clusters(5, edges) == [(2, [0, 1, 2, 3, 4])]
    # what goes before likeness decides first, and what comes after it among those that are nearly as like
    assert star_clusters(5, edges, tiers=[0, 0, 1, 1, 1])[0].representative == 0
    assert star_clusters(5, edges | tied(Bond("same", 0.99, 1.0, alike=0.95), *((1, n) for n in (0, 3, 4)))) == [
        (1, [0, 1, 2, 3, 4])
    ]
    nearly = tied(Bond("same", 0.99, 1.0, alike=0.94), *((1, n) for n in (0, 3, 4)))
    assert star_clusters(5, edges | nearly)[0].representative == 1
    # but none that shares less, or does not match all
    less = {ends: bond._replace(alike=0.1) if 2 in ends else bond for ends, bond in edges.items()}
    held = {ends: bond if 2 in ends else bond._replace(probability=0.8) for ends, bond in less.items()}
    assert star_clusters(5, held)[0].representative == 2
    assert star_clusters(5, {ends: bond for ends, bond in less.items() if 2 in ends})[0].representative == 2


def test_a_member_represents_that_matches_those_who_come_later():
    # 5 matches only 1; all others match one another
    edges = tied(SAME, *itertools.combinations(range(5), 2)) | tied(SAME._replace(probability=0.6), (1, 5))
    assert star_clusters(6, edges) == [(1, [0, 1, 2, 3, 4, 5])]


def test_nobody_represents_more_strays_than_it_has_company():
    # 0 shares nearly half of 1 to 4, and is most like them; these share little more with one another
    edges = tied(Bond("same", 0.55, 1.0, alike=0.5), *itertools.combinations(range(1, 5), 2))
    edges |= tied(Bond("part", 1.0, 0.54), *((0, n) for n in range(1, 5)))
    assert star_clusters(5, edges) == [(1, [0, 1, 2, 3, 4])]


def test_a_picture_that_was_saved_twice_represents_a_page_that_shows_it():
    # 0: the page, with more pixels
    page = {(0, 1): Bond("whole", 1.0, 0.1)}
    assert star_clusters(2, page) == [(0, [0, 1])]
    assert star_clusters(2, page, images=[1, 2]) == [(1, [0, 1])]
    assert star_clusters(2, page, images=[2, 1]) == star_clusters(2, page, images=[2, 2]) == [(0, [0, 1])]
    # a second page shows it, too
    assert star_clusters(3, page | {(1, 2): Bond("part", 0.9, 0.1)}) == [(1, [0, 1])]
    # equal copies make no company for a second page
    assert members(star_clusters(3, page | {(1, 2): Bond("part", 0.9, 0.1)}, images=[1, 9, 1])) == [[0, 1]]


@pytest.mark.parametrize("sure", [0, 1])
def test_the_surest_bond_of_any_two_members_counts(sure):
    # 2 matches 3 and 4 more surely than one of 0 and 1, and less surely than the other
    bonds = [Bond("same", 0.95, 1.0) if node == sure else Bond("same", 0.55, 1.0) for node in (0, 1)]
    edges = {(0, 2): bonds[0], (1, 2): bonds[1]} | tied(Bond("same", 0.85, 1.0), (2, 3), (2, 4))
    assert members(star_clusters(5, edges | tied(SAME, (0, 1), (3, 4)))) == [[0, 1, 2], [3, 4]]


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
    edges = {(0, node): SAME for node in range(1, 100_000)}
    assert len(star_clusters(100_000, edges)) == 1


def grown(nodes, edges, apart, against):
    """Clusters as they are defined: everything is taken anew each time, and all pairs of clusters are looked at."""
    bond = {ends: found for pair, found in edges.items() for ends in (pair, pair[::-1])}
    clusters, refused = [frozenset({node}) for node in range(nodes)], set()
    while True:
        ways = {}
        for one, other in itertools.combinations(clusters, 2):
            between = frozenset((a, b) for a, b in edges if {a, b} & one and {a, b} & other)
            both = one | other
            able = [node for node in both if all(node == member or (node, member) in bond for member in both)]
            if between and between not in refused and able and not any(both >= {*pair} for pair in apart):
                shared = sum(bond[ends].weight * bond[ends].likeness // 1_000_000 for ends in between)
                place = max(bond[ends].certainty for ends in between), shared
                assume(place not in ways)  # equals go by their numbers, which are nobody's business
                ways[place] = one, other, able, between
        if not ways:
            return sorted(sorted(cluster) for cluster in clusters if len(cluster) > 1)
        (certainty, shared), (one, other, able, between) = max(ways.items())
        both = one | other
        strays = min(sum(node != x and not bond[x, node].is_firm for node in both) for x in able)
        doubts = sum(weight for (a, b), weight in against.items() if {a, b} & one and {a, b} & other)
        few = min(len(one), len(other)) > 1 and 3 * len(between) <= len(one) * len(other)
        if 2 * strays > len(both) or (certainty < 9 and (few or doubts > shared)):
            refused.add(between)
        else:
            clusters = [cluster for cluster in clusters if not cluster & both] + [both]


# 0 has too little company for 4 to 6 when their surest bond is looked at, and enough when 3 has come
LATE = {(0, 1): SAME, (0, 3): Bond("same", 0.85, 1.0), (1, 3): Bond("same", 0.84, 1.0)}
LATE |= {(4, 5): Bond("whole", 1.0, 0.99), (4, 6): Bond("whole", 1.0, 0.98), (5, 6): Bond("whole", 1.0, 0.97)}
LATE |= {(0, 4): PART._replace(probability=0.4), (0, 5): PART, (0, 6): PART._replace(shared=0.3)}


# 1 has too little company for 4 when their bond is looked at; 5, which is tied to more than 1 is, makes no difference
TIED = {(1, 3): Bond("overlaid", 1.0, 0.5), (1, 4): Bond("overlaid", 1.0, 0.5, alike=0.75)}
TIED |= {(1, 5): SAME._replace(probability=1.0, alike=0.5), (2, 5): SAME._replace(probability=1.0, alike=0.25)}
TIED |= {(0, 5): SAME._replace(probability=0.75, alike=0.5)}


@example(LATE, set(), {})
@example(TIED, set(), {})
@given(graphs, st.sets(two, max_size=10), st.dictionaries(two, st.integers(1, 1_000_000), max_size=20))
def test_clusters_are_as_they_are_defined(edges, apart, against):
    edges = {ends: bond for ends, bond in edges.items() if ends not in apart}
    against = {ends: weight for ends, weight in against.items() if ends not in edges}
    found = sorted(members(star_clusters(15, edges, frozenset(apart), against=against)))
    assert found == grown(15, edges, apart, against)


@given(graphs, st.sets(two, max_size=30))
def test_what_is_apart_never_shares_a_star(edges, apart):
    edges = {ends: weight for ends, weight in edges.items() if ends not in apart}
    for star in star_clusters(15, edges, frozenset(apart)):
        assert not any(a in star.members and b in star.members for a, b in apart)
        assert all(
            tuple(sorted((node, star.representative))) in edges for node in star.members if node != star.representative
        )


def test_something_over_a_part_makes_it_no_more_than_a_part():
    letters = [(0, n) for n in range(1, 51)]
    assert members(star_clusters(51, tied(Bond("overlaid", 1.0, 0.2), *letters))) == [[0, 1]]
    assert len(members(star_clusters(51, tied(Bond("overlaid", 1.0, 0.9), *letters)))[0]) == 51


def test_strays_need_company_after_others_have_moved_too():
    # 0 holds parts, 1 to 6, and as many strays, 7 to 13; the parts stay with 14, 16 and 18, of which they are copies
    edges = tied(Bond("part", 1.0, 0.6), *((0, n) for n in range(1, 7))) | tied(PART, *((0, n) for n in range(7, 14)))
    for place, best in enumerate((14, 16, 18)):
        edges |= tied(SAME, (2 * place + 1, best), (2 * place + 2, best), (best, best + 1))
    found = members(star_clusters(20, edges))
    assert found == [[0, 7], [1, 2, 14, 15], [3, 4, 16, 17], [5, 6, 18, 19]]
