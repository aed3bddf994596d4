"""Confirmed pairs in, clusters out, in which every member is confirmed against the representative."""

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse

PURE = 0.9
"""A representative must share this part of what any other could share with the members: it shows what they show."""
CLOSE = 0.99
"""And be this nearly as like to the members as the one that is most: an edit is less like to the other edits of a
picture than the picture itself is."""
MAIN = 0.55
"""Of either picture: two that lie in a third and are so much of it have something in common, and so have two of which a
third is so much. Below it they may have nothing: tiles of a collage, letters with one logo, screenshots with one frame.
"""
FULL = ("same", "variant", "view")
"""Relations in which the pictures have their whole extent in common. Something may lie over a part, too."""
OTHERS = ("variant", "view")
"""Relations of pictures that are no copies of one another."""
SURE = 9
"""Tenths of certainty from which a bond is sure, and of probability from which two pictures are surely variants."""
FEW = 3
"""One in so many pairs of the pictures of two clusters, or fewer, is tied: too little where no bond is sure."""


class Bond(NamedTuple):
    """What ties two pictures. relation, probability, cut: as of a Pair. shared: what they share of the one that is
    covered less, 0..1. alike: how like they are in that, 0..1.
    """

    relation: str
    probability: float
    shared: float
    cut: bool = False
    alike: float = 1.0

    @property
    def weight(self) -> int:
        """In millionths: whole numbers, since sums must not depend on their order."""
        return round(self.probability * (1.0 if self.relation in FULL else self.shared) * 1_000_000)

    @property
    def likeness(self) -> int:
        """`alike`, in millionths."""
        return round(self.alike * 1_000_000)

    @property
    def certainty(self) -> int:
        """How sure it is that they are copies, and how like they are, in tenths; below zero where they are no copies.
        In steps, since a thousandth says nothing of what is nearly certain.
        """
        tenths = round(self.probability * self.alike * 1_000_000) // 100_000
        return tenths - 11 if self.relation in OTHERS else tenths

    @property
    def is_firm(self) -> bool:
        """Do other pictures that are tied to one of the two like this have something in common with the other?"""
        return self.relation in FULL or self.cut or self.shared >= MAIN


def weight_against(relation: str, probability: float) -> int:
    """What is found of a pair that joins nothing -> how much it speaks against the two being copies of one picture, in
    millionths: nothing where they are not surely variants. Copies of one picture with other things over them are called
    variants, but seldom surely.
    """
    weight = round(probability * 1_000_000)
    return weight if relation == "variant" and weight >= SURE * 100_000 else 0


class Star(NamedTuple):
    """One cluster: the representative and all members, itself included, by index, best copy first."""

    representative: int
    members: list[int]


def components(nodes: int, edges: np.ndarray) -> np.ndarray:
    """(k, 2) edges between `nodes` nodes -> (nodes,) int32: the lowest node of each node's connected component."""
    ones = np.ones(len(edges), np.int8)
    graph = scipy.sparse.csr_array((ones, (edges[:, 0], edges[:, 1])), shape=(nodes, nodes))
    count, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    lowest = np.full(count, nodes, np.int32)
    np.minimum.at(lowest, label, np.arange(nodes, dtype=np.int32))
    lowest_of_own: np.ndarray = lowest[label]
    return lowest_of_own


def star_clusters(
    nodes: int,
    bonds: Mapping[tuple[int, int], Bond],
    apart: frozenset[tuple[int, int]] = frozenset(),
    tiers: Sequence[int] = (),
    against: Mapping[tuple[int, int], int] | None = None,
    images: Sequence[int] = (),
) -> list[Star]:
    """Bonds between nodes, numbered from the best copy to the worst, by pairs i < j -> stars that share no node.

    Similarity is not transitive, so a chain a - b - c makes no cluster of three unless one of them matches both
    others. Clusters grow from single nodes: two become one as long as somebody in them could represent both, which is
    who matches all of either. Those go first that are tied by the surest bond, and among equals those that share most
    by all of their bonds. So a picture is with its surest partner before a doubtful bond is looked at, and that can
    no longer bring two clusters together unless it is one of their best's.

    Who is tied to a member loosely may have nothing to do with the others that are tied to it like this. So nobody
    represents more members that are tied to it loosely than it has company: itself, and those that are tied to it
    firmly. And without a sure bond, two clusters do not become one if more speaks against it than for it, or if both
    have two members or more, of which only few are tied: then it is one picture that resembles all others.

    The representative is one of those that match every member and share nearly as much with them as any: of the first
    tier that is among them, the best copy of those that are most like the members, or nearly. Where somebody has
    company enough when images of equal pixels are counted one by one, it is one of these: of a picture that was saved
    twice and a page that shows it, the picture represents. Of two that are tied loosely, such as a logo and one of
    several letters that show it, whoever is tied to more pictures does.

    apart: pairs that may not share a star. tiers: of each node, in order, the first best: by what goes before likeness
    in the choice of a representative; (): nothing does. against: of pairs i < j that are surely no copies, in
    millionths. images: of equal pixels, that each node stands for; (): one each.
    """
    growing = _Growing(nodes, bonds, apart, against or {})
    growing.grow()
    return sorted(growing.stars(tiers or [0] * nodes, images or [1] * nodes))


class _Link:
    """What ties two clusters: the certainty of the surest bond, the sum of what all of them share, and how many there
    are. refused: by these bonds they may not be one, whoever joins either.
    """

    __slots__ = ("bonds", "certainty", "refused", "shared")

    def __init__(self, certainty: int, shared: int, bonds: int = 1) -> None:
        self.certainty, self.shared, self.bonds, self.refused = certainty, shared, bonds, False

    def add(self, other: "_Link") -> None:
        self.refused = self.refused and not other.bonds
        self.certainty = max(self.certainty, other.certainty)
        self.shared += other.shared
        self.bonds += other.bonds


NOTHING = _Link(-100, 0, 0)


class _Growing:
    """Clusters, each under the number of one of its nodes.

    near: of each node, its bonds; loose: those that it is tied to loosely. members: of each cluster. able: who could
    represent it, and how many of the members are tied to it loosely. links: of each cluster, to others. against,
    apart: what speaks against their being one, and who may not be in it.
    """

    def __init__(
        self,
        nodes: int,
        bonds: Mapping[tuple[int, int], Bond],
        apart: frozenset[tuple[int, int]],
        against: Mapping[tuple[int, int], int],
    ) -> None:
        self.near: list[dict[int, Bond]] = [{} for _ in range(nodes)]
        self.loose: list[set[int]] = [set() for _ in range(nodes)]
        self.links: list[dict[int, _Link]] = [{} for _ in range(nodes)]
        self.against: list[dict[int, int]] = [{} for _ in range(nodes)]
        self.apart: list[set[int]] = [set() for _ in range(nodes)]
        self.members = [{node} for node in range(nodes)]
        self.able = [{node: 0} for node in range(nodes)]
        for (a, b), bond in bonds.items():
            self.near[a][b] = self.near[b][a] = bond
            self.links[a][b] = self.links[b][a] = _Link(bond.certainty, bond.weight * bond.likeness // 1_000_000)
            if not bond.is_firm:
                self.loose[a].add(b)
                self.loose[b].add(a)
        for (a, b), weight in against.items():
            if weight:
                self.against[a][b] = self.against[b][a] = weight
        for a, b in apart:
            self.apart[a].add(b)
            self.apart[b].add(a)

    def grow(self) -> None:
        """Make one of two clusters until no two are left that may be one."""
        waiting = [self._entry(a, b) for a, links in enumerate(self.links) for b in links if a < b]
        heapq.heapify(waiting)
        while waiting:
            entry = heapq.heappop(waiting)
            _, _, a, b = entry
            if b not in self.links[a] or entry != self._entry(a, b):
                continue  # they are one, or in others; or bonds were added: then it stood further ahead, too
            able = self._able(a, b)
            if able:
                for entry in self._unite(a, b, able):
                    heapq.heappush(waiting, entry)
            else:
                self.links[a][b].refused = True

    def stars(self, tiers: Sequence[int], images: Sequence[int]) -> Iterator[Star]:
        """The clusters of two or more, and who represents each."""
        for name, members in enumerate(self.members):
            if len(members) > 1:
                able = sorted(node for node, loose in self.able[name].items() if 2 * loose <= len(members))
                most = sum(images[node] for node in members) / 2
                first = [node for node in able if sum(images[one] for one in self.loose[node] & members) <= most]
                if first and len(members) == 2 and self.loose[first[0]] & members:
                    known = max(len(self.near[node]) for node in first)
                    first = [node for node in first if len(self.near[node]) == known]
                yield Star(self._representative(first or able, members, tiers), sorted(members))

    def _entry(self, a: int, b: int) -> tuple[int, int, int, int]:
        """Two clusters that are tied, and their place in the order."""
        link = self.links[a][b]
        return -link.certainty, -link.shared, min(a, b), max(a, b)

    def _able(self, a: int, b: int) -> dict[int, int]:
        """Who could represent two clusters, and how many of their members are tied to it loosely; nobody where they may
        not be one.
        """
        link = self.links[a][b]
        if not self.apart[a].isdisjoint(self.members[b]):
            return {}
        if link.certainty < SURE and self._is_doubtful(a, b, link):
            return {}
        able = dict(itertools.chain(self._able_too(a, b), self._able_too(b, a)))
        most = (len(self.members[a]) + len(self.members[b])) // 2
        return able if min(able.values(), default=most) <= most else {}

    def _is_doubtful(self, a: int, b: int, link: _Link) -> bool:
        """Does too little speak for it that two clusters are one?"""
        if self.against[a].get(b, 0) > link.shared:
            return True
        less, more = sorted((len(self.members[a]), len(self.members[b])))
        return less > 1 and FEW * link.bonds <= less * more

    def _able_too(self, name: int, other: int) -> Iterator[tuple[int, int]]:
        """Of those who could represent a cluster, those who could represent another one as well."""
        able, added = self.able[name], self.members[other]
        for node in self.near[next(iter(added))].keys() & able.keys():
            if self.near[node].keys() >= added:
                yield node, able[node] + len(self.loose[node] & added)

    def _unite(self, a: int, b: int, able: dict[int, int]) -> Iterator[tuple[int, int, int, int]]:
        """Make one of two clusters -> its links to others that are not what they were, in the order."""
        into, gone = sorted((a, b), key=lambda name: (-len(self.links[name]) - len(self.against[name]), name))
        self.able[into], self.able[gone] = able, {}
        for sets in (self.members, self.apart):
            less, more = sorted((sets[into], sets[gone]), key=len)
            more |= less
            sets[into], sets[gone] = more, set()
        for other, weight in self.against[gone].items():
            del self.against[other][gone]
            if other != into:
                self.against[into][other] = self.against[other][into] = self.against[into].get(other, 0) + weight
        for other, link in self.links[gone].items():
            del self.links[other][gone]
            if other != into:
                link.add(self.links[into].get(other, NOTHING))
                self.links[into][other] = self.links[other][into] = link
                if not link.refused:
                    yield self._entry(into, other)
        self.links[gone], self.against[gone] = {}, {}

    def _representative(self, able: list[int], members: set[int], tiers: Sequence[int]) -> int:
        shared = {node: sum(self.near[node][member].weight for member in members if member != node) for node in able}
        least = PURE * max(shared.values())
        pure = [node for node in able if shared[node] >= least]
        likeness = {
            node: sum(self.near[node][member].likeness for member in members if member != node)
            for node in pure
            if tiers[node] == tiers[pure[0]]
        }
        most = max(likeness.values())
        return next(node for node, like in likeness.items() if like >= CLOSE * most)
