"""What makes clusters, which of several copies is kept and why, and what of the others may go."""

import dataclasses
import functools

from lookalike.transforms.core.columns import identity, is_empty
from lookalike.transforms.core.records import Node
from lookalike.transforms.core.settings.cluster import CRITERIA, ClusterSettings
from lookalike.transforms.functional.verification.relations import from_either_side
from lookalike.transforms.functional.verification.sharpness import Seen, softness
from lookalike.transforms.ingest.prefixes import is_below
from lookalike.transforms.storage.links import is_symbolic, name_of

A_FILE = "no symbolic link"
"""What goes before all criteria: a link is kept only where there is nothing else."""
LOSSY = ("JPEG", "MPO", "WEBP", "AVIF", "HEIF", "JPEG2000", "DDS")
"""Formats that most often keep less than they are given: bytes a pixel tell how much less."""
PALETTE = ("GIF",)
"""Formats that keep no more than 256 colours."""
AMPLE = 0.5
"""Bytes a pixel that a picture has in a lossy format at good quality. An enlarged copy has fewer."""
FLAT = 0.25
"""Bytes a pixel below which they tell nothing: pages and drawings have few at any quality."""


@dataclasses.dataclass(frozen=True)
class Policy:
    """Key function for sorting Nodes, best copy first.

    settings: the block `cluster` of the configuration; its prefixes of URIs as `prefixes.spelled` has them. `part` and
    `whole` are one relation, from either side.
    """

    settings: ClusterSettings = ClusterSettings()

    @functools.cached_property
    def joining(self) -> frozenset[str]:
        """Relations, from either side, that make clusters."""
        return from_either_side(self.settings.join)

    def is_protected(self, *places: str) -> bool:
        """Does one of the places of an image, as it is spelled or as it is, lie under a protected prefix?"""
        return any(is_below(place, prefix) for prefix in self.settings.protected for place in places)

    def __call__(self, node: Node) -> tuple:
        """The sort key of one image."""
        return (is_symbolic(node.file), *(self._value(name, node) for name in self.settings.prefer), node.uri)

    def tier(self, node: Node) -> tuple:
        """What of the sort key goes before likeness, which is no matter of one image."""
        prefer = self.settings.prefer
        return self(node)[: 1 + prefer.index("likeness")] if "likeness" in prefer else self(node)

    def prefers(self, one: Node, other: Node) -> bool:
        """Is `one` better than `other` by more than its name?"""
        criteria = [name for name in self.settings.prefer if name != "uri"]
        values = ([is_symbolic(node.file), *(self._value(name, node) for name in criteria)] for node in (one, other))
        first, second = values
        return first < second

    def reason(self, best: Node, other: Node) -> str:
        """What makes `best` better than `other`, or `other` than `best`: the first criterion in which they differ."""
        if is_symbolic(best.file) != is_symbolic(other.file):
            return A_FILE
        for name in (*self.settings.prefer, "uri"):
            if self._value(name, best) != self._value(name, other):
                return CRITERIA[name]
        return CRITERIA["uri"]

    def _value(self, name: str, node: Node) -> int | float | str | tuple[int, float]:
        match name:
            case "protected":
                return not self.settings.protected or not self.is_protected(*_places(node))
            case "path":
                return next(
                    (i for i, prefix in enumerate(self.settings.paths) if _is_under(node, prefix)),
                    len(self.settings.paths),
                )
            case "likeness":
                return 0
            case "resolution":
                return -resolution(node)
            case "pixels":
                return -node.width * node.height
            case "column":
                wanted = (one.partition("=") for one in self.settings.columns)
                return "".join("01"[not _has(node, *one)] for one in wanted)
            case "format":
                return (
                    self.settings.formats.index(node.format)
                    if node.format in self.settings.formats
                    else len(self.settings.formats)
                )
            case "exif":
                return not node.exif
            case "compression":
                return _compression(node)
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


def resolution(node: Node) -> float:
    """The pixels of an image, which count for less where a lossy one has few bytes for each, and where they have less
    detail than those of nearly all photographs. So a picture has more than an enlarged copy of it, and than a reduced
    one.
    """
    pixels = node.width * node.height
    share = min(1.0, max(FLAT, node.bytes / pixels) / AMPLE) if node.format in LOSSY else 1.0
    return pixels * share * share * softness(Seen(node.detail, node.width))


def _compression(node: Node) -> tuple[int, float]:
    """Lossless formats, whose bytes tell of noise and patterns; lossy ones by bytes a pixel; those of few colours."""
    if node.format in LOSSY:
        return 1, -node.bytes / (node.width * node.height)
    return (2 if node.format in PALETTE else 0), 0.0


def _has(node: Node, name: str, equals: str, value: str) -> bool:
    """Has an image this value in a column, or any at all?"""
    own = (node.columns or {}).get(name)
    if not equals:
        return not is_empty(own)
    return value.strip() in {identity(one) for one in (own if isinstance(own, list) else [own])}


def _places(node: Node) -> tuple[str, str]:
    return node.uri, name_of(node.uri, node.file).path


def _is_under(node: Node, prefix: str) -> bool:
    return any(is_below(place, prefix) for place in _places(node))
