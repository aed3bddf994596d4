"""Lists of known pictures: PDQ hashes in hex, one a line, or in CSV files as exchanges of hashes export them."""

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.storage.reading import read_file

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_TYPES = ("type", "signal_type", "indicator_type", "hash_type")
"""Columns that say what a value is, in a header."""
_NAMES = ("pdq", "pdq_hash", "hash_pdq", "pdqhash")
"""Columns of PDQ hashes, in a header."""


class KnownHashes(NamedTuple):
    """hashes: (n, 32) uint8, each once, in order. labels: what the list calls each, or ''."""

    hashes: np.ndarray
    labels: list[str]


class _Header(NamedTuple):
    """What the first line of a list says of its columns. pdq: those that hold PDQ hashes. kind: the one that says what
    each value is, or None.
    """

    pdq: list[int]
    kind: int | None

    @classmethod
    def of(cls, fields: list[str]) -> "_Header":
        """Of fields none of which is a hash."""
        lower = [field.lower() for field in fields]
        kinds = [at for at, name in enumerate(lower) if name in _TYPES]
        return cls([at for at, name in enumerate(lower) if name in _NAMES], kinds[0] if kinds else None)

    def is_other(self, fields: list[str]) -> bool:
        """Is a line of something else than a PDQ hash?"""
        return self.kind is not None and "pdq" not in "".join(fields[self.kind : self.kind + 1]).lower()


def read_known(path: str) -> KnownHashes:
    """Read a list of PDQ hashes. Where a column of the header says what each value is, only PDQ hashes are taken; the
    first other field that is not empty is the label. Of several values that may be PDQ hashes (a SHA-256 is as long),
    that of the column `pdq` is one. Lines that begin with # are remarks, also those before the header.

    Raises:
        InputError: it is not there, a line has no hash, or several and nothing tells which is it, or there are none.
    """
    found: dict[bytes, str] = {}
    header, first = _Header([], None), True
    for number, fields in _lines(path):
        if first and not _hashes_in(fields):
            header = _Header.of(fields)
        elif not header.is_other(fields):
            at = _hash_of(fields, header, f"line {number} of {path}")
            others = (field for i, field in enumerate(fields) if i not in (at, header.kind) and field)
            found.setdefault(bytes.fromhex(fields[at]), next(others, ""))
        first = False
    if not found:
        raise InputError(f"{path} has no PDQ hashes, which are 64 hex digits each")
    hashes = sorted(found)
    return KnownHashes(np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32), [found[one] for one in hashes])


def _lines(path: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered lines with their fields, but for empty ones and remarks. Errors are those of `read_known`."""
    try:
        text = read_file(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} is not there; give a list of PDQ hashes, or a finished audit") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can't be read ({error}); give a list of PDQ hashes, or a finished audit") from error
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        fields = [field.strip() for field in row]
        if any(fields) and not fields[0].startswith("#"):
            yield number, fields


def _hashes_in(fields: list[str]) -> list[int]:
    return [at for at, field in enumerate(fields) if _HASH.fullmatch(field)]


def _hash_of(fields: list[str], header: _Header, where: str) -> int:
    """Which field of a line is its PDQ hash. Raises an InputError if none is, or nothing tells which."""
    found = [at for at in _hashes_in(fields) if not header.pdq or at in header.pdq]
    if not found:
        raise InputError(f"{where} has no PDQ hash, which is 64 hex digits")
    if len(found) > 1:
        raise InputError(f"{where} has {len(found)} values of 64 hex digits; name a column 'pdq'")
    return found[0]
