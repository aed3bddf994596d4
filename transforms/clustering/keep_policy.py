"""The block `cluster`: what makes clusters, which of several copies is kept and why, and what of the others may go."""

import dataclasses
import functools
from typing import Annotated

from lookalike.transforms.core.schemas import Node
from lookalike.transforms.core.settings import Several, Share, Text, refuse, wrong
from lookalike.transforms.functional.images.formats.opened import FOUND
from lookalike.transforms.functional.verification.relations import JOINING, RELATIONS, from_either_side
from lookalike.transforms.ingest.prefixes import is_below
from lookalike.transforms.storage.links import is_symbolic, name_of

CRITERIA = {
    "protected": "a protected prefix",
    "path": "a preferred prefix",
    "pixels": "more pixels",
    "format": "a preferred format",
    "exif": "EXIF present",
    "compression": "more bytes a pixel",
    "oldest": "older",
    "newest": "newer",
    "largest": "more bytes",
    "smallest": "fewer bytes",
    "uri": "first in order of URI",
}
"""What can make a copy better, and how that is said. An unknown time is never better; 'uri' is always the last
criterion, so that the order is total."""
GOES = ("same", "overlaid", "part")
"""Relations to the kept copy of which it can show all. What is more than it never goes."""
A_FILE = "no symbolic link"
"""What goes before all criteria: a link is kept only where there is nothing else."""


@dataclasses.dataclass(frozen=True)
class Policy:
    """Key function for sorting Nodes, best copy first.

    prefer: names of CRITERIA, the most important first. protected: prefixes of URIs, as `prefixes.spelled` has them,
    under which nothing is ever touched. paths: such prefixes, the preferred first; others come after them. formats: the
    same for Pillow's names. join: relations that make clusters; `part` and `whole` are one, from either side. reclaim:
    relations to the kept copy in which a copy may go, and detail: the least length in pixels that the kept one then has
    for one pixel of the copy.
    """

    prefer: Annotated[tuple[str, ...], Several(Text(tuple(CRITERIA)))]
    protected: Annotated[tuple[str, ...], Several(Text(least=1))] = ()
    paths: Annotated[tuple[str, ...], Several(Text(least=1))] = ()
    formats: Annotated[tuple[str, ...], Several(Text(FOUND))] = ()
    join: Annotated[tuple[str, ...], Several(Text(RELATIONS[1:]))] = JOINING
    reclaim: Annotated[tuple[str, ...], Several(Text(GOES))] = ("same", "part")
    detail: Share = 0.95

    def __post_init__(self) -> None:
        """Refuse what can't be; lists, as the configuration has them, become tuples."""
        refuse("cluster", self)
        for name in ("prefer", "protected", "paths", "formats", "join", "reclaim"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if "same" not in self.join:
            raise wrong("cluster.join", list(self.join), "a list with 'same', since equal pictures always join")

    @functools.cached_property
    def joining(self) -> frozenset[str]:
        """Relations, from either side, that make clusters."""
        return from_either_side(self.join)

    def is_protected(self, *places: str) -> bool:
        """Does one of the places of an image, as it is spelled or as it is, lie under a protected prefix?"""
        return any(is_below(place, prefix) for prefix in self.protected for place in places)

    def __call__(self, node: Node) -> tuple:
        """The sort key of one image."""
        return (is_symbolic(node.file), *(self._value(name, node) for name in self.prefer), node.uri)

    def reason(self, best: Node, other: Node) -> str:
        """What makes `best` better than `other`, or `other` than `best`: the first criterion in which they differ."""
        if is_symbolic(best.file) != is_symbolic(other.file):
            return A_FILE
        for name in (*self.prefer, "uri"):
            if self._value(name, best) != self._value(name, other):
                return CRITERIA[name]
        return CRITERIA["uri"]

    def _value(self, name: str, node: Node) -> int | float | str:
        match name:
            case "protected":
                return not self.is_protected(*_places(node))
            case "path":
                return next((i for i, prefix in enumerate(self.paths) if _is_under(node, prefix)), len(self.paths))
            case "pixels":
                return -node.width * node.height
            case "format":
                return self.formats.index(node.format) if node.format in self.formats else len(self.formats)
            case "exif":
                return not node.exif
            case "compression":
                return -node.bytes / (node.width * node.height)
            case "oldest":
                return node.modified or "9999"
            case "newest":
                return "".join(chr(0x10FFFF - ord(c)) for c in node.modified) or chr(0x10FFFF) * 2
            case "largest":
                return -node.bytes
            case "smallest":
                return node.bytes
            case _:
                return node.uri


def _places(node: Node) -> tuple[str, str]:
    return node.uri, name_of(node.uri, node.file).path


def _is_under(node: Node, prefix: str) -> bool:
    return any(is_below(place, prefix) for place in _places(node))
