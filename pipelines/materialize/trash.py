"""Where deleted files wait until the trash is emptied: on the disk, or in the store, that they were on."""

import os
import posixpath
from collections.abc import Iterable

from lookalike.pipelines.materialize.files import local_path

FOLDER = ".lookalike-trash-"
"""What every folder of deleted files is called, before the plan's mark. Audits of a folder leave hidden ones out."""


def is_in_trash(uri: str) -> bool:
    """Does a file lie in a trash, or lead there?"""
    path = local_path(uri)
    return any(FOLDER in place for place in (uri, os.path.realpath(path) if path else ""))


class Trash:
    """The trash of one plan. Files on the plan's disk go to PLAN.trash, beside the plan; those on another disk to a
    hidden folder in the folder that all of the plan's files on that disk have in common, or in their own if that one
    can't be written; those in a store to a hidden folder beside them.
    """

    def __init__(self, plan: str, mark: str, sources: Iterable[str]) -> None:
        """plan: its path. mark: by which its folders are told from others. sources: all that it may delete."""
        self.plan, self.folder = os.path.abspath(plan), f"{FOLDER}{mark}"
        self.common: dict[int, str] = {}
        for folder in {os.path.dirname(path) for path in map(local_path, sources) if path}:
            device = _device(folder)
            if device is not None:
                self.common[device] = os.path.commonpath([self.common.get(device, folder), folder])

    def place(self, source: str, step: int) -> str:
        """Where a step's file goes."""
        name = f"{step}{posixpath.splitext(source)[1][:16]}"
        path = local_path(source)
        if path is None:
            return f"{source.rpartition('/')[0]}/{self.folder}/{name}"
        folder = os.path.dirname(path)
        device = _device(folder)
        if device is None or device == _device(os.path.dirname(self.plan)):
            return f"{self.plan}.trash/{self.folder}/{name}"
        common = self.common.get(device, folder)
        apart = common if _device(common) == device and os.access(common, os.W_OK | os.X_OK) else folder
        return f"{apart}/{self.folder}/{name}"


def _device(folder: str) -> int | None:
    try:
        return os.stat(folder).st_dev
    except OSError:
        return None
