"""Images in, the same bytes as files of a new folder out, where they lay below the one that all had in common."""

from collections.abc import Sequence

from lookalike.transforms.core.messages import one_line
from lookalike.transforms.io.archives.entries import ContainerError
from lookalike.transforms.io.write_back.fates import Fate
from lookalike.transforms.io.write_back.outcome import Outcome
from lookalike.transforms.io.write_back.reading import CONNECTIONS, Unread, check_gone, read, unread
from lookalike.transforms.io.write_back.targets import refuse_one_place, target_of
from lookalike.transforms.storage.prefetch import prefetch
from lookalike.transforms.storage.retries import is_transient
from lookalike.transforms.storage.writing import keep, write_bytes


def targets_of(fates: Sequence[Fate], mark: bool, common: str) -> dict[str, str]:
    """Images that are written, by URI, and the place of each below the new folder; arguments as of `write_images`.

    Raises:
        ChangedError: two would be one file.
    """
    targets = {fate.uri: target_of(fate.uri, common, fate.format) for fate in fates if mark or not fate.goes}
    refuse_one_place(targets)
    return targets


def write_images(fates: Sequence[Fate], mark: bool, root: str, common: str) -> Outcome:
    """Images to files below `root`, without those that are copies unless `mark`. common: folder of all of them.

    Raises:
        ChangedError: one is not what was audited, or two would be one file.
        OSError: one can't be read.
    """
    targets = targets_of(fates, mark, common)
    chosen = [fate for fate in fates if fate.uri in targets]
    gone = [fate for fate in fates if fate.uri not in targets]

    def write(item: Unread) -> tuple[str, str] | None:
        try:
            fate, data = read(item)
        except OSError as error:
            if item[0].content_hash or _may_pass(error):
                raise
            return item[0].uri, one_line(error)
        write_bytes(f"{root}/{targets[fate.uri]}", data)
        return None

    left = [found for found in prefetch(write, unread(chosen), CONNECTIONS) if found]
    check_gone(gone)
    keep(f"{root}/{target}" for uri, target in targets.items() if uri not in dict(left))
    return Outcome(len(chosen) - len(left), len(gone), left)


def _may_pass(error: OSError) -> bool:
    """May what the audit could not read either be read by another try?"""
    return is_transient(error) and not isinstance(error, ContainerError)
