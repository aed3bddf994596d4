"""Columns that are carried along: what kinds of values they have, and how these are written as text."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

Values = tuple[Any, ...]
"""Of one image: plain Python values, in the order of the names of the columns; None where there is none."""

NO_COLUMNS = pa.schema([])


class MixedTypesError(ValueError):
    """Values of one column that have no common type; the message names both types."""


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type that is carried of a type of Arrow's: the same values, without dictionaries, views and large offsets,
    and times no finer than microseconds, which is what Python has.
    """
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(plain_type(kind.value_type))
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_time64(kind) and kind.unit == "ns":
        return pa.time64("us")
    return kind


def plain_column(column: pa.ChunkedArray | pa.Array) -> list[Any]:
    """A column -> its values in Python, of the type that `plain_type` says."""
    return column.cast(plain_type(column.type), safe=False).to_pylist()


def json_value(value: Any) -> Any:
    """A value out of JSON -> what is carried of it: objects, and lists of anything but one kind, as their text."""
    if isinstance(value, dict) or (isinstance(value, list) and not _is_flat(value)):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    return value


def json_type(value: Any) -> pa.DataType:
    """The type of a `json_value`."""
    if isinstance(value, list):
        return pa.list_(common_type([json_type(one) for one in value]))
    for python, kind in ((bool, pa.bool_()), (int, pa.int64()), (float, pa.float64()), (str, pa.string())):
        if isinstance(value, python):
            return kind
    return pa.null()


def _is_flat(values: list[Any]) -> bool:
    if any(isinstance(one, dict | list) for one in values):
        return False
    try:
        common_type([json_type(one) for one in values])
    except MixedTypesError:
        return False
    return True


def common_type(kinds: Sequence[pa.DataType]) -> pa.DataType:
    """The narrowest type that holds values of all these types; null of none.

    Raises:
        MixedTypesError: there is none, as of text and numbers.
    """
    found = pa.null()
    for kind in kinds:
        if kind == found:
            continue
        try:
            schemas = [pa.schema([("value", found)]), pa.schema([("value", kind)])]
            found = pa.unify_schemas(schemas, promote_options="permissive").field(0).type
        except pa.ArrowException as error:
            raise MixedTypesError(f"{found} and {kind}") from error
    return found


def is_empty(value: Any) -> bool:
    """Does a value say nothing? None, text of spaces alone, and lists without anything."""
    return value is None or (isinstance(value, str) and not value.strip()) or (isinstance(value, list) and not value)


def as_text(value: Any) -> str:
    """A value in words: text as it is, all else as JSON has it, or Python."""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def in_json(value: Any) -> Any:
    """A value as JSON has it; what has no form there becomes text, bytes in hex, and numbers that are none null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [in_json(one) for one in value]
    if isinstance(value, dict):
        return {str(key): in_json(one) for key, one in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int | None) else str(value)


def identity(value: Any) -> str | None:
    """What two values have in common that say the same, and only those: the order in lists does not matter, nor spaces
    around text. None of values that say nothing.
    """
    if is_empty(value):
        return None
    if isinstance(value, list):
        return json.dumps(sorted({as_text(one).strip() for one in value}))
    return as_text(value).strip()


def carried(names: Sequence[str], values: Mapping[str, Any]) -> Values:
    """Values by name -> those of the named columns, in this order."""
    return tuple(values.get(name) for name in names)
