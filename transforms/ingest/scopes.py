"""The scope of an image: what `pair.scope` names, a carried column or the folder that it lies in, as a number."""

import dataclasses
import functools
import hashlib

import numpy as np
import pyarrow as pa

from lookalike.transforms.core.columns import identity
from lookalike.transforms.core.records import Node
from lookalike.transforms.core.settings.pair import FOLDER, WITHIN
from lookalike.transforms.functional.lsh.scopes import NO_SCOPE
from lookalike.transforms.ingest.folders import folder_of
from lookalike.transforms.io.columns_beside import CARRIED, with_columns

COLUMN = "scope"
"""What it is called beside the columns of the fingerprints table."""


@dataclasses.dataclass(frozen=True)
class ScopeRule:
    """What `pair.scope` says. kind: 'within' or 'across', or '' where pairs of all scopes are asked for. name: of a
    carried column, or `FOLDER`.
    """

    kind: str = ""
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> "ScopeRule":
        """'within:product' or 'across:folder', as `PairSettings` has checked it."""
        kind, _, name = text.partition(":")
        return cls(kind, name)

    def __bool__(self) -> bool:
        """Is there a scope at all?"""
        return bool(self.kind)

    @property
    def within(self) -> bool:
        """Are only pairs within one scope asked for?"""
        return self.kind == WITHIN

    @property
    def columns(self) -> tuple[str, ...]:
        """Carried columns that it needs."""
        return (self.name,) if self.name not in ("", FOLDER) else ()

    def of_table(self, table: pa.Table, path: str) -> np.ndarray:
        """Rows of the part of the fingerprints table at `path` -> (n,) uint64."""
        if not self:
            return np.full(len(table), NO_SCOPE, np.uint64)
        if self.name == FOLDER:
            return np.array([number_of(folder_of(uri)) for uri in table["uri"].to_pylist()], np.uint64)
        values = with_columns(table.select(["uri"]), path, self.columns)[f"{CARRIED}{self.name}"].to_pylist()
        return np.array([number_of(identity(value)) for value in values], np.uint64)

    def added_to(self, table: pa.Table, path: str) -> pa.Table:
        """Rows of the part at `path` -> the same with `COLUMN`, if there is a scope."""
        return table.append_column(COLUMN, pa.array(self.of_table(table, path))) if self else table

    def of_node(self, node: Node) -> int:
        """The scope of an image with its columns."""
        if not self:
            return NO_SCOPE
        if self.name == FOLDER:
            return number_of(folder_of(node.uri))
        return number_of(identity((node.columns or {}).get(self.name)))

    def allows(self, scope: int, other: int) -> bool:
        """Is a pair of images of these scopes asked for?"""
        return scope == other != NO_SCOPE if self.within else scope != other or scope == NO_SCOPE


EVERYWHERE = ScopeRule()


@functools.lru_cache(maxsize=1 << 16)
def number_of(name: str | None) -> int:
    """What a scope is called -> 64 bits that stand for it; `NO_SCOPE` of None."""
    if name is None:
        return NO_SCOPE
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") or 1
