"""Which members of a cluster can go with nothing lost but bytes, and how many bytes that gives back."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from lookalike.transforms.clustering.keep_policy import LOSSY, PALETTE, Policy
from lookalike.transforms.core.records import Node, Pair
from lookalike.transforms.functional.verification import relations
from lookalike.transforms.functional.verification.sharpness import Seen, is_as_sharp
from lookalike.transforms.functional.verification.showing import ALIKE, LEGIBLE, RECOLOURED, SHOWN, STRAIGHT, showing
from lookalike.transforms.storage.links import Name, name_of

HELD_BY = {
    "RGB": ("RGB", "RGBA", "grey16", "RGB16", "RGBA16"),
    "RGBA": ("RGBA", "RGBA16"),
    "grey16": ("grey16", "RGB16", "RGBA16"),
    "RGB16": ("RGB16", "RGBA16"),
}
"""How values are stored, and where nothing of that is lost; other kinds are held by their own only."""


class EdgeToKept(NamedTuple):
    """What ties a member of a cluster, by its number, to the kept copy. pair: None where their pixels are equal.
    kept_is_a: the kept copy is the first of the pair.
    """

    number: int
    node: Node
    pair: Pair | None
    kept_is_a: bool


class Reclaimed(NamedTuple):
    """members: numbers of those that can go. bytes: what the disk has back when all of these are gone."""

    members: frozenset[int]
    bytes: int


def reclaim(kept: Node, edges: Sequence[EdgeToKept], policy: Policy) -> Reclaimed:
    """The kept copy and what ties all others of its cluster to it -> which of them can go.

    Each is a file of its own that nobody protects, and the kept copy shows it whole. A file with hard links goes with
    all of its names or not at all, since nothing is gained before the last; a symbolic link never goes, nor
    does the file that a listed one leads to, and nothing goes for the sake of one.
    """
    keeper = name_of(kept.uri, kept.file)
    files: dict[tuple[str, ...], list[EdgeToKept]] = {}
    named = [(edge, name_of(edge.node.uri, edge.node.file)) for edge in edges]
    # a link is in the cluster of its file, since their bytes are equal; it would lead nowhere without the file
    taken = {name.path for _, name in named if name.symbolic}
    for edge, name in named:
        # one place that was listed under two spellings goes once
        if _can_go(kept, keeper, edge, name, policy) and name.path not in taken:
            taken.add(name.path)
            file = (name.inode, edge.node.content_hash.hex(), str(name.names)) if name.inode else (name.path,)
            files.setdefault(file, []).append(edge)
    whole = [names for file, names in files.items() if len(file) == 1 or len(names) == int(file[2])]
    return Reclaimed(
        frozenset(edge.number for names in whole for edge in names), sum(names[0].node.bytes for names in whole)
    )


def _can_go(kept: Node, keeper: Name, edge: EdgeToKept, name: Name, policy: Policy) -> bool:
    if keeper.symbolic or name.symbolic or name.path == keeper.path or policy.is_protected(edge.node.uri, name.path):
        return False
    # inodes are those of one disk: equal files on two disks that share one are taken for one file, and stay
    if name.inode and name.inode == keeper.inode and edge.node.content_hash == kept.content_hash:
        return False
    return shows_whole(kept, edge, policy)


def shows_whole(kept: Node, edge: EdgeToKept, policy: Policy) -> bool:
    """Does the kept copy show all that a member shows, as it does and no less sharp, and is the member what may go?

    Equal pixels do. Of others the relation, the alignment and the files tell, where both have one frame; a verdict
    alone tells nothing of it. In doubt the member stays, and so does one that is the better copy, but is not as like
    to the others.
    """
    pair = edge.pair
    if pair is None:
        return True
    if pair.match == "verdict" or kept.frames != 1 or edge.node.frames != 1 or not holds(kept, edge.node):
        return False
    if not _may_go(edge, policy) or policy.prefers(edge.node, kept):
        return False
    if pair.recoloured > RECOLOURED or pair.ssim < ALIKE or pair.least < LEGIBLE:
        return False
    shown, of_both, detail, distortion = showing(pair.transform, pair.overlap, pair.covered, edge.kept_is_a)
    # a frame or a margin that the kept copy alone has
    if pair.relation == "same" and of_both < SHOWN:
        return False
    if shown < SHOWN or detail < policy.settings.detail or distortion > STRAIGHT:
        return False
    seen, other = (Seen(node.detail, node.width) for node in (kept, edge.node))
    return is_as_sharp(seen, other, detail) and keeps_as_much(kept, edge.node, detail)


def keeps_as_much(kept: Node, other: Node, detail: float) -> bool:
    """Is there no sign that the kept copy was made from the other, or from one like it, with a loss that thumbnails
    don't show: by compression, by fewer colours or by enlargement?

    detail: the kept copy's pixels for one pixel of the other, along a line.
    """
    if kept.format in PALETTE and other.format not in PALETTE:
        return False
    if kept.format not in LOSSY:
        return True
    if other.format not in LOSSY:
        return False
    # pictures of one subject and quality have fewer bytes for each pixel the more pixels they have; enlarged ones have
    # far fewer
    kept_bytes, other_bytes = (node.bytes / (node.width * node.height) for node in (kept, other))
    return kept_bytes * math.sqrt(detail) >= other_bytes


def _may_go(edge: EdgeToKept, policy: Policy) -> bool:
    assert edge.pair is not None
    relation = relations.turned(edge.pair.relation) if edge.kept_is_a else edge.pair.relation
    if relation not in policy.settings.reclaim or edge.pair.probability < policy.settings.certainty:
        return False
    # a picture is not given up for a collage, a page or a screen that shows it among other things; where
    # something lies over it, only what both share tells whether it is a part
    small = relation == "overlaid" and min(edge.pair.overlap, edge.pair.covered) < relations.SHOWN
    if (relation == "part" or small) and not edge.pair.cut:
        return False
    # the one that goes is the one with something over it, and it must be known which that is
    return relation != "overlaid" or edge.pair.laid == (2 if edge.kept_is_a else 1)


def holds(kept: Node, other: Node) -> bool:
    """Can the values of the kept copy hold what another's hold: transparency, all bits, and not only their picture?"""
    # what has more than its values ("+"), or values that it doesn't show ("~"), is held by nobody
    return "~" not in other.samples and kept.samples.rstrip("+") in HELD_BY.get(other.samples, (other.samples,))
