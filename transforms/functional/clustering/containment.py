"""Members of a cluster and the folders that they lie in, out: how many of each folder have a copy in each other one."""

import posixpath
from collections.abc import Iterator, Sequence
from typing import NamedTuple

MOST = 128
"""Folders that one cluster tells something of: a picture that lies everywhere says nothing about which folder holds
which, and pairs of folders grow with the square.
"""


class Copies(NamedTuple):
    """Images of a folder that have a copy in another one, and those of them that have one of equal pixels."""

    copies: int
    exact: int


def with_parents(folder: str) -> list[str]:
    """A folder, and all that it lies in, the nearest first; the root, or a store's, is none."""
    scheme, divided, path = folder.rpartition("://")
    found = []
    while path not in ("", "/"):
        found.append(f"{scheme}{divided}{path}")
        path = posixpath.dirname(path)
    return found


def are_nested(a: str, b: str) -> bool:
    """Is one of two folders the other, or in it?"""
    return f"{a}/".startswith(f"{b}/") or f"{b}/".startswith(f"{a}/")


def copies_between(members: Sequence[tuple[str, bytes]]) -> Iterator[tuple[tuple[str, str], Copies]]:
    """(folder, pixel hash) of the images of one cluster -> for each two folders, neither in the other, how many images
    of the first and of folders in it have a copy in the second, or in folders in that.

    Of more than `MOST` folders those that images lie in themselves are looked at, and none where they are too many.
    """
    below = _images_below([with_parents(folder) for folder, _ in members])
    if len(below) > MOST:
        below = _images_below([[folder] for folder, _ in members])
    if len(below) > MOST:
        return
    pixels = {folder: {members[image][1] for image in images} for folder, images in below.items()}
    for a, images in below.items():
        for b in below:
            if not are_nested(a, b):
                exact = sum(members[image][1] in pixels[b] for image in images)
                yield (a, b), Copies(len(images), exact)


def _images_below(chains: list[list[str]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for image, chain in enumerate(chains):
        for folder in chain:
            found.setdefault(folder, []).append(image)
    return found


def nearest(containers: dict[str, Copies]) -> dict[str, Copies]:
    """Folders that hold copies of one folder's images -> without those of which a folder inside holds just as many."""
    wider = {
        parent
        for folder, copies in containers.items()
        for parent in with_parents(folder)[1:]
        if containers.get(parent) == copies
    }
    return {folder: copies for folder, copies in containers.items() if folder not in wider}
