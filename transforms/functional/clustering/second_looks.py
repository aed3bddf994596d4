"""Bonds in, pairs out that deserve a second look: both pictures are copies of a third, and nothing tells of the two."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lookalike.transforms.functional.clustering.clusters import Bond


class SecondLook(NamedTuple):
    """A node that may match a representative, since both match `through`."""

    node: int
    through: int
    representative: int


def second_looks(
    bonds: Mapping[tuple[int, int], Bond],
    representatives: Iterable[int],
    known: frozenset[tuple[int, int]] | set[tuple[int, int]] = frozenset(),
) -> Iterator[SecondLook]:
    """Bonds by pairs i < j, and who represents the stars that they make, or might -> for each of these, the nodes two
    firm bonds away from it that have no bond with it; each pair once.

    A copy may be confirmed with other copies of a picture and never have been compared with the one that represents
    them, because nothing proposed that pair. How the two lie on one another follows from the bonds, and the strongest
    two are chosen, by the product of their weights.

    representatives: of stars, and nodes that no star took, which represent themselves. known: pairs i < j of which
    something else was found: they are told apart, and need no second look.
    """
    near: dict[int, dict[int, Bond]] = {}
    for (a, b), bond in bonds.items():
        if bond.is_firm:
            near.setdefault(a, {})[b] = near.setdefault(b, {})[a] = bond
    done: set[int] = set()
    for representative in sorted(representatives):
        best: dict[int, tuple[int, int]] = {}
        for through, first in sorted(near.get(representative, {}).items()):
            for node, second in near[through].items():
                ends = (min(node, representative), max(node, representative))
                if node == representative or node in done or ends in bonds or ends in known:
                    continue
                candidate = (-first.weight * second.weight, through)
                best[node] = min(best.get(node, candidate), candidate)
        for node, (_, through) in sorted(best.items()):
            yield SecondLook(node, through, representative)
        done.add(representative)
