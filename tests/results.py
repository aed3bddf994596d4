"""What lies in the output of a run: the bytes of its tables, and that they are those that its record names."""

import hashlib
import json
from pathlib import Path
from typing import Any

TABLES = ("fingerprints", "candidates", "pairs", "clusters", "failures")
"""All but the delta, which tells of the way by which a result was reached."""

ASKED_FOR = ("columns", "conflicts", "merges", "folders")
"""Those that are written where they are asked for."""


def digests(output: Path, tables: tuple[str, ...] = TABLES) -> dict[str, str]:
    """Path below the output -> SHA-256, of every part of some tables."""
    found = sorted(path for name in tables for path in (output / name).glob("*.parquet"))
    return {str(path.relative_to(output)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def whole(output: Path, record: dict[str, Any] | None = None) -> dict[str, str]:
    """The parts that a record names, audit.json's if none is given, each of which is there with the bytes it names."""
    record = record or json.loads((output / "audit.json").read_text())
    named = {part["path"]: part["sha256"] for parts in record["parts"].values() for part in parts}
    there = digests(output, (*TABLES, *ASKED_FOR, "delta"))
    assert named.items() <= there.items(), f"named, and other or not there: {named.items() - there.items()}"
    return named
