"""What lies beside the images of a WebDataset shard: `000017.json`, `000017.txt`, `000017.cls` beside `000017.jpg`.

An extension is a column of its own, such as `txt` or `cls`; so is each key of the objects in `json`. Extensions go
before keys.
"""

import json
import posixpath
from collections.abc import Iterable

from lookalike.transforms.core.columns import Values
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.io.archives.entries import Entry

JSON = "json"


def is_sidecar(carried: Carried, member: str) -> bool:
    """Can a member of an archive hold values that are carried along?"""
    extension = _divided(member)[1]
    return bool(carried) and (extension == JSON or extension in carried.names)


class Sidecars:
    """entries: of one archive, those that `is_sidecar` names with their content. uri: of the archive."""

    def __init__(self, entries: Iterable[Entry], carried: Carried, uri: str) -> None:
        """Reads all of them. Raises `InputError` where types of a column don't go together."""
        self.carried, self.uri = carried, uri
        found: dict[str, dict[str, bytes]] = {}
        for entry in entries:
            if entry.content and is_sidecar(carried, entry.name):
                key, extension = _divided(entry.name)
                found.setdefault(key, {})[extension] = entry.content
        self._values = {key: self._read(contents) for key, contents in found.items()}

    def beside(self, member: str) -> Values:
        """The values of an image, by the name of the member."""
        return self._values.get(_divided(member)[0], self.carried.nothing)

    def _read(self, contents: dict[str, bytes]) -> Values:
        found = {}
        if JSON in contents:
            try:
                found = json.loads(contents[JSON])
            except (ValueError, RecursionError):
                found = {}  # the image is there all the same, without values
        texts = {
            extension: content.decode("utf-8", "replace").strip()
            for extension, content in contents.items()
            if extension != JSON
        }
        return self.carried.of_json((found if isinstance(found, dict) else {}) | texts, self.uri)


def _divided(member: str) -> tuple[str, str]:
    """A member's name as WebDataset divides it, at the first dot of its last part."""
    folder, name = posixpath.split(member)
    stem, _, extension = name.partition(".")
    return posixpath.join(folder, stem), extension.lower()
