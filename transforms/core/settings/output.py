"""The blocks `output` and `report`."""

from lookalike.transforms.core.settings.kinds import Count, CountOrNone, Settings, Share


class OutputSettings(Settings):
    """How tables are divided into parts, and which optional tables are written."""

    rows_per_part: Count = 1024
    """Number of rows in a part of the fingerprints table; a row takes about 15 kB. Parts of other tables have 16 times
    as many rows."""
    folders: bool = False
    """Whether the table `folders` is written: which folder is contained in which (docs/how-to/folders.md)."""
    folder_share: Share = 0.5
    """A folder is listed in `folders` if at least this share of its images have copies in another folder."""


class ReportSettings(Settings):
    """What the report page shows."""

    clusters: CountOrNone = 1000
    """Largest number of clusters shown. The largest clusters come first."""
    members: Count = 12
    """Largest number of thumbnails shown of one cluster."""
    pairs: CountOrNone = 100
    """Largest number of pairs shown of each of the relations variant, view and overlap. The most probable come
    first."""
    failures: CountOrNone = 200
    """Largest number of failures shown."""
