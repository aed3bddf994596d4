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
    "resolution": "a higher effective resolution",
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
    """Relations that join images into clusters: same; overlaid (something was laid over one of the two); part and whole
    (one was cut out of the other, or shows it among other things); overlap (each shows something that the other does
    not); variant (one design, other contents); view (another photograph of the same scene). Pairs of all other
    relations are listed in the table `pairs` only."""
    reclaim: Annotated[tuple[Annotated[str, OneOf(GOES)], ...], SEVERAL] = ("same", "part")
    """Relations to the kept copy that allow a member to be reclaimable. With overlaid, the copy that nothing was laid
    over is kept."""
    detail: Share = 0.95
    """A member is reclaimable only if the kept copy has at least this many pixels for one pixel of the member, along
    every direction: with 1, it is at least as large."""
    certainty: Share = 0.9
    """A member is reclaimable only if the probability that it is a copy of the kept one is at least this. It is higher
    than `confirm.probability`, because losing a picture costs more than keeping it twice."""
    prefer: Annotated[tuple[Annotated[str, OneOf(tuple(CRITERIA))], ...], SEVERAL] = (
        *("protected", "path", "column", "likeness", "resolution", "exif", "compression", "oldest", "uri"),
    )
    """Criteria by which the kept copy is chosen, the most important first: protected (lies below a protected prefix),
    path, column and format (preferred by `paths`, `columns` and `formats`), likeness (resembles the other members),
    resolution (number of pixels, which count for less if they have little detail, or a lossy file few bytes for each of
    them), pixels (their number alone), exif (has EXIF), compression (lossless before lossy, and among lossy files more
    bytes for each pixel), oldest, newest, largest and smallest (in bytes), uri (first in alphabetical order)."""
    protected: Names = ()
    """Prefixes of URIs. Images below them are preferred, and `lookalike materialize` never touches them."""
    paths: Names = ()
    """Prefixes of URIs for the criterion path, the most preferred first."""
    columns: Names = ()
    """Values of carried columns (docs/how-to/columns.md) for the criterion column, the most preferred first, such as
    [split=train, caption]. NAME=VALUE is one value; NAME alone is any value that is not empty."""
    formats: Annotated[tuple[Annotated[str, OneOf(FOUND)], ...], SEVERAL] = ()
    """Formats for the criterion format, as Pillow names them and the most preferred first, such as
    [TIFF, PNG, JPEG]."""

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
