"""Which columns of the inputs are carried along, where they were met, and what types they have."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from lookalike.transforms.core.columns import MixedTypesError, Values, carried, common_type, json_type, json_value
from lookalike.transforms.ingest.selection.errors import InputError

MOST_NAMED = 20
"""Columns that a message names."""


class Carried:
    """names: of the columns that are wanted. needed: those of them that one of the inputs must have; all, if it is
    None. What inputs tell of them is noted here, since only all of them together say which types the columns have, and
    whether one is missing everywhere.
    """

    def __init__(self, names: Iterable[str] = (), needed: Iterable[str] | None = None) -> None:
        """Nothing was met yet."""
        self.names = tuple(names)
        self.needed = self.names if needed is None else tuple(needed)
        self._types: dict[str, pa.DataType] = {name: pa.null() for name in self.names}
        self._from: dict[str, str] = {}
        self._met: set[str] = set()
        self._others: dict[str, None] = {}

    def __bool__(self) -> bool:
        """Is anything wanted?"""
        return bool(self.names)

    @property
    def nothing(self) -> Values:
        """The values of an image without any."""
        return (None,) * len(self.names)

    def refuse_missing(self, there: Iterable[str], uri: str) -> None:
        """See that an input which has columns has all that are wanted.

        Raises:
            InputError: one is missing.
        """
        there = list(there)
        for name in self.names:
            if name not in there:
                raise InputError(f"{uri} has no column {name!r}; {_listed(there)}")
            if there.count(name) > 1:
                raise InputError(f"{uri} has {there.count(name)} columns named {name!r}; rename all but one")
        self._met.update(self.names)

    def declare(self, name: str, kind: pa.DataType, uri: str) -> None:
        """Note the type of a column of an input.

        Raises:
            InputError: it had another before, and the two have nothing in common.
        """
        if kind == self._types[name]:
            return
        try:
            self._types[name] = common_type([self._types[name], kind])
        except MixedTypesError as error:
            other = self._from[name]
            where = f"of {uri}" if other == uri else f"of {other} and of {uri}"
            raise InputError(f"column {name!r} {where} holds {error}; make it one type") from error
        if not pa.types.is_null(kind):
            self._from.setdefault(name, uri)

    def of_json(self, found: Mapping[str, Any], uri: str) -> Values:
        """An object out of JSON, of one image of an input -> its values. Raises as `declare`."""
        self._others.update(dict.fromkeys(found) if len(self._others) < MOST_NAMED else {})
        values = carried(self.names, {name: json_value(value) for name, value in found.items() if name in self._types})
        for name, value in zip(self.names, values, strict=True):
            if name in found:
                self._met.add(name)
                self.declare(name, json_type(value), uri)
        return values

    @property
    def met(self) -> frozenset[str]:
        """The columns that one of the inputs has, as far as they have been listed."""
        return frozenset(self._met)

    def refuse_never_met(self, inputs: Iterable[str]) -> None:
        """See that every column that is needed was met in one of the inputs at least, all of which have been listed.

        Raises:
            InputError: one was met nowhere.
        """
        for name in self.needed:
            if name not in self._met:
                raise InputError(f"no column {name!r} in {', '.join(inputs)}; {_listed(self._others)}")

    def schema(self) -> pa.Schema:
        """The columns with the types of all that was listed; text, where there were no values at all."""
        kinds = ((name, self._types[name]) for name in self.names)
        return pa.schema([(name, pa.string() if pa.types.is_null(kind) else kind) for name, kind in kinds])


def _listed(names: Iterable[str]) -> str:
    some = list(names)
    if not some:
        return "lists (.csv, .jsonl, .parquet), tables, WebDataset's archives and COCO's files have columns"
    more = f" and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else ""
    return f"there are {', '.join(some[:MOST_NAMED])}{more}"
