"""Confirmed pairs in, clusters out, in which every member is confirmed against the representative."""

import heapq
from typing import NamedTuple

import numpy as np
import scipy.sparse

PURE = 0.9
"""A representative must share this part of what the centre shares with the members: it shows what they show."""


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
    return lowest[label]


def star_clusters(
    nodes: int, edges: dict[tuple[int, int], float], apart: frozenset[tuple[int, int]] = frozenset()
) -> list[Star]:
    """Weighted edges between nodes that are numbered from the best copy to the worst -> stars that share no node.

    Similarity is not transitive, so a chain a - b - c makes no cluster of three unless one of them matches both
    others. Greedy cover: the node whose edges to nodes that are still free weigh most takes those; among equals
    the better copy. An edge weighs what the two pictures share of the less covered one (at most 1), so that a
    picture is the centre rather than a collage that holds it among others. The representative is then the best
    copy of those that match every member and share as much with them as the centre. What is left over forms
    further stars. O(edges log edges).

    apart: pairs i < j that may not share a star; of two such neighbours a centre takes the better copy.
    """
    near: list[dict[int, int]] = [{} for _ in range(nodes)]
    for (a, b), weight in edges.items():
        near[a][b] = near[b][a] = round(weight * 1_000_000)  # integers: sums must not depend on their order
    better: dict[int, list[int]] = {}
    for a, b in apart:
        better.setdefault(b, []).append(a)
    free = set(range(nodes))
    left = [sum(neighbours.values()) for neighbours in near]  # of the weights of those that are still free
    heap = [(-weight, node) for node, weight in enumerate(left)]
    heapq.heapify(heap)
    stars = []
    while heap:
        weight, centre = heapq.heappop(heap)
        if centre not in free:
            continue
        dropped = _incompatible(near[centre], free, better)
        now = left[centre] - sum(near[centre][node] for node in dropped)
        if now < -weight:  # neighbours were taken meanwhile: queue it where it now belongs
            heapq.heappush(heap, (-now, centre))
            continue
        taken = (near[centre].keys() & free) - dropped
        if taken:
            members = sorted(taken | {centre})
            free.difference_update(members)
            for member in members:
                for node, shared in near[member].items():
                    left[node] -= shared
            stars.append(Star(_best_copy(members, near, centre), members))
    return sorted(stars)


def _incompatible(neighbours: dict[int, int], free: set[int], better: dict[int, list[int]]) -> set[int]:
    """Those of the free neighbours that are apart from a better one that is taken with them. better: node -> nodes of
    lower number that it is apart from; only such nodes are looked at.
    """
    if not better:
        return set()
    dropped: set[int] = set()
    smaller, larger = sorted((neighbours.keys(), better.keys()), key=len)
    for node in sorted(n for n in smaller if n in larger and n in free):
        if any(other in neighbours and other in free and other not in dropped for other in better[node]):
            dropped.add(node)
    return dropped


def _best_copy(members: list[int], near: list[dict[int, int]], centre: int) -> int:
    """The lowest-numbered member that matches all others and shares nearly as much; the centre is one such."""

    def shared(node: int) -> int:
        return sum(near[node].get(member, 0) for member in members)

    least = PURE * shared(centre)
    for node in members:
        if node == centre:
            return node
        matches_all = all(member in near[node] for member in members if member != node)
        if matches_all and shared(node) >= least:
            return node
    return centre
