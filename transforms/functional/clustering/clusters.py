"""Confirmed pairs in, clusters out, in which every member is confirmed against the representative."""

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse

PURE = 0.9
"""A representative must share this part of what the centre shares with the members: it shows what they show."""
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
    def strength(self) -> tuple[bool, int]:
        """Bonds in order, the strongest greatest: whoever is most surely a copy, and shares most."""
        return self.relation not in OTHERS, self.weight

    @property
    def is_firm(self) -> bool:
        """Do other pictures that are tied to one of the two like this have something in common with the other?"""
        return self.relation in FULL or self.cut or self.shared >= MAIN


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
) -> list[Star]:
    """Bonds between nodes, numbered from the best copy to the worst, by pairs i < j -> stars that share no node.

    Similarity is not transitive, so a chain a - b - c makes no cluster of three unless one of them matches both
    others. Three steps, in O(bonds log bonds):

    1. Greedy cover: the node whose firm bonds to nodes that are still free weigh most takes those; among equals the
       better copy. Nodes that it is tied to loosely may have nothing to do with one another: of those that have no firm
       company elsewhere it takes as many kinds as it has firm company itself, which is one stray picture beside each
       that proves what the cluster is about. Those that are tied among themselves are of one kind. The representative
       is one of those that match every member and share nearly as much with them as the centre: of the first tier that
       is among them, the best copy of those that are most like the members, or nearly.
    2. A member that is tied more strongly, and firmly, to the representative of another star moves there; where too
       little company is left for the kinds of loose ones, these become free. A star all of whose members match the
       representative of another one becomes a part of that; and whoever is left alone, or was not taken, joins the star
       that it is tied to most strongly: both by the rule for kinds.
    3. Where a member matches somebody who is still free, whom the representative does not match, and might represent
       the star as well, it does, and takes those. What is free then is covered as in the first step.

    apart: pairs that may not share a star; of two such neighbours a centre takes the better copy. tiers: of each node,
    in order, the first best: by what goes before likeness in the choice of a representative; (): nothing does.
    """
    graph = _Graph(nodes, bonds, apart, tiers)
    graph.cover()
    graph.move()
    graph.merge()
    graph.join()
    graph.recentre()
    graph.join()
    graph.cover()
    return sorted(star.told() for star in graph.stars)


class _Growing:
    """A star while it is made. loose: members that are not tied firmly to the representative; kinds: of these."""

    def __init__(self, representative: int, members: Iterable[int], loose: Iterable[int], kinds: int) -> None:
        self.representative = representative
        self.members, self.loose, self.kinds = set(members), set(loose), kinds

    @property
    def company(self) -> int:
        """The representative and those that are tied firmly to it."""
        return len(self.members) - len(self.loose)

    def told(self) -> Star:
        return Star(self.representative, sorted(self.members))


class _Graph:
    """free: nodes in no star. star_of: the star of a representative."""

    def __init__(
        self,
        nodes: int,
        bonds: Mapping[tuple[int, int], Bond],
        apart: frozenset[tuple[int, int]],
        tiers: Sequence[int] = (),
    ) -> None:
        self.tiers = tiers or [0] * nodes
        self.near: list[dict[int, Bond]] = [{} for _ in range(nodes)]
        for (a, b), bond in bonds.items():
            self.near[a][b] = self.near[b][a] = bond
        self.apart: dict[int, set[int]] = {}
        for a, b in apart:
            self.apart.setdefault(a, set()).add(b)
            self.apart.setdefault(b, set()).add(a)
        self.free, self.stars = set(range(nodes)), list[_Growing]()

    def cover(self) -> None:
        """Make stars of free nodes until no two of them are tied, but for what a centre had to leave out."""
        # of the weights of firm bonds to those that are still free
        left = {node: sum(self._firm(node, self.free)) for node in self.free}
        heap = [(-weight, node) for node, weight in left.items()]
        heapq.heapify(heap)
        while heap:
            weight, centre = heapq.heappop(heap)
            if centre not in self.free:
                continue
            dropped = self._incompatible(centre)
            now = left[centre] - sum(bond.weight for node in dropped if (bond := self.near[centre][node]).is_firm)
            if now < -weight:  # neighbours were taken meanwhile: queue it where it now belongs
                heapq.heappush(heap, (-now, centre))
                continue
            star = self._star(centre, dropped, left)
            if star is None:
                continue
            self.stars.append(star)
            self.free -= star.members
            for member in star.members:
                for node, bond in self.near[member].items():
                    if node in self.free and bond.is_firm:
                        left[node] -= bond.weight

    def move(self) -> None:
        """Members to the stars that they are tied to more strongly; who is then held by too little becomes free."""
        star_of = {star.representative: star for star in self.stars}
        for star in self.stars:
            for member in sorted(star.members - {star.representative}):
                own = self.near[member][star.representative].strength
                for other in self._strongest_first(member, star_of):
                    bond = self.near[member][other]
                    if bond.strength <= own or not bond.is_firm:
                        break
                    if self._fits(member, star_of[other]):
                        star.members.remove(member)
                        star.loose.discard(member)
                        star_of[other].members.add(member)
                        break
        for star in self.stars:
            if star.kinds > star.company:  # those that proved what it is about have left
                self.free |= star.loose
                star.members -= star.loose
                star.loose, star.kinds = set(), 0
        self.free.update(star.representative for star in self.stars if len(star.members) == 1)
        self.stars = [star for star in self.stars if len(star.members) > 1]

    def merge(self) -> None:
        """Stars into those whose representatives all of their members match, those of the lesser copies first."""
        star_of = {star.representative: star for star in self.stars}
        for representative in sorted(star_of, reverse=True):
            if self._take(sorted(star_of[representative].members), representative, star_of):
                del star_of[representative]
        self.stars = list(star_of.values())

    def join(self) -> None:
        """Free nodes into the stars that they are tied to most strongly and that take them."""
        star_of = {star.representative: star for star in self.stars}
        for node in sorted(self.free):
            if self._take([node], node, star_of):
                self.free.remove(node)

    def recentre(self) -> None:
        """Have members represent their stars that match some who are free, where the representative does not."""
        for place, star in enumerate(self.stars):
            known = self.near[star.representative]
            gains = {}
            for node in star.members - {star.representative}:
                free = (other for other in self.near[node].keys() & self.free if other not in known)
                gains[node] = sum(self.near[node][other].weight for other in free)
            most_first = sorted((node for node, gain in gains.items() if gain), key=lambda node: (-gains[node], node))
            found = (self._represented(star, node) for node in most_first)
            self.stars[place] = next((other for other in found if other), star)

    def _represented(self, star: _Growing, node: int) -> _Growing | None:
        """The same members, with another of them as their representative, if it may be."""
        old, members = star.representative, star.members
        if self.tiers[node] > self.tiers[old] or not self._matches_all(node, members):
            return None
        if self._shared(node, members) < PURE * self._shared(old, members):
            return None
        strays = self._strays(node, members)
        seen, kinds = set[int](), 0
        for stray in strays:
            kinds += not self._is_tied(stray, seen)
            seen.add(stray)
        return _Growing(node, members, strays, kinds) if kinds <= len(members) - len(strays) else None

    def _strays(self, representative: int, members: Iterable[int]) -> list[int]:
        """Members that are not tied firmly to their representative, in order."""
        near = self.near[representative]
        return sorted(node for node in members if node != representative and not near[node].is_firm)

    def _take(self, nodes: list[int], first: int, star_of: Mapping[int, _Growing]) -> bool:
        """Have the first star that all of some nodes match, and that takes them, take them; those that `first` is tied
        to most strongly are asked first.
        """
        for other in self._strongest_first(first, star_of):
            near, star = self.near[other], star_of[other]
            if not all(node in near and self._fits(node, star) for node in nodes):
                continue
            loose = [node for node in nodes if not near[node].is_firm]
            new = bool(loose) and not any(self._is_tied(node, star.loose) for node in loose)
            if new and star.kinds >= star.company:
                continue
            star.members.update(nodes)
            star.loose.update(loose)
            star.kinds += new
            return True
        return False

    def _firm(self, node: int, among: set[int]) -> Iterator[int]:
        """Weights of the firm bonds of a node to some others."""
        few, many = sorted((self.near[node].keys(), among), key=len)
        bonds = (self.near[node][other] for other in few if other in many)
        return (bond.weight for bond in bonds if bond.is_firm)

    def _star(self, centre: int, dropped: set[int], left: dict[int, int]) -> _Growing | None:
        near = self.near[centre]
        taken = (near.keys() & self.free) - dropped
        company = {centre, *(node for node in taken if near[node].is_firm)}
        loose: set[int] = set()
        kinds = 0
        for node in sorted(taken - company, key=lambda node: (*(-part for part in near[node].strength), node)):
            if left[node] > sum(self._firm(node, company)):
                continue  # others are more like it
            new = not self._is_tied(node, loose)
            if not new or kinds < len(company):
                loose.add(node)
                kinds += new
        members = sorted(company | loose)
        if len(members) == 1:
            return None
        best = self._best_copy(members, centre)
        return _Growing(best, members, self._strays(best, members), kinds)

    def _strongest_first(self, node: int, among: Mapping[int, _Growing]) -> list[int]:
        near = self.near[node]
        chosen = (other for other in near if other in among and other != node)
        return sorted(chosen, key=lambda other: (*(-part for part in near[other].strength), other))

    def _is_tied(self, node: int, others: set[int]) -> bool:
        few, many = sorted((self.near[node].keys(), others), key=len)
        return any(other in many for other in few)

    def _fits(self, node: int, star: _Growing) -> bool:
        return not (self.apart.get(node, set()) & star.members)

    def _incompatible(self, centre: int) -> set[int]:
        """Those of the free neighbours that are apart from a better one that is taken with them."""
        near, dropped = self.near[centre].keys(), set[int]()
        if not self.apart:
            return dropped
        few, many = sorted((near, self.apart.keys()), key=len)
        for node in sorted(n for n in few if n in many and n in self.free):
            better = (other for other in self.apart[node] if other < node)
            if any(other in near and other in self.free and other not in dropped for other in better):
                dropped.add(node)
        return dropped

    def _best_copy(self, members: list[int], centre: int) -> int:
        """Who represents the members of a star; the centre may."""
        least = PURE * self._shared(centre, members)
        able = [
            node
            for node in members
            if node == centre or (self._matches_all(node, members) and self._shared(node, members) >= least)
        ]
        likeness = {
            node: sum(self.near[node][member].likeness for member in members if member != node)
            for node in able
            if self.tiers[node] == self.tiers[able[0]]
        }
        most = max(likeness.values())
        return next(node for node, like in likeness.items() if like >= CLOSE * most)

    def _matches_all(self, node: int, members: Collection[int]) -> bool:
        near = self.near[node]
        return len(near) >= len(members) - 1 and all(member in near for member in members if member != node)

    def _shared(self, node: int, members: Iterable[int]) -> int:
        near = self.near[node]
        return sum(near[member].weight for member in members if member in near)
