"""Connected components by large-star and small-star: edges in, edges that are nearer to stars out.

Kiveris, Lattanzi, Mirrokni, Rastogi, Vassilvitskii 2014 (Connected Components in MapReduce and Beyond, algorithms 1 to
3). Each step looks at the neighbours of single nodes only, so nodes may be divided among workers. A graph whose
components are stars of their lowest node stays as it is.
"""

from typing import NamedTuple

import numpy as np


class Settled(NamedTuple):
    """What is known of each node from its neighbours. nodes: (n,) in order. labels: (n,) of each, the node that has the
    label of its component. open: (k, 2) edges that labels follow from.
    """

    nodes: np.ndarray
    labels: np.ndarray
    open: np.ndarray


def large_star(ends: np.ndarray) -> np.ndarray:
    """(k, 2) int64 edges of some nodes, each of which stands first in all of its own -> each neighbour that is greater
    than its node, with the least of the node and all its neighbours.
    """
    node, other, least = _by_node(ends)
    greater = other > node
    return np.stack([other[greater], np.minimum(node, least)[greater]], 1)


def small_star(ends: np.ndarray) -> np.ndarray:
    """(k, 2) int64 edges of some nodes, each first in all to smaller ones -> node and other neighbours with the
    least of the neighbours.
    """
    node, other, least = _by_node(ends)
    new = np.concatenate([np.stack([node, least], 1), np.stack([other, least], 1)])
    return np.unique(new[new[:, 0] > new[:, 1]], axis=0)


def settle(ends: np.ndarray) -> Settled:
    """(k, 2) int64 edges of some nodes, each first in all of its own.

    A node with one neighbour, a smaller one, has that one's label, and no path leads through it. So the others'
    components, and their lowest nodes, are those of the open edges: from nodes with smaller neighbours that have more
    than one neighbour, to the smaller ones.
    """
    node, other, least = _by_node(ends)
    nodes, first, count = np.unique(node, return_index=True, return_counts=True)
    leaf = (count == 1) & (least[first] < nodes)
    smaller = (other < node) & ~np.repeat(leaf, count)
    return Settled(nodes, np.where(leaf, least[first], nodes), np.stack([node, other], 1)[smaller])


def _by_node(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges -> the two ends of each in order, once, and the least neighbour of the first."""
    node, other = np.unique(ends, axis=0).T if len(ends) else ends.T
    _, first, count = np.unique(node, return_index=True, return_counts=True)
    return node, other, np.repeat(other[first], count)
