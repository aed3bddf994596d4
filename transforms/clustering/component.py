"""One connected component: which of its images stand for all of equal pixels, and what ties these."""

import functools
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.pairs import ALIGNED, LOOK
from lookalike.transforms.core.records import Node, Pair
from lookalike.transforms.functional.clustering.clusters import Bond, Star, star_clusters, weight_against
from lookalike.transforms.functional.clustering.second_looks import second_looks
from lookalike.transforms.functional.registration.affine import inverse, product
from lookalike.transforms.ingest.scopes import EVERYWHERE, ScopeRule


def bond_of(pair: Pair) -> Bond:
    """What ties the images of a pair; of a verdict nothing was measured, and a person's word makes them alike."""
    alike = 1.0 if pair.match == "verdict" else max(pair.ssim, 0.0)
    return Bond(pair.relation, pair.probability, min(pair.overlap, pair.covered), pair.cut, alike)


class Component:
    """One connected component: images, best copy first, and what was confirmed among them.

    Images of equal pixels are one node to the clustering, its head being the best of them: what is confirmed for one
    is confirmed for all. Only a verdict can part them, and where pairs are asked for across scopes, these do. Verdicts
    are looked up by the content that they concern, so that they cost nothing elsewhere.
    """

    def __init__(
        self,
        nodes: list[Node],
        pairs: list[Pair],
        policy: Policy,
        verdicts: Verdicts,
        scope: ScopeRule = EVERYWHERE,
        beside: Sequence[Pair] = (),
    ) -> None:
        """`pairs`: without those that verdicts keep apart. scope: which pairs are asked for. beside: pairs of which
        something else was found than that they join; one of either may lie in another component.
        """
        self.nodes, self.policy, self.verdicts = nodes, policy, verdicts
        self.scopes, self.rule = [scope.of_node(node) for node in nodes], scope
        self.groups: dict[int, list[int]] = {}
        self.heads_of: dict[bytes, list[int]] = {}
        self.heads_in: dict[tuple[bytes, int], list[int]] = {}
        self.holding: dict[bytes, dict[tuple[bytes, int], int]] = {}
        for index, node in enumerate(nodes):
            head = self._head_for(index, node)
            self.groups.setdefault(head, []).append(index)
        self.apart = self._apart_heads()
        self.pixels = {node.key: node.pixel_hash for node in nodes}
        self.evidence = self._evidence(pairs)
        self.beside = self._evidence([pair for pair in beside if pair.a in self.pixels and pair.b in self.pixels])

    def _head_for(self, index: int, node: Node) -> int:
        """The first head of the same pixels and scope whose group holds nothing that is apart from the node; else
        itself.
        """
        pixels = (node.pixel_hash, self.scopes[index])
        heads = self.heads_in.setdefault(pixels, [])
        concerned = self.verdicts.apart_from(node.content_hash)
        if not concerned:
            return heads[0] if heads else self._new_head(index, pixels)
        # one content has one head among equal pixels: what refuses a node refuses its copies
        holding = self.holding.setdefault(node.content_hash, {})
        head = holding.get(pixels)
        if head is None:
            refused = {self.holding[other].get(pixels) for other in concerned if other in self.holding}
            head = next((head for head in heads if head not in refused), index)
            holding[pixels] = self._new_head(index, pixels) if head == index else head
        return holding[pixels]

    def _new_head(self, index: int, pixels: tuple[bytes, int]) -> int:
        self.heads_in.setdefault(pixels, []).append(index)
        self.heads_of.setdefault(pixels[0], []).append(index)
        return index

    def _apart_heads(self) -> frozenset[tuple[int, int]]:
        """Heads a < b of groups between which there is a verdict."""
        return frozenset(
            (min(a, b), max(a, b))
            for content, holding in self.holding.items()
            for other in self.verdicts.apart_from(content)
            if other in self.holding
            for a in holding.values()
            for b in self.holding[other].values()
        )

    def _evidence(self, pairs: Sequence[Pair]) -> dict[tuple[int, int], Pair]:
        """Heads a < b -> the first of the pairs between images of their pixels."""
        evidence: dict[tuple[int, int], Pair] = {}
        first: dict[tuple[bytes, bytes], Pair] = {}
        for pair in pairs:
            a, b = self.pixels[pair.a], self.pixels[pair.b]
            first.setdefault((min(a, b), max(a, b)), pair)
        for (a, b), pair in first.items():
            for x, y in self._heads_between(a, b):
                ends = (min(x, y), max(x, y))
                if x != y and ends not in self.apart and self.are_asked_for(x, y):
                    evidence.setdefault(ends, pair)
        return evidence

    def _heads_between(self, a: bytes, b: bytes) -> Iterator[tuple[int, int]]:
        """Heads of two pixel hashes. Where each scope has heads of its own there can be many of either: then the best
        two of one, which are of two scopes, meet all of the other.
        """
        some, others = self.heads_of[a], self.heads_of[b]
        if not self.rule:
            return itertools.product(some, others)
        return itertools.chain(itertools.product(some[:2], others), itertools.product(some[2:], others[:2]))

    def are_asked_for(self, x: int, y: int) -> bool:
        """Are pairs of the scopes of these images asked for?"""
        return self.rule.allows(self.scopes[x], self.scopes[y])

    @functools.cached_property
    def number(self) -> dict[int, int]:
        """The place of each head among all, in order."""
        return {head: i for i, head in enumerate(sorted(self.groups))}

    @functools.cached_property
    def bonds(self) -> dict[tuple[int, int], Bond]:
        """What ties the heads, by their numbers in order."""
        return {(self.number[a], self.number[b]): bond_of(pair) for (a, b), pair in self.evidence.items()}

    @functools.cached_property
    def stars(self) -> list[Star]:
        """Of heads, by their numbers in order."""
        apart = frozenset((self.number[a], self.number[b]) for a, b in self.apart)
        against = {
            (self.number[a], self.number[b]): weight_against(pair.relation, pair.probability)
            for (a, b), pair in self.beside.items()
            if (a, b) not in self.evidence
        }
        keys = [self.policy.tier(self.nodes[head]) for head in self.number]
        tiers = itertools.accumulate((key != before for before, key in itertools.pairwise(keys)), initial=0)
        images = [len(self.groups[head]) for head in self.number]
        return star_clusters(len(self.groups), self.bonds, apart, list(tiers), against, images)

    def looks(self) -> Iterator[np.ndarray]:
        """For each representative of a star, and each image that no star took, LOOK records of images that may match
        it.
        """
        heads = list(self.number)
        known = {(self.number[a], self.number[b]) for a, b in (*self.apart, *self.beside)}
        taken = {member for star in self.stars for member in star.members}
        best = {star.representative for star in self.stars}
        found = second_looks(self.bonds, best | (set(self.number.values()) - taken), known)
        for _, looks in itertools.groupby(found, key=lambda look: look.representative):
            ends = [(heads[look.node], heads[look.through], heads[look.representative]) for look in looks]
            yield np.array([self._look(*three) for three in ends if self._may_match(*three)], LOOK)

    def _may_match(self, node: int, through: int, best: int) -> bool:
        aligned = all(self.pair(through, end).match in ALIGNED for end in (node, best))
        return aligned and self.are_asked_for(node, best)

    def _look(self, node: int, through: int, best: int) -> tuple[bytes, bytes, np.ndarray]:
        if self.nodes[best].key < self.nodes[node].key:
            node, best = best, node
        guess = product(self._transform(through, best), self._transform(node, through))
        return self.nodes[node].key, self.nodes[best].key, guess[:2].ravel()

    def pair(self, x: int, y: int) -> Pair:
        """The pair that ties two heads."""
        return self.evidence[min(x, y), max(x, y)]

    def _transform(self, x: int, y: int) -> np.ndarray:
        """(3, 3): from pixels of one head to those of another that it is tied to."""
        pair = self.pair(x, y)
        matrix = np.vstack([np.reshape(pair.transform, (2, 3)), (0.0, 0.0, 1.0)])
        # the pair may be another's of equal pixels
        return matrix if self.pixels[pair.a] == self.nodes[x].pixel_hash else inverse(matrix)
