"""Rows of the clusters table: what each image of a component is to the copy that is kept, and why."""

import hashlib
from collections.abc import Iterator, Sequence

from lookalike.transforms.clustering.component import Component
from lookalike.transforms.clustering.reclaiming import EdgeToKept, Reclaimed, reclaim
from lookalike.transforms.core.columns import carried
from lookalike.transforms.functional.verification.relations import turned
from lookalike.transforms.io.parquet_sink import Row


class ClusterRows:
    """The rows of a component's clusters. names: of carried columns."""

    def __init__(self, component: Component, names: Sequence[str] = ()) -> None:
        self.component, self.names = component, names

    def rows(self) -> Iterator[Row]:
        """Rows of the clusters table."""
        component, stars = self.component, self.component.stars
        heads = sorted(component.groups)
        in_star = {heads[member] for star in stars for member in star.members}
        for star in stars:
            yield from self._star_rows(heads[star.representative], [heads[m] for m in star.members])
        for head in heads:
            if len(component.groups[head]) > 1 and head not in in_star and component.are_asked_for(head, head):
                yield from self._star_rows(head, [head])

    def _star_rows(self, head: int, members: list[int]) -> Iterator[Row]:
        """One cluster's rows. `head` is the best of its equals, and so the representative."""
        component, best = self.component, self.component.nodes[head]
        equals = component.groups[head] if component.are_asked_for(head, head) else [head]
        others = (i for member in members if member != head for i in component.groups[member])
        chosen = sorted([*equals, *others])
        head_of = {i: member for member in members for i in component.groups[member]}
        name = self._name(head)
        reclaimed = self._reclaimed(head, [i for i in chosen if i != head], head_of)
        for i in chosen:
            node = component.nodes[i]
            if self._is_equal(i, head, head_of[i]):
                match = "exact" if node.content_hash == best.content_hash else "pixels"
                scores, relation = (1.0, 1.0, 1.0), "same"
            else:
                pair = component.pair(head, head_of[i])
                match, scores = ("near" if pair.match in ("exact", "pixels") else pair.match), pair[4:7]
                # the pair may be another's of equal pixels
                relation = turned(pair.relation) if component.pixels[pair.a] == best.pixel_hash else pair.relation
            yield (
                name, node.uri, i == head, best.uri, *scores, match, relation, len(chosen),
                node.width, node.height, node.bytes, i in reclaimed.members, reclaimed.bytes,
                self._reason(head, i, chosen), *carried(self.names, node.columns or {}),
            )  # fmt: skip

    def _name(self, head: int) -> str:
        """The id of the cluster of a representative: where there are scopes, each may have one of the same content."""
        component = self.component
        scope = component.scopes[head].to_bytes(8, "big") if component.rule else b""
        return hashlib.blake2b(component.nodes[head].content_hash + scope, digest_size=16).hexdigest()

    def _reclaimed(self, head: int, others: list[int], head_of: dict[int, int]) -> Reclaimed:
        component, best = self.component, self.component.nodes[head]
        edges = []
        for i in others:
            pair = None if self._is_equal(i, head, head_of[i]) else component.pair(head, head_of[i])
            edges.append(
                EdgeToKept(
                    i, component.nodes[i], pair, pair is not None and component.pixels[pair.a] == best.pixel_hash
                )
            )
        return reclaim(best, edges, component.policy)

    def _is_equal(self, index: int, head: int, own_head: int) -> bool:
        """Has an image the pixels of a representative? Where there are scopes, a head of its own can stand for it."""
        nodes = self.component.nodes
        return own_head == head or (bool(self.component.rule) and nodes[index].pixel_hash == nodes[head].pixel_hash)

    def _reason(self, head: int, index: int, chosen: list[int]) -> str:
        """Why an image is kept or not, in words."""
        nodes, policy = self.component.nodes, self.component.policy
        if index == head:
            worse = next((i for i in chosen if i > head), None)
            return "kept: " + (
                "the only one to match all" if worse is None else policy.reason(nodes[head], nodes[worse])
            )
        why = policy.reason(nodes[head], nodes[index])
        if index < head:
            return f"{why}, but it does not match every other member as well as the kept copy"
        return f"{why} in the kept copy"
