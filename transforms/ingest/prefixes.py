"""Prefixes of URIs, such as the folders that nobody may touch: one spelling, and what lies below."""

import os
import posixpath
from collections.abc import Iterable, Sequence

from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.storage.stores import is_path

ALIASES = {"gcs": "gs", "s3a": "s3", "abfs": "az", "abfss": "az", "adl": "az"}
"""Schemes by which one store is called."""


def spelled(prefix: str) -> list[str]:
    """A prefix as a person writes it -> the places that it stands for: as it is spelled and, where symbolic links lead
    elsewhere, as it is.
    """
    place = place_of(absolute(prefix))
    real = os.path.realpath(place) if is_path(place) else place
    return [place] if place == real else [place, real]


def place_of(uri: str) -> str:
    """A URI -> what prefixes are compared with: no slash at the end, one name a store, and an image inside of an
    archive below the archive, as if that were a folder.
    """
    member = member_of(uri)
    if member:
        return f"{place_of(member.container)}/{member.name}"
    if is_path(uri):
        return posixpath.normpath(uri)
    scheme, _, path = uri.partition("://")
    return f"{ALIASES.get(scheme.lower(), scheme.lower())}://{path.strip('/')}"


def is_below(uri: str, prefix: str) -> bool:
    """Does an image lie below a place, or is it the place? '/data/a' holds nothing of '/data/ab'."""
    place = place_of(uri)
    return place == prefix or place.startswith(prefix.rstrip("/") + "/")


def without_images(prefixes: Sequence[str], images: Iterable[tuple[str, str]]) -> list[str]:
    """Prefixes, spelled, and the URIs and real places of all images -> the prefixes below which there is none.

    A prefix and the place that it leads to count as one. No more images are asked for than it takes.
    """
    left: dict[str, list[str]] = {}
    for prefix in prefixes:
        left.setdefault(os.path.realpath(prefix) if is_path(prefix) else prefix, []).append(prefix)
    for places in images if left else ():
        met = [real for real, all_ in left.items() if any(is_below(place, one) for place in places for one in all_)]
        for real in met:
            del left[real]
        if not left:
            break
    return [all_[0] for all_ in left.values()]
