"""Files that belong to images by their names alone: captions, edits in XMP, the film of a Live Photo."""

import itertools
import posixpath
from collections.abc import Iterable, Iterator

from lookalike.transforms.ingest.selection.suffixes import is_image
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.storage.stores import names_in, store


def companions(images: Iterable[str]) -> Iterator[str]:
    """Images -> names of the files beside them that are called as they are, but for what follows a dot, and are none
    themselves: `1.txt` and `1.jpg.json` beside `1.jpg`. Each folder is listed once; archives are not looked into.
    """
    files = (uri.rpartition("/") for uri in sorted(images) if not member_of(uri))
    for folder, group in itertools.groupby(files, key=lambda parts: parts[0]):
        stems = {posixpath.splitext(name)[0] for _, _, name in group}
        fs, path = store(folder or "/")
        for name in map(posixpath.basename, names_in(fs, path, "")):
            begun = (name[:at] for at, letter in enumerate(name) if letter == ".")
            if not is_image(name) and not stems.isdisjoint(begun):
                yield name
