"""Confirmed pairs in, clusters out, in which every member is confirmed against the representative."""

import heapq
from typing import NamedTuple

import numpy as np
import scipy.sparse


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


def star_clusters(nodes: int, edges: list[tuple[int, int]]) -> list[Star]:
    """Edges between nodes that are numbered from the best copy to the worst -> stars that share no node.

    Similarity is not transitive, so a chain a - b - c makes no cluster of three unless one of them matches both
    others. Greedy cover: the node with the most confirmed neighbours that are still free takes them; among equals
    the better copy. The representative is then the best copy of those that match every member. What is left
    over forms further stars. O(edges log edges).
    """
    near: list[set[int]] = [set() for _ in range(nodes)]
    for a, b in edges:
        near[a].add(b)
        near[b].add(a)
    free = set(range(nodes))
    heap = [(-len(near[i]), i) for i in range(nodes)]
    heapq.heapify(heap)
    stars = []
    while heap:
        size, centre = heapq.heappop(heap)
        if centre not in free:
            continue
        taken = near[centre] & free
        if len(taken) < -size:  # neighbours were taken meanwhile: queue it where it now belongs
            heapq.heappush(heap, (-len(taken), centre))
            continue
        if not taken:
            break
        members = sorted(taken | {centre})
        free -= set(members)
        stars.append(Star(_best_copy(members, near, centre), members))
    return sorted(stars)


def _best_copy(members: list[int], near: list[set[int]], centre: int) -> int:
    """The lowest-numbered member that is confirmed against all others; the centre is one such."""
    for node in members:
        if node == centre or len(near[node]) >= len(members) - 1 and near[node].issuperset(m for m in members if m != node):
            return node
    return centre
