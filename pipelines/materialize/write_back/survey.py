"""What lies in a finished audit, as far as it decides how its images can be written back."""

import collections
import dataclasses
from typing import Any

from lookalike.pipelines.run import manifest
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.io.write_back.targets import common_folder, spelled

SHARD_BYTES = 1 << 28
"""About how many bytes of images a new shard has: what is written again if it was not finished."""
OWN = "files of their own"
NAMED = {"tar": ".tar archives", "zip": ".zip archives", "parquet": ".parquet tables", OWN: OWN}


@dataclasses.dataclass(frozen=True)
class Survey:
    """kinds: how many images lie in each kind of container, or in files of their own; bytes: how large these are
    together. containers: by their kind, the folder that all have in common, with a slash. images: the same of all
    images.
    """

    kinds: dict[str, int]
    bytes: dict[str, int]
    containers: dict[str, str]
    images: str

    def shards(self, kind: str) -> int:
        """How many new shards the images make that are not in containers of one kind."""
        elsewhere = [name for name in self.kinds if name != kind]
        return -(-max(1, sum(self.bytes[name] for name in elsewhere)) // SHARD_BYTES) if elsewhere else 0

    def others(self, kind: str) -> str:
        """In words, where images lie that are not in containers of one kind; '' if there are none."""
        return " and ".join(
            f"in {NAMED[name]} ({count:,})" for name, count in sorted(self.kinds.items()) if name != kind
        )


def survey(audit: str, record: dict[str, Any]) -> Survey:
    """Look through the names of all images, part by part: no more than one part and the folders' names in memory."""
    kinds: collections.Counter[str] = collections.Counter()
    sizes: collections.Counter[str] = collections.Counter()
    containers: dict[str, set[str]] = {}
    images: set[str] = set()
    for table in manifest.tables(record, audit, "fingerprints", ["uri", "bytes"]):
        folders = set()
        for uri, size in zip(table["uri"].to_pylist(), table["bytes"].to_pylist(), strict=True):
            member = member_of(uri)
            name = member.kind if member else OWN
            kinds[name] += 1
            sizes[name] += max(0, size)  # where a store does not tell it is -1
            folders.add(_folder(spelled(uri)))
            if member:
                containers.setdefault(name, set()).add(_folder(member.container))
        images = _ends(images | folders)
        containers = {name: _ends(held) for name, held in containers.items()}
    return Survey(kinds, sizes, {name: common_folder(held) for name, held in containers.items()}, common_folder(images))


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _ends(folders: set[str]) -> set[str]:
    """The first and the last in order, which have in common what all have."""
    return {min(folders), max(folders)} if folders else set()
