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
    free = set(range(nodes))
    heap = [(-sum(near[node].values()), node) for node in range(nodes)]
    heapq.heapify(heap)
    stars = []
    while heap:
        weight, centre = heapq.heappop(heap)
        if centre not in free:
            continue
        taken = _compatible(near[centre].keys() & free, apart)
        now = sum(near[centre][node] for node in taken)
        if now < -weight:  # neighbours were taken meanwhile: queue it where it now belongs
            heapq.heappush(heap, (-now, centre))
        elif taken:
            members = sorted(taken | {centre})
            free -= set(members)
            stars.append(Star(_best_copy(members, near, centre), members))
    return sorted(stars)


def _compatible(nodes: set[int], apart: frozenset[tuple[int, int]]) -> set[int]:
    """The nodes without those that are apart from a better one among them."""
    if not apart:
        return nodes
    taken: set[int] = set()
    for node in sorted(nodes):
        if not any((other, node) in apart for other in taken):
            taken.add(node)
    return taken


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
