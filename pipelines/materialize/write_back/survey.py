"""What lies in a finished audit, as far as it decides how its images can be written back."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from lookalike.pipelines.run import manifest
from lookalike.transforms.ingest.archives.containers import member_of
from lookalike.transforms.io.write_back.targets import common_folder, spelled

OWN = "files of their own"
NAMED = {"tar": ".tar archives", "zip": ".zip archives", "parquet": ".parquet tables", OWN: OWN}


@dataclasses.dataclass(frozen=True)
class Survey:
    """kinds: how many images lie in each kind of container, or in files of their own. containers, images: the folder
    that all of them have in common, with a slash.
    """

    kinds: dict[str, int]
    containers: str
    images: str

    def others(self, kind: str) -> str:
        """In words, where images lie that are not in containers of one kind; '' if there are none."""
        return " and ".join(
            f"in {NAMED[name]} ({count:,})" for name, count in sorted(self.kinds.items()) if name != kind
        )


def survey(audit: str, record: dict[str, Any]) -> Survey:
    """Look through the names of all images, part by part: no more than one part and the folders' names in memory."""
    kinds: dict[str, int] = {}
    containers: set[str] = set()
    images: set[str] = set()
    for table in manifest.tables(record, audit, "fingerprints", ["uri"]):
        folders, held = _folders(table["uri"].to_pylist(), kinds)
        images, containers = _ends(images | folders), containers | held
    return Survey(kinds, common_folder(containers), common_folder(images))


def _folders(uris: Iterable[str], kinds: dict[str, int]) -> tuple[set[str], set[str]]:
    """Folders of images, as if archives were folders, and of their containers."""
    folders, containers = set(), set()
    for uri in uris:
        member = member_of(uri)
        name = member.kind if member else OWN
        kinds[name] = kinds.get(name, 0) + 1
        folders.add(_folder(spelled(uri)))
        if member:
            containers.add(_folder(member.container))
    return folders, containers


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _ends(folders: set[str]) -> set[str]:
    """The first and the last in order, which have in common what all have."""
    return {min(folders), max(folders)} if folders else set()
