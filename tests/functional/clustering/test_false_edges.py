"""Graphs as collections make them, in which some bonds are false: none of them may ruin a cluster."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.functional.clustering.clusters import Bond, star_clusters, weight_against

COPY, LIKELY, DOUBTFUL = (Bond("same", probability, 1.0) for probability in (0.98, 0.85, 0.55))
HELD, PASTED = Bond("part", 0.99, 0.25), Bond("overlaid", 0.7, 0.99)


def copies(*nodes, bond=COPY):
    """Pictures that all match one another."""
    return dict.fromkeys(itertools.combinations(nodes, 2), bond)


def tied(bond, *ends):
    return dict.fromkeys(ends, bond)


def surely_variants(*ends):
    return dict.fromkeys(ends, weight_against("variant", 0.97))


def clusters(nodes, bonds, against=None):
    return sorted(star.members for star in star_clusters(nodes, bonds, against=against))


@pytest.mark.parametrize("bond", [DOUBTFUL, LIKELY, PASTED])
def test_a_chain_of_templates_stays_in_its_groups(bond):
    """Four pages with a copy or two of each, and each page falsely tied to the next one."""
    pages = copies(0, 1, 2) | copies(3, 4, 5) | copies(6, 7, 8) | copies(9, 10, 11)
    chain = tied(bond, (2, 3), (5, 6), (8, 9))
    assert clusters(12, pages | chain) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]


def test_one_worn_picture_that_resembles_many_glues_none_of_them():
    """0 is blurred, and matches six pictures and a copy of each, which match one another more surely."""
    pairs = [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12)]
    worn = tied(LIKELY, *((0, n) for n in range(1, 13)))
    assert clusters(13, tied(COPY, *pairs) | worn) == [[0, 1, 2], *([*pair] for pair in pairs[1:])]
    # whose copy it surely is does not come alone
    sure = tied(COPY, *((0, n) for n in range(1, 13)))
    assert clusters(13, tied(COPY, *pairs) | sure) == [[*range(13)]]


def test_a_pair_is_not_torn_apart_by_a_third_picture():
    """2 has five copies, and is less surely a copy of 1 than 0 is."""
    others = copies(2, 3, 4, 5, 6, 7)
    assert clusters(8, others | tied(COPY, (0, 1)) | tied(LIKELY, (1, 2), (1, 3))) == [[0, 1], [2, 3, 4, 5, 6, 7]]


def test_a_tiny_copy_that_matches_all_but_the_original_does_not_take_its_copies():
    """0: the original; 1 and 2: nearly as large; 3 to 5: tiny, of which 3 matches 1 and 2."""
    sure = copies(0, 1, 2) | copies(3, 4, 5)
    assert clusters(6, sure | tied(LIKELY, (1, 3), (2, 3))) == [[0, 1, 2], [3, 4, 5]]


def test_a_frame_that_many_share_glues_no_pictures():
    """0 to 4: photographs with a copy each, 5 to 9; 10 to 14: screens that show them, and are taken for one another."""
    photographs = tied(COPY, *((n, n + 5) for n in range(5)))
    shown = tied(HELD, *((n, n + 10) for n in range(5)), *((n, n + 5) for n in range(5, 10)))
    frames = copies(*range(10, 15), bond=PASTED)
    assert clusters(15, photographs | shown | frames) == [[n, n + 5, n + 10] for n in range(5)]


def test_a_collage_of_two_that_have_copies_stays_with_one():
    """0 and 3 have two copies each, and lie side by side in 6, which was saved twice."""
    halves = tied(Bond("part", 0.99, 0.5), *itertools.product(range(6), (6, 7)))
    found = clusters(8, copies(0, 1, 2) | copies(3, 4, 5) | copies(6, 7) | halves)
    assert found == [[0, 1, 2, 6, 7], [3, 4, 5]]


def test_a_doubtful_picture_does_not_make_a_collage_represent():
    """0: a collage, which shows a part of the picture 1 to 6; a stranger, 7, is taken for the collage."""
    part = tied(HELD, *((0, n) for n in range(1, 7)))
    found = star_clusters(8, copies(*range(1, 7)) | part | tied(DOUBTFUL, (0, 7)))
    assert [star for star in found if 1 in star.members] == [(1, [0, 1, 2, 3, 4, 5, 6])]


def test_two_frames_of_a_burst_that_are_copies_come_first():
    """Where other shots join, too: 1 and 2 are copies; 0 and 3 are shots on either side, each tied to one of them."""
    views = tied(Bond("view", 0.99, 1.0), (0, 1), (2, 3))
    assert [1, 2] in [[n for n in found if n in (1, 2)] for found in clusters(4, views | tied(DOUBTFUL, (1, 2)))]


def test_what_are_surely_variants_is_not_joined_by_a_doubtful_bond():
    """0 and 1, 2 to 4: two cards of one template; 1 is taken for all of 2 to 4."""
    cards, false = copies(0, 1) | copies(2, 3, 4), tied(LIKELY, (1, 2), (1, 3), (1, 4))
    assert clusters(5, cards | false) == [[0, 1, 2, 3, 4]]
    assert clusters(5, cards | false, surely_variants((0, 2), (0, 3), (0, 4))) == [[0, 1], [2, 3, 4]]
    # as much must speak against it as for it
    assert clusters(5, cards | false, surely_variants((0, 2), (0, 3))) == [[0, 1, 2, 3, 4]]


def test_variants_of_one_picture_come_to_it_by_sure_bonds():
    """1 to 3 are 0 with other captions, and variants of one another."""
    captions = tied(Bond("overlaid", 0.97, 0.98), (0, 1), (0, 2), (0, 3))
    assert clusters(4, captions, surely_variants((1, 2), (1, 3), (2, 3))) == [[0, 1, 2, 3]]
    doubted = tied(Bond("overlaid", 0.8, 0.98), (0, 1), (0, 2), (0, 3))
    assert clusters(4, doubted, surely_variants((1, 2), (1, 3), (2, 3))) == [[0, 1]]


@pytest.mark.parametrize(
    ("relation", "probability", "weight"),
    [
        ("variant", 0.97, 970_000),
        ("variant", 0.9, 900_000),
        ("variant", 0.89, 0),
        ("view", 0.99, 0),
        ("overlap", 1.0, 0),
    ],
)
def test_only_sure_variants_speak_against_two_being_copies(relation, probability, weight):
    assert weight_against(relation, probability) == weight


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19), st.floats(0.5, 0.89)), max_size=12))
def test_scattered_false_bonds_change_no_clusters(false):
    """Five pictures with three copies each. False bonds are less sure, and nobody has them to all of a cluster."""
    true = (
        copies(*range(4))
        | copies(*range(4, 8))
        | copies(*range(8, 12))
        | copies(*range(12, 16))
        | copies(16, 17, 18, 19)
    )
    strays = {(min(a, b), max(a, b)): Bond("same", sure, 1.0) for a, b, sure in false if a // 4 != b // 4}
    towards = [(node, other // 4) for pair in strays for node, other in (pair, pair[::-1])]
    if any(towards.count(one) > 3 for one in towards):
        strays = {}
    assert clusters(20, true | strays) == [[*range(n, n + 4)] for n in range(0, 20, 4)]
