"""Lists of known pictures: PDQ hashes in hex, one a line, or in CSV files as exchanges of hashes export them."""

import csv
import io
import re
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


def read_known(path: str) -> KnownHashes:
    """Read a list of PDQ hashes. Where a column of the header says what each value is, only PDQ hashes are taken; the
    first other field that is not empty is the label. Of several values that may be PDQ hashes (a SHA-256 is as long),
    that of the column `pdq` is one. Lines that begin with # are remarks, also those before the header.

    Raises:
        InputError: it is not there, a line has no hash, or several and nothing tells which is it, or there are none.
    """
    try:
        text = read_file(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} is not there; give a list of PDQ hashes, or a finished audit") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} can't be read ({error}); give a list of PDQ hashes, or a finished audit") from error
    found: dict[bytes, str] = {}
    kind, named, first = None, [], True
    for number, row in enumerate(csv.reader(io.StringIO(text))):
        fields = [field.strip() for field in row]
        if not any(fields) or fields[0].startswith("#"):
            continue
        long = [i for i, field in enumerate(fields) if _HASH.fullmatch(field)]
        heads, first = first and not long, False
        if heads:
            named = [i for i, field in enumerate(fields) if field.lower() in _NAMES]
            kind = next((i for i, field in enumerate(fields) if field.lower() in _TYPES), None)
            continue
        if kind is not None and (len(fields) <= kind or "pdq" not in fields[kind].lower()):
            continue
        pdq = [i for i in long if i in named] if named else long
        if not pdq:
            raise InputError(f"line {number + 1} of {path} has no PDQ hash, which is 64 hex digits")
        if len(pdq) > 1:
            raise InputError(f"line {number + 1} of {path} has {len(pdq)} values of 64 hex digits; name a column 'pdq'")
        at = pdq[0]
        others = (field for i, field in enumerate(fields) if i not in (at, kind) and field)
        found.setdefault(bytes.fromhex(fields[at]), next(others, ""))
    if not found:
        raise InputError(f"{path} has no PDQ hashes, which are 64 hex digits each")
    hashes = sorted(found)
    return KnownHashes(np.frombuffer(b"".join(hashes), np.uint8).reshape(-1, 32), [found[one] for one in hashes])
