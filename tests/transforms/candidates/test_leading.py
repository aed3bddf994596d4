"""Images of equal pixels: which are searched, and what ties them, in scopes and across them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.candidates.exact_duplicates import choose_leaders
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.records import Node
from lookalike.transforms.functional.clustering.clusters import components
from lookalike.transforms.ingest.scopes import EVERYWHERE, ScopeRule

SCOPES = st.lists(st.sampled_from(["", "x", "y", "z"]), min_size=1, max_size=9)


def nodes(shops):
    uris = [f"/d/{number}.jpg" for number in range(len(shops))]
    return [
        Node(key_of(uri), uri, b"c", b"p", 1, 1, 1, "", "PNG", False, columns={"shop": shop})
        for uri, shop in zip(uris, shops, strict=True)
    ]


def joined(members, pairs):
    """Index of each image -> the lowest of its component."""
    number = {node.key: index for index, node in enumerate(members)}
    edges = np.array([(number[pair.a], number[pair.b]) for pair in pairs], np.int64).reshape(-1, 2)
    return components(len(members), edges).tolist()


@given(SCOPES, st.sampled_from([EVERYWHERE, ScopeRule("within", "shop"), ScopeRule("across", "shop")]))
def test_pairs_are_asked_for_and_each_image_is_searched_or_follows_its_like(shops, rule):
    members = nodes(shops)
    scope = {node.key: rule.of_node(node) for node in members}
    found = choose_leaders(members, rule)
    for pair in found.pairs:
        assert rule.allows(scope[pair.a], scope[pair.b]) == (pair.match != "tie")
        assert pair.match == "exact" or scope[pair.a] == scope[pair.b]
    following = {node.key for node in found.followers}
    leaders = [node for node in members if node.key not in following]
    label = joined(members, found.pairs)
    for follower in found.followers:
        mine = label[members.index(follower)]
        assert any(label[members.index(one)] == mine and scope[one.key] == scope[follower.key] for one in leaders)
    if not rule.within:  # all of them are copies of one another, by way of others if need be
        assert set(label) == {0} and len(leaders) == len(set(scope.values()))
    else:
        known = [shop for shop in shops if shop]
        assert len(found.pairs) == len(known) - len(set(known)) == len(following)
    assert len(found.pairs) < len(members)
