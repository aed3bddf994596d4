"""Where images and their containers lie below a new folder: as they lay below the folder that all had in common."""

import posixpath
import unicodedata
from collections.abc import Mapping

from lookalike.transforms.functional.images.formats.opened import SUFFIXES
from lookalike.transforms.io.archives.entries import place_of
from lookalike.transforms.io.archives.names import member_of
from lookalike.transforms.io.parquet_sink import ChangedError


def spelled(uri: str) -> str:
    """A URI as a path: a member lies below its archive as if that were a folder, wherever its name leads."""
    member = member_of(uri)
    return f"{member.container}{place_of(member.name)}" if member else uri


def common_folder(folders: "list[str] | set[str]") -> str:
    """Folders, each with a slash at its end -> the one that holds all of them, with a slash."""
    common = posixpath.commonprefix([min(folders), max(folders)]) if folders else ""
    return common[: common.rfind("/") + 1]


def target_of(uri: str, common: str, kind: str = "") -> str:
    """The place of an image, relative to the new folder. kind: its format; a row of a table gets a suffix of it, since
    programs tell images by that.
    """
    path = spelled(uri).removeprefix(common)
    member = member_of(uri)
    if member and member.kind == "parquet":
        path += next(iter(SUFFIXES.get(kind, ())), "")
    return path


def folded(path: str) -> str:
    """A path -> what all paths have in common that are one file where names are compared as macOS and Windows do: by
    neither their case nor their Unicode normal form.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def refuse_one_place(targets: Mapping[str, str]) -> None:
    """See that no two of those that are written would be one file, here or where names differ less.

    Raises:
        ChangedError: two would; the message names both.
    """
    taken: dict[str, str] = {}
    for uri, target in targets.items():
        other = taken.setdefault(folded(target), uri)
        if other != uri:
            raise ChangedError(f"{other} and {uri} would both become {target}; rename one, and audit again")
