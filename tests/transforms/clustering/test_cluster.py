"""Rows of one connected component, with verdicts: as the definition says, and in steps that grow with the input."""

import hashlib
import itertools

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.transforms.candidates.exact_duplicates import choose_leaders
from lookalike.transforms.clustering import cluster
from lookalike.transforms.clustering.cluster import RECLAIMABLE, REPRESENTATIVE, ClusterPairs
from lookalike.transforms.clustering.cluster_rows import ClusterRows
from lookalike.transforms.clustering.component import Component
from lookalike.transforms.clustering.gathered import Gathered, unique_pairs
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.clustering.pair_rows import as_far_as_compared, pair_row
from lookalike.transforms.clustering.verdicts import JudgedPairs, Verdicts, judged_pair
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.pairs import pack, unpack
from lookalike.transforms.core.records import Node, Pair
from lookalike.transforms.core.schemas import CLUSTERS, PAIRS
from lookalike.transforms.core.settings.cluster import ClusterSettings
from lookalike.transforms.fingerprinting.fingerprints_table import LIGHT
from lookalike.transforms.functional.clustering.clusters import Bond, Star, star_clusters
from lookalike.transforms.functional.verification.relations import JOINING
from lookalike.transforms.ingest.scopes import ScopeRule, number_of
from tests.counting import lines_run

POLICY = Policy(ClusterSettings(prefer=("pixels",)))


def content(number):
    return hashlib.blake2b(str(number).encode(), digest_size=32).digest()


def node(number, content_number=None, pixels=None):
    uri = f"/corpus/{number:05d}.jpg"
    own = content(number if content_number is None else content_number)
    pixel_hash = content(f"pixels {number if pixels is None else pixels}")
    return Node(key_of(uri), uri, own, pixel_hash, 10, 10, 100, "", "JPEG", False)


def pair(a, b, overlap=1.0, relation="same", probability=1.0):
    turn = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    measures = (0.9, 0.9, overlap, 1.0, 1.0, 1.0, overlap, 1.0)
    return Pair(a.key, b.key, "near", ("embedding",), *measures, False, turn, 0.0, 1.0, relation, probability)


def component(nodes, pairs, verdicts):
    nodes = sorted(nodes, key=POLICY)
    contents = {n.key: n.content_hash for n in nodes}
    kept = [p for p in unique_pairs(pairs) if not verdicts.are_apart(contents[p.a], contents[p.b])]
    return nodes, kept, POLICY, verdicts


def apart(*pairs):
    return Verdicts(apart=frozenset((min(a, b), max(a, b)) for a, b in pairs))


class Defined:
    """The definition: every two groups of images are looked at, and every image of either."""

    def __init__(self, nodes, pairs, policy, verdicts):
        self.nodes, self.verdicts, self.groups = nodes, verdicts, {}
        heads_of = {}
        for index, one in enumerate(nodes):
            heads = heads_of.setdefault(one.pixel_hash, [])
            head = next((h for h in heads if not self.are_apart(self.groups[h], [index])), index)
            if head == index:
                heads.append(index)
            self.groups.setdefault(head, []).append(index)
        self.evidence = {}
        pixels = {one.key: one.pixel_hash for one in nodes}
        for one in pairs:
            for x in heads_of[pixels[one.a]]:
                for y in heads_of[pixels[one.b]]:
                    if x != y and not self.are_apart(self.groups[x], self.groups[y]):
                        self.evidence.setdefault((min(x, y), max(x, y)), one)
        self.apart = {
            (a, b) for a in self.groups for b in self.groups if a < b and self.are_apart(self.groups[a], self.groups[b])
        }

    def are_apart(self, some, others):
        hashes = [[self.nodes[i].content_hash for i in group] for group in (some, others)]
        return any(self.verdicts.are_apart(x, y) for x in hashes[0] for y in hashes[1])

    def stars(self):
        """Of all images, numbered as they are."""
        bonds = {
            ends: Bond(one.relation, one.probability, min(one.overlap, one.covered), one.cut, one.ssim)
            for ends, one in self.evidence.items()
        }
        images = [len(self.groups.get(number, [number])) for number in range(len(self.nodes))]
        return star_clusters(len(self.nodes), bonds, frozenset(self.apart), range(len(self.nodes)), images=images)


def told(rows):
    """Clusters as rows tell them: representative and members by URI."""
    return sorted((row[3], row[1]) for row in rows)


def defined_clusters(defined):
    stars = defined.stars()
    alone = defined.groups.keys() - {head for star in stars for head in star.members}
    stars += [Star(head, [head]) for head in alone if len(defined.groups[head]) > 1]
    uri = [one.uri for one in defined.nodes]
    return sorted(
        (uri[star.representative], uri[i]) for star in stars for head in star.members for i in defined.groups[head]
    )


NUMBERS = st.integers(0, 9)
TWO = st.tuples(NUMBERS, NUMBERS).filter(lambda ends: ends[0] != ends[1])


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=2, max_size=12),
    st.lists(st.tuples(TWO, st.sampled_from([0.2, 0.5, 1.0]), st.sampled_from(JOINING)), max_size=30),
    st.lists(TWO, max_size=20),
)
def test_verdicts_part_what_the_definition_parts(images, edges, judged):
    """Images of few contents and fewer pixels, so that equal ones and verdicts among them are frequent."""
    nodes = [node(number, *image) for number, image in enumerate(images)]
    pairs = [pair(nodes[a], nodes[b], *rest) for (a, b), *rest in edges if max(a, b) < len(nodes)]
    given_all = component(nodes, pairs, apart(*((content(a), content(b)) for a, b in judged)))
    found, defined = Component(*given_all), Defined(*given_all)
    assert found.groups == defined.groups
    assert found.evidence == defined.evidence
    assert found.apart == defined.apart
    assert told(ClusterRows(found).rows()) == defined_clusters(defined)


def star(leaves):
    """A picture and its copies; one verdict between two of them."""
    nodes = [node(number) for number in range(leaves)]
    return component(nodes, [pair(nodes[0], leaf) for leaf in nodes[1:]], apart((content(1), content(2))))


def equals(images):
    """Files of equal pixels, of which each is judged to be no duplicate of the next."""
    nodes = [node(number, pixels=0) for number in range(images)]
    ties = [pair(nodes[0], other) for other in nodes[1:]]
    return component(nodes, ties, apart(*((content(n), content(n + 1)) for n in range(images - 1))))


def copies(images):
    """Two files' bytes, each there many times over, of one picture and judged to be apart."""
    nodes = [node(number, number % 2, 0) for number in range(images)]
    return component(nodes, [pair(nodes[0], other) for other in nodes[1:]], apart((content(0), content(1))))


def hubs(images):
    """Pictures that share all their copies with the next; half of the copies are judged not to be the other half's."""
    centres = 10
    nodes = [node(number) for number in range(images)]
    pairs = [pair(centre, leaf, 0.5) for centre in nodes[:centres] for leaf in nodes[centres:]]
    judged = [(content(a), content(a + 1)) for a in range(centres, images - 1, 2)]
    return component(nodes, pairs, apart(*judged))


@pytest.mark.parametrize("corpus", [star, equals, copies, hubs])
def test_work_grows_with_images_edges_and_verdicts(corpus):
    def work(size):
        arguments = corpus(size)
        return lines_run(lambda: list(ClusterRows(Component(*arguments)).rows()))

    small, large = work(200), work(800)
    assert large < 4.5 * small  # four times as many of each; pairs of them are sixteen times as many


def test_of_many_copies_of_judged_bytes_a_part_sends_one(tmp_path):
    nodes = [node(number, number % 3) for number in range(300)]
    columns = {name: [getattr(one.detail, name, getattr(one, name, 0)) for one in nodes] for name in LIGHT}
    pq.write_table(pa.table(columns), tmp_path / "part.parquet")
    judged = JudgedPairs(Verdicts(together=((content(0), content(1)),)))
    found = list(judged._find(str(tmp_path / "part.parquet")))
    lowest = {which: min(one.key for one in nodes if one.content_hash == content(which)) for which in (0, 1)}
    assert sorted(found) == sorted((0, (content(which), 0, key)) for which, key in lowest.items())


def in_shop(one, shop):
    return one._replace(columns={"shop": shop})


SHOPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "x", "y", "z"])), min_size=1, max_size=9)
"""Number of the pixels, and shop, of each image."""


@given(SHOPS, st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=12))
def test_across_scopes_no_member_is_of_the_scope_of_its_representative(images, ends):
    rule = ScopeRule("across", "shop")
    nodes = [in_shop(node(number, number, pixels), shop) for number, (pixels, shop) in enumerate(images)]
    shop_of = {one.uri: one.columns["shop"] for one in nodes}
    pixels_of = {one.uri: one.pixel_hash for one in nodes}
    nodes.sort(key=POLICY)
    groups: dict[bytes, list[Node]] = {}
    for one in nodes:
        groups.setdefault(one.pixel_hash, []).append(one)
    equal = [tie for members in groups.values() for tie in choose_leaders(members, rule).pairs if tie.match != "tie"]
    near = [
        pair(nodes[a], nodes[b])
        for a, b in ends
        if max(a, b) < len(nodes) and nodes[a].pixel_hash != nodes[b].pixel_hash
        and rule.allows(rule.of_node(nodes[a]), rule.of_node(nodes[b]))
    ]  # fmt: skip
    rows = list(ClusterRows(Component(nodes, unique_pairs([*equal, *near]), POLICY, Verdicts(), rule)).rows())
    members: dict[str, list[str]] = {}
    for row in rows:
        members.setdefault(row[0], []).append(row[1])
        assert row[2] or shop_of[row[1]] == "" or shop_of[row[1]] != shop_of[row[3]]
        equals = (
            pixels_of[row[1]] == pixels_of[row[3]]
        )  # also where they are of two scopes, each with a head of its own
        match = "exact" if row[1] == row[3] else "pixels" if equals else "near"
        assert row[7] == match and (row[4:7] == (1.0, 1.0, 1.0)) == equals
    assert all(len(uris) > 1 for uris in members.values())
    clustered = {uri for uris in members.values() for uri in uris}
    for one in equal:  # equal pixels of two shops are copies, whatever else is confirmed
        found = {other.uri for other in nodes if other.key in (one.a, one.b)}
        assert clustered & found


@pytest.mark.parametrize("kind", ["within", "across"])
def test_a_verdict_ties_nothing_that_is_not_asked_for(kind):
    rule = ScopeRule(kind, "shop")
    held = {0: ("x", "y", ""), 1: ("x", "y", "z")}
    keys = {(number, shop): key_of(f"{number}{shop}") for number, shops in held.items() for shop in shops}
    found = [(content(number), number_of(shop or None), key) for (number, shop), key in keys.items()]
    judged = JudgedPairs(Verdicts(together=((content(0), content(1)),)), rule)
    ends = {frozenset((one.a, one.b)) for one in unpack(judged._judge(0, found))}
    told = {(x, y) for x in held[0] for y in held[1] if frozenset((keys[0, x], keys[1, y])) in ends}
    assert len(told) == len(ends) and all(rule.allows(number_of(x or None), number_of(y or None)) for x, y in told)
    if kind == "within":
        assert told == {("x", "x"), ("y", "y")}
    else:
        assert {x for x, _ in told} == set(held[0]) and {y for _, y in told} == set(held[1])


def test_pictures_of_which_only_the_shown_frame_was_compared_are_parts():
    kept, page, cover, moving = (node(number)._replace(frames=frames) for number, frames in enumerate((1, 1, 3, 2)))
    several = [pair(kept, page), pair(kept, cover), pair(cover, moving), pair(moving, cover)._replace(match="verdict")]
    ends = {one.key: one for one in (kept, page, cover, moving)}
    told = [as_far_as_compared(one, ends[one.a], ends[one.b]) for one in several]
    assert [one.match for one in told] == ["near", "part", "part", "verdict"]
    assert [one._replace(match="") for one in told] == [one._replace(match="") for one in several]


def relations(rows):
    return {row[1]: row[CLUSTERS.names.index("relation")] for row in rows}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("relation", "turned"), [("same", "same"), ("overlaid", "overlaid"), ("part", "whole")])
def test_a_member_s_relation_is_its_own_to_the_representative(relation, turned, swapped):
    """However the pair was measured, and whichever of the two is kept."""
    for kept, other in ((0, 1), (1, 0)):
        nodes = [node(kept)._replace(width=20), node(other)]
        ends = nodes[::-1] if swapped else nodes
        rows = list(ClusterRows(Component(*component(nodes, [pair(*ends, 0.9, relation)], Verdicts()))).rows())
        assert relations(rows) == {nodes[0].uri: "same", nodes[1].uri: relation if swapped else turned}


def test_a_member_of_equal_pixels_has_the_relation_of_its_equal():
    nodes = [node(0)._replace(width=20), node(1), node(2, pixels=1)]
    pairs = [pair(nodes[2], nodes[0], 0.9, "part"), pair(nodes[1], nodes[2])]
    found = relations(ClusterRows(Component(*component(nodes, pairs, Verdicts()))).rows())
    assert found == {nodes[0].uri: "same", nodes[1].uri: "part", nodes[2].uri: "part"}


def test_an_equal_copy_of_a_picture_can_go_although_a_larger_page_shows_it():
    page, picture, again = node(0)._replace(width=40), node(1), node(2, content_number=1, pixels=1)
    shown = pair(picture, page, 0.1, "part")._replace(cut=False)
    rows = list(ClusterRows(Component(*component([page, picture, again], [shown], Verdicts()))).rows())
    assert [row[1] for row in rows if row[REPRESENTATIVE]] == [picture.uri]
    assert [row[1] for row in rows if row[RECLAIMABLE]] == [again.uri]


def test_a_row_is_told_from_the_first_uri_on():
    """Sizes differ, so that shares are of other lengths."""
    first, second = node(0)._replace(width=200, height=100), node(1)._replace(width=100, height=400)
    # 50 px to the right and 100 px down, at half the size
    one = pair(second, first, 0.25, "part", 0.75)._replace(transform=(0.5, 0, 50, 0, 0.5, -100), worst=(0.3, 0, 0.2, 1))
    row = dict(zip(PAIRS.names, pair_row(one, second, first), strict=True))
    assert (row["uri_a"], row["uri_b"], row["relation"], row["probability"]) == (first.uri, second.uri, "whole", 0.75)
    assert row["transform"] == [2, 0, -100, 0, 2, 200] and row["overlap"] == 1.0
    # x: 60 to 100 px of the first's are 20 to 100 of the second's; y: 0 to 100 are 200 to 400
    assert row["worst"] == pytest.approx([0.2, 0.5, 0.8, 0.5])
    straight = dict(zip(PAIRS.names, pair_row(one._replace(a=first.key, b=second.key), first, second), strict=True))
    assert straight["relation"] == "part" and straight["worst"] == [0.3, 0, 0.2, 1] and straight["overlap"] == 0.25


def affine(*rows):
    return np.array([*rows, (0, 0, 1.0)])


def lying(a, b, matrix, sure=1.0):
    return pair(a, b, probability=sure)._replace(transform=tuple(matrix[:2].ravel()))


NOTHING_DECIDED = Verdicts()


def looks_of(nodes, pairs, verdicts=NOTHING_DECIDED, beside=()):
    found = Component(*component(nodes, pairs, verdicts), beside=beside).looks()
    return [(look["a"].tobytes(), look["b"].tobytes(), look["guess"]) for looks in found for look in looks]


@pytest.mark.parametrize("turns", range(4))
def test_how_two_pictures_lie_on_one_another_follows_from_a_third(turns):
    onto, back = affine((2.0, 0, 10), (0, 3, -5)), affine((0, -1.5, 400), (1.5, 0, 7))
    best, through, lost, *others = (node(number) for number in range(5))
    bonds = [pair(best, other) for other in others]
    # whichever of a pair stands first
    bonds.append(lying(lost, through, onto, 0.8) if turns & 1 else lying(through, lost, np.linalg.inv(onto), 0.8))
    bonds.append(lying(through, best, back) if turns & 2 else lying(best, through, np.linalg.inv(back)))
    ((a, b, guess),) = looks_of([best, through, lost, *others], bonds)
    assert (a, b) == tuple(sorted((lost.key, best.key)))
    expected = back @ onto if a == lost.key else np.linalg.inv(back @ onto)
    np.testing.assert_allclose(guess, expected[:2].ravel())


def test_what_is_told_apart_or_a_variant_is_not_looked_at_again():
    best, through, lost, *others = nodes = [node(number) for number in range(5)]
    bonds = [pair(best, other) for other in (*others, through)] + [pair(through, lost, probability=0.8)]
    assert len(looks_of(nodes, bonds)) == 1
    variant = pair(lost, best, relation="variant")
    assert looks_of(nodes, bonds, beside=[variant]) == []
    assert len(looks_of(nodes, bonds, beside=[pair(lost, node(99), relation="variant")])) == 1
    assert looks_of(nodes, bonds, apart((lost.content_hash, best.content_hash))) == []


def test_a_picture_that_no_cluster_took_is_compared_with_the_copies_of_its_copies():
    # 0 matches 1, which the others are surer of, and 2 matches 1 and nothing else of theirs
    zero, one, two, *others = nodes = [node(number) for number in range(6)]
    bonds = [pair(a, b) for a, b in itertools.combinations((one, *others), 2)]
    bonds += [pair(zero, one)._replace(probability=0.6), pair(one, two)._replace(probability=0.6)]
    variant = pair(zero, two, relation="variant")._replace(probability=0.95)
    assert Component(*component(nodes, bonds, NOTHING_DECIDED)).stars == [(1, [0, 1, 2, 3, 4, 5])]
    told = Component(*component(nodes, bonds, NOTHING_DECIDED), beside=[variant])
    assert told.stars == [(1, [0, 1, 3, 4, 5])]
    asked = {frozenset(look[:2]) for look in looks_of(nodes, bonds, beside=[variant])}
    assert asked == {frozenset((two.key, other.key)) for other in others}


@pytest.mark.parametrize("images", [2, 3])
def test_of_two_images_nobody_asks_for_a_second_look(images, monkeypatch):
    nodes = [node(number) for number in range(images)]
    ends = [pair(nodes[0], other) for other in nodes[1:]]
    gathered = []

    def gather(*given):
        gathered.append(given)
        return Gathered(*given)

    monkeypatch.setattr(cluster, "Gathered", gather)
    known = iter([nodes[:1], nodes[1:], *(pack([one]) for one in ends)])
    assert not list(cluster._Ask(ClusterPairs(Policy(), NOTHING_DECIDED, 1, 1)).process((b"label", known)))
    assert bool(gathered) == (images == 3)


def test_a_verdict_does_not_tell_how_pictures_lie():
    best, through, lost, *others = nodes = [node(number) for number in range(5)]
    bonds = [pair(best, other) for other in (*others, through)] + [
        judged_pair(through.key, lost.key)._replace(probability=0.8)
    ]
    assert looks_of(nodes, bonds) == []
