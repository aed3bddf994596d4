"""What is never touched: places below protected prefixes, however they are spelled and wherever links lead."""

import dataclasses
import os
from collections.abc import Sequence

from lookalike.transforms.ingest.prefixes import is_below, spelled
from lookalike.transforms.storage.links import name_of
from lookalike.transforms.storage.stores import is_path


@dataclasses.dataclass(frozen=True)
class Protection:
    """prefixes: as `prefixes.spelled` has them."""

    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, prefixes: Sequence[str]) -> "Protection":
        """From prefixes as people write them."""
        return cls(tuple(dict.fromkeys(place for prefix in prefixes for place in spelled(prefix))))

    def holds(self, uri: str, noted: str = "") -> bool:
        """Is an image, or a file that would be made, under protection: as it is spelled, as the audit found it
        (`noted`, see `links`), or where its folder or itself leads now?
        """
        if not self.prefixes:
            return False
        places = {uri, name_of(uri, noted).path}
        if is_path(uri):
            folder, name = os.path.split(uri)
            places |= {os.path.realpath(uri), os.path.join(os.path.realpath(folder), name)}
        return any(is_below(place, prefix) for place in places for prefix in self.prefixes)
