"""The trash of a plan, on the disk or store where the deleted files were."""

import os
import posixpath
from collections.abc import Iterable

from lookalike.pipelines.materialize.files import local_path

FOLDER = ".lookalike-trash-"
"""Beginning of the name of every trash folder; the plan's mark follows. Audits of a folder skip hidden folders."""


def is_in_trash(uri: str) -> bool:
    """Whether a file lies in a trash or leads there."""
    path = local_path(uri)
    return any(FOLDER in place for place in (uri, os.path.realpath(path) if path else ""))


class Trash:
    """Chooses where the deleted files of one plan go.

    Files on the plan's disk go to PLAN.trash, beside the plan. Files on another disk go to a hidden folder in the
    folder that all of the plan's files on that disk have in common, or in their own folder if that one is not writable.
    Files in an object store go to a hidden folder beside them.
    """

    def __init__(self, plan: str, mark: str, sources: Iterable[str]) -> None:
        """Find the common folder on each disk.

        Args:
            plan: path of the plan.
            mark: distinguishes the folders of this plan from those of others.
            sources: URIs of all files that the plan may delete.
        """
        self.plan, self.folder = os.path.abspath(plan), f"{FOLDER}{mark}"
        self.common: dict[int, str] = {}
        for folder in {os.path.dirname(path) for path in map(local_path, sources) if path}:
            device = _device(folder)
            if device is not None:
                self.common[device] = os.path.commonpath([self.common.get(device, folder), folder])

    def place(self, source: str, step: int) -> str:
        """The place of a deleted file, from its URI and the number of its step."""
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
