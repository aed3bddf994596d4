"""The pages of a column chunk of a Parquet file: where each one lies and how many values it has (parquet-format,
Data Pages; headers are structs in Thrift's compact protocol).
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

UNPACKED, SIZE, DATA, DATA_2 = 2, 3, 5, 8
"""Fields of a page's header: bytes that it unpacks to, and that lie behind it; and those of which a page of values has
one, by its kind.
"""
MOST_HEADER = 1 << 16
MOST_DEPTH = 8
STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, STRUCT = 0, 1, 2, 3, 7, 8, 12
"""Types of fields; those between BYTE and DOUBLE are whole numbers too, and lists, sets and maps are in no header."""


class Page(NamedTuple):
    """start, end: where it lies, its header too. values: how many it holds; 0 of a dictionary. unpacked: its bytes."""

    start: int
    end: int
    values: int
    unpacked: int


def pages(read: Callable[[int, int], bytes], start: int, end: int) -> Iterator[Page]:
    """`read(offset, size)` and where a column chunk lies -> its pages, up to the end or to what is no header."""
    while start < end:
        try:
            header, length = _struct(read(start, min(MOST_HEADER, end - start)), 0, 0)
            size = header[SIZE]
            kind = header.get(DATA) or header.get(DATA_2)
            values = kind[1] if kind else 0
        except (IndexError, KeyError, TypeError, ValueError):
            return
        after = start + length + size if isinstance(size, int) and size >= 0 else -1
        if not start < after <= end or values < 0:
            return
        yield Page(start, after, values, header[UNPACKED] if isinstance(header.get(UNPACKED), int) else 0)
        start = after


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """A struct at an offset -> its fields by number, and where it ends."""
    if depth > MOST_DEPTH:
        raise ValueError("too deep for the header of a page")
    fields: dict[int, Any] = {}
    number = 0
    while (head := data[at]) != STOP:
        at += 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _signed(data, at)
        fields[number], at = _value(data, at, head & 15, depth)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in (TRUE, FALSE):
        return kind == TRUE, at
    if kind == BYTE:
        return data[at], at + 1
    if kind < DOUBLE:
        return _signed(data, at)
    if kind == DOUBLE:
        return None, at + 8
    if kind == BINARY:
        length, at = _unsigned(data, at)
        return None, at + length
    if kind == STRUCT:
        return _struct(data, at, depth + 1)
    raise ValueError("no field of the header of a page")


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 64:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at
    raise ValueError("a number that does not end")


def _signed(data: bytes, at: int) -> tuple[int, int]:
    value, at = _unsigned(data, at)
    return value >> 1 ^ -(value & 1), at
