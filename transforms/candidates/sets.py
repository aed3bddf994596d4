"""Which set an image belongs to, where copies are looked for across sets and never within one."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

import numpy as np
import pyarrow as pa

from lookalike.transforms.core.columns import identity
from lookalike.transforms.io.columns_beside import CARRIED, with_columns

NO_SET = -1
"""Number of images that belong to no set, which are not searched."""


class Sets(Protocol):
    """Which set an image belongs to. columns: carried ones that tell it. several: there is more than one set."""

    @property
    def columns(self) -> tuple[str, ...]:
        """See the class."""
        ...

    @property
    def several(self) -> bool:
        """See the class."""
        ...

    def of(self, table: pa.Table, path: str) -> np.ndarray:
        """Rows of the part of the fingerprints table at `path`, with `uri` -> (n,) int64, the number of the set of
        each; NO_SET where it is of none. Where the rows have carried columns, `path` is not looked at.
        """
        ...

    def name(self, number: int) -> str:
        """Of a set; '' if there is nothing to tell it from."""
        ...


@dataclasses.dataclass(frozen=True)
class OneSet:
    """All images of a table are of one set. number: its place in the order of sets."""

    number: int = 0
    columns: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[bool] = False

    def of(self, table: pa.Table, path: str) -> np.ndarray:
        """As of `Sets`."""
        return np.full(len(table), self.number, np.int64)

    def name(self, number: int) -> str:
        """As of `Sets`."""
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
    columns: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[bool] = True

    def of(self, table: pa.Table, path: str) -> np.ndarray:
        """As of `Sets`; NO_SET where an image lies in no folder that counts."""
        number = {name: at for at, name in enumerate(self.names)}
        folders = folders_of(table["uri"].to_pylist(), self.roots)
        return np.array([number.get(name, NO_SET) for name in folders], np.int64)

    def name(self, number: int) -> str:
        """As of `Sets`."""
        return self.names[number]


@dataclasses.dataclass(frozen=True)
class ColumnSets:
    """Each value of a carried column is a set. names: of those that count, in their order, as `identity` has them."""

    column: str
    names: tuple[str, ...]
    several: ClassVar[bool] = True

    @property
    def columns(self) -> tuple[str, ...]:
        """As of `Sets`."""
        return (self.column,)

    def of(self, table: pa.Table, path: str) -> np.ndarray:
        """As of `Sets`; NO_SET where an image has no value that counts."""
        number: dict[str | None, int] = {name: at for at, name in enumerate(self.names)}
        return np.array([number.get(value, NO_SET) for value in values_of(table, path, self.column)], np.int64)

    def name(self, number: int) -> str:
        """As of `Sets`."""
        return self.names[number]


def values_of(table: pa.Table, path: str, column: str) -> Iterator[str | None]:
    """Rows as of `Sets.of` -> what the carried column says of each, as `identity` spells it; None if nothing."""
    name = f"{CARRIED}{column}"
    if name not in table.column_names:
        table = with_columns(table.select(["uri"]), path, (column,))
    return map(identity, table[name].to_pylist())


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
