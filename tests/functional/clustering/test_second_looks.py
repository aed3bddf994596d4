from hypothesis import given

from lookalike.transforms.functional.clustering.clusters import Bond, star_clusters
from lookalike.transforms.functional.clustering.second_looks import SecondLook, second_looks
from tests.functional.clustering.test_clusters import PART, SAME, graphs, tied

WEAK = Bond("same", 0.6, 1.0)


def test_who_is_two_bonds_away_from_a_representative_is_looked_at_again():
    bonds = tied(SAME, (0, 1), (1, 2), (2, 3))
    assert list(second_looks(bonds, [0])) == [SecondLook(2, 1, 0)]
    # once, where each of two represents a star, or itself
    assert list(second_looks(bonds, [1, 3])) == [SecondLook(3, 2, 1)]


def test_what_is_tied_or_told_apart_is_not_looked_at_again():
    bonds = tied(SAME, (0, 1), (1, 2), (0, 2), (1, 3))
    assert list(second_looks(bonds, [0])) == [SecondLook(3, 1, 0)]
    assert list(second_looks(bonds, [0], {(0, 3)})) == []


def test_the_strongest_two_bonds_lead_there():
    # through 1: 0.6; through 2: 1; through 3: 1, but the better copy is taken
    bonds = {(0, 1): WEAK, (0, 2): SAME, (0, 3): SAME, (1, 4): SAME, (2, 4): SAME, (3, 4): SAME}
    assert list(second_looks(bonds, [0])) == [SecondLook(4, 2, 0)]
    assert list(second_looks(bonds | {(2, 4): WEAK}, [0])) == [SecondLook(4, 3, 0)]


def test_pictures_that_lie_in_a_third_are_not_compared_for_that():
    assert list(second_looks(tied(PART, (0, 1)) | tied(SAME, (1, 2)), [0, 2])) == []


@given(graphs)
def test_no_pair_is_looked_at_twice_for_one_representative_nor_one_that_is_tied(bonds):
    best = [star.representative for star in star_clusters(15, bonds)]
    looks = list(second_looks(bonds, best))
    assert len({(look.node, look.representative) for look in looks}) == len(looks)
    for node, through, representative in looks:
        ends = [(min(a, b), max(a, b)) for a, b in ((node, through), (through, representative))]
        assert all(bonds[pair].is_firm for pair in ends)
        assert node != representative and (min(node, representative), max(node, representative)) not in bonds
