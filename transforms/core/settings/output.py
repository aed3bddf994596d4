"""The blocks `output` and `report`."""

from lookalike.transforms.core.settings.kinds import Count, CountOrNone, Settings, Share


class OutputSettings(Settings):
    """How the tables are divided."""

    rows_per_part: Count = 1024
    """Rows of a part of the fingerprints table, about 15 kB each; parts of other tables have 16 times as many."""
    folders: bool = False
    """The table `folders` is written, too: which folder is contained in which (docs/how-to/folders.md)."""
    folder_share: Share = 0.5
    """The least share of a folder's images that must have copies in another for a row in `folders`."""


class ReportSettings(Settings):
    """What the report page shows."""

    clusters: CountOrNone = 1000
    """Most clusters, the largest first."""
    members: Count = 12
    """Most thumbnails of one cluster."""
    pairs: CountOrNone = 100
    """Most variants, most other views and most overlaps, the surest first."""
    failures: CountOrNone = 200
    """Most failures."""
