"""Which set an image belongs to, where copies are looked for across sets and never within one."""

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

NO_SET = -1
"""Number of images that belong to no set, which are not searched."""


@dataclasses.dataclass(frozen=True)
class OneSet:
    """All images of a table are of one set. number: its place in the order of sets."""

    number: int = 0

    def of(self, uris: list[str]) -> np.ndarray:
        """N images -> (n,) int64, the number of the set of each."""
        return np.full(len(uris), self.number, np.int64)

    def name(self, number: int) -> str:
        """Of a set: there is nothing to tell it from."""
        return ""


ALL_ONE = OneSet()
"""Of a table in which copies are looked for among all images."""


@dataclasses.dataclass(frozen=True)
class FolderSets:
    """Each folder right below one of `roots`, absolute paths or URLs of folders and archives, is a set. names: of those
    that count, in their order.
    """

    roots: tuple[str, ...]
    names: tuple[str, ...]

    def of(self, uris: list[str]) -> np.ndarray:
        """N images -> (n,) int64, the number of the set of each; NO_SET where it lies in no folder that counts."""
        number = {name: at for at, name in enumerate(self.names)}
        return np.array([number.get(name, NO_SET) for name in folders_of(uris, self.roots)], np.int64)

    def name(self, number: int) -> str:
        """Of a set."""
        return self.names[number]


Sets = OneSet | FolderSets


def folders_of(uris: Iterable[str], roots: tuple[str, ...]) -> Iterator[str]:
    """URIs -> the name of the folder right below a root that each lies in, or '' where it lies in none."""
    below = tuple(f"{root.rstrip('/')}/" for root in roots)
    for uri in uris:
        inner, is_member, container = uri.partition("::")
        if is_member:
            path = inner.partition("://")[2].lstrip("/") if container in roots else _below(container, below)
        else:
            path = _below(uri, below)
        folder, nested, _ = path.partition("/")
        yield folder if nested else ""


def _below(uri: str, roots: tuple[str, ...]) -> str:
    return next((uri[len(root) :] for root in roots if uri.startswith(root)), "")
