"""How many cores this process may use: a container may have far fewer than its machine."""

import math
import os
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
"""Where Linux shows control groups of version 2."""


def cores() -> int:
    """Cores that this process may use, at least one: those that it may run on, or as many as its control group has
    time for if that is less. Where the system does not tell, all that the machine has.
    """
    allowed = getattr(os, "sched_getaffinity", None)  # macOS and Windows have none
    count = len(allowed(0)) if allowed else os.cpu_count() or 1
    return math.ceil(min(count, quota(GROUPS, _own_group())))


def quota(groups: Path, own: str) -> float:
    """Seconds of the processor for each second that a control group may take: what it or one of those that it lies in
    is allowed, above 0; infinity if none is limited.

    groups: folder of all groups. own: path of the group below it.
    """
    folder = groups / own.strip("/")
    return min(_allowed(place / "cpu.max") for place in (folder, *folder.parents) if place.is_relative_to(groups))


def _allowed(file: Path) -> float:
    """What `cpu.max` says, such as '150000 100000' (microseconds in each period) or 'max 100000'."""
    try:
        most, period = file.read_text().split()
        return math.inf if most == "max" else int(most) / int(period)
    except (OSError, ValueError):  # the outermost group has no such file, and version 1 has none at all
        return math.inf


def _own_group() -> str:
    """The path of this process's control group, '' where there is none of version 2."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return ""
    return next((line.removeprefix("0::") for line in lines if line.startswith("0::")), "")
