"""Protected places: files below these prefixes are never touched, however they are spelled and wherever links lead."""

import dataclasses
import os
from collections.abc import Sequence

from lookalike.transforms.ingest.prefixes import is_below, spelled
from lookalike.transforms.storage.links import name_of
from lookalike.transforms.storage.stores import is_path


@dataclasses.dataclass(frozen=True)
class Protection:
    """Prefixes below which nothing is touched.

    Attributes:
        prefixes: as `prefixes.spelled` returns them.
    """

    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, prefixes: Sequence[str]) -> "Protection":
        """Make a protection from prefixes as people write them."""
        return cls(tuple(dict.fromkeys(place for prefix in prefixes for place in spelled(prefix))))

    def holds(self, uri: str, noted: str = "") -> bool:
        """Whether a file, existing or yet to be made, is protected.

        It is if its URI lies below a prefix, or its place when the audit found it, or the place where it or its folder
        leads now.

        Args:
            uri: of the file.
            noted: the column `file` of the fingerprints table, see `links`.
        """
        if not self.prefixes:
            return False
        places = {uri, name_of(uri, noted).path}
        if is_path(uri):
            folder, name = os.path.split(uri)
            places |= {os.path.realpath(uri), os.path.join(os.path.realpath(folder), name)}
        return any(is_below(place, prefix) for place in places for prefix in self.prefixes)
