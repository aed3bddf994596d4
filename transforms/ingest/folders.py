"""The folder that an image lies in: of a member of an archive inside of that, as if it were a folder."""

import posixpath

from lookalike.transforms.ingest.prefixes import place_of
from lookalike.transforms.io.archives.names import member_of


def folder_of(uri: str) -> str:
    """Where an image lies, spelled as `prefixes.place_of` does; rows of a table lie in its file."""
    member = member_of(uri)
    if member and member.kind == "parquet":
        return place_of(member.container)
    return posixpath.dirname(place_of(uri))


def label_of(uri: str) -> str | None:
    """The name of the folder that an image lies in, which is its class in ImageFolder's layout; None of what lies in no
    folder, but in an archive or a table itself.
    """
    member = member_of(uri)
    if member is None:
        return posixpath.basename(folder_of(uri)) or None
    return posixpath.basename(posixpath.dirname(member.name)) or None if member.kind != "parquet" else None
