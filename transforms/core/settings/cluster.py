"""The block `cluster`."""

from typing import Annotated

from pydantic import field_validator

from lookalike.transforms.core.settings.kinds import SEVERAL, Names, OneOf, Settings, Share, refusal
from lookalike.transforms.functional.images.formats.opened import FOUND
from lookalike.transforms.functional.verification.relations import JOINING, RELATIONS

CRITERIA = {
    "protected": "a protected prefix",
    "path": "a preferred prefix",
    "column": "a preferred value",
    "likeness": "more like the others",
    "resolution": "a higher resolution",
    "pixels": "more pixels",
    "format": "a preferred format",
    "exif": "EXIF present",
    "compression": "less compressed",
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


class ClusterSettings(Settings):
    """What makes clusters, which copy is kept, and which of the others may go (docs/how-to/keep-and-reclaim.md)."""

    join: Annotated[tuple[Annotated[str, OneOf(RELATIONS[1:])], ...], SEVERAL] = JOINING
    """Relations that make clusters: same, overlaid (something laid over one), part and whole (one lies in the other),
    overlap (each shows something that the other does not), variant (one ground, other contents), view (another shot).
    Pairs of other relations are in the table `pairs` only."""
    reclaim: Annotated[tuple[Annotated[str, OneOf(GOES)], ...], SEVERAL] = ("same", "part")
    """What a member may be to the kept copy to be reclaimable; with overlaid, the clean one stays."""
    detail: Share = 0.95
    """A member is reclaimable only if the kept copy has at least this length in pixels for one pixel of it."""
    certainty: Share = 0.9
    """A member is reclaimable only if it is at least this probable that it is a copy of the kept one: to lose a picture
    costs more than to keep one twice."""
    prefer: Annotated[tuple[Annotated[str, OneOf(tuple(CRITERIA))], ...], SEVERAL] = (
        *("protected", "path", "column", "likeness", "resolution", "exif", "compression", "oldest", "uri"),
    )
    """What makes a copy better than others, the most important first: protected, path, column, likeness (to the other
    members), resolution (pixels, which count for less where a lossy file has few bytes for each), pixels, format, exif,
    compression (lossless before lossy, these by bytes a pixel), oldest, newest, largest, smallest, uri."""
    protected: Names = ()
    """Prefixes of URIs; what lies below one is preferred, and `lookalike materialize` never touches it."""
    paths: Names = ()
    """Prefixes of URIs, the preferred first."""
    columns: Names = ()
    """Values of carried columns (docs/how-to/columns.md) that are preferred, the first most: NAME=VALUE is one value,
    NAME alone any that is not empty, such as [split=train, caption]."""
    formats: Annotated[tuple[Annotated[str, OneOf(FOUND)], ...], SEVERAL] = ()
    """Formats as Pillow names them, the preferred first, such as [TIFF, PNG, JPEG]."""

    @property
    def columns_named(self) -> tuple[str, ...]:
        """Names of the columns in `columns`, each once."""
        return tuple(dict.fromkeys(one.partition("=")[0] for one in self.columns)) if "column" in self.prefer else ()

    @field_validator("join")
    @classmethod
    def _with_equals(cls, join: tuple[str, ...]) -> tuple[str, ...]:
        if "same" not in join:
            raise refusal("a list with 'same', since equal pictures always join")
        return join
