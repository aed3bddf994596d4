"""Reads the labelled truth that a run is scored against, and finds the images that it names."""

import posixpath
from typing import Any

from lookalike.pipelines.review.labels import read_labels

GROUP_COLUMNS = ("group", "cluster_id", "label")


FILE_COLUMNS = ("file", "uri", "path")


TIERS = ("exact", "light", "medium", "strong", "extreme")


class TruthError(ValueError):
    """The truth can't be used; the message names what is wrong."""


def base_names(files: list[str]) -> set[str]:
    """The base names of the files of a truth, in which the URIs of their images must end."""
    return {posixpath.basename(_clean(name)) for name in files}


def _clean(name: str) -> str:
    return name.replace("\\", "/").lstrip("./")


def match_names(names: list[str], uris: list[str]) -> list[str | None]:
    """Match file names of a truth with the URIs that end in them; None where there is no such URI or more than one."""
    by_base: dict[str, list[str]] = {}
    for uri in uris:
        by_base.setdefault(posixpath.basename(uri), []).append(uri)
    out: list[str | None] = []
    for name in names:
        clean = _clean(name)
        fits = [u for u in by_base.get(posixpath.basename(clean), []) if u == name or u.endswith("/" + clean)]
        out.append(fits[0] if len(fits) == 1 else None)
    return out


def read_truth(path: str) -> list[dict[str, Any]]:
    """Read the rows of a truth, each with file, group, role, tier and edit; '' where the file has no such column.

    Raises:
        TruthError: the file has no rows, no column of files or groups, a row without one of them, or a file in two
            rows.
    """
    rows = read_labels(path, "truth file", TruthError)
    if not rows:
        raise TruthError(f"{path} has no rows")
    file_column = _pick(path, rows[0], FILE_COLUMNS)
    group_column = _pick(path, rows[0], GROUP_COLUMNS)
    seen: set[str] = set()
    for number, row in enumerate(rows, 1):
        for column in (file_column, group_column):
            if row[column] in (None, ""):
                raise TruthError(f"{path}, row {number} has no {column}")
        if str(row[file_column]) in seen:
            raise TruthError(f"{path}, row {number} names {row[file_column]} again; a file is in one group")
        seen.add(str(row[file_column]))
    extra = ("role", "tier", "edit")
    return [
        {"file": str(row[file_column]), "group": str(row[group_column]), **{n: row.get(n) or "" for n in extra}}
        for row in rows
    ]


def _pick(path: str, row: dict[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        if name in row:
            return name
    raise TruthError(f"{path} has no column {' or '.join(names)}; it has {', '.join(row)}")
