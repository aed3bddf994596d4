"""How many cores this process may use: a container may have far fewer than its machine."""

import math
import os
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
"""Where Linux shows control groups: those of version 2, and in a folder `cpu` those of version 1."""


def cores() -> int:
    """Cores that this process may use, at least one: those that it may run on, or as many as its control group has
    time for if that is less. Where the system does not tell, all that the machine has.
    """
    allowed = getattr(os, "sched_getaffinity", None)  # macOS and Windows have none
    count = len(allowed(0)) if allowed else os.cpu_count() or 1
    return math.ceil(min(count, quota(GROUPS, _own_groups())))


def quota(root: Path, own: str) -> float:
    """Seconds of the processor for each second that a process may take: what its control groups, or one of those that
    they lie in, are allowed, above 0; infinity if none is limited.

    root: folder of all groups. own: what Linux says of the groups of the process, in lines such as '0::/a/b' (version
    2) and '4:cpu,cpuacct:/a/b' (version 1).
    """
    limits = [math.inf]
    for _, controllers, path in (line.split(":", 2) for line in own.splitlines() if line.count(":") >= 2):
        if not controllers or "cpu" in controllers.split(","):
            groups = root / "cpu" if controllers else root
            folder = groups / path.strip("/")
            limits += map(_allowed, (place for place in (folder, *folder.parents) if place.is_relative_to(groups)))
    return min(limits)


def _allowed(group: Path) -> float:
    """What a group is allowed, from texts such as '150000 100000' (microseconds in each period), 'max 100000' or -1."""
    for names in (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us")):
        try:
            most, period = " ".join((group / name).read_text() for name in names).split()
            return math.inf if most in ("max", "-1") else int(most) / int(period)
        except (OSError, ValueError):  # the outermost group has no such file, and each version only its own
            continue
    return math.inf


def _own_groups() -> str:
    try:
        return Path("/proc/self/cgroup").read_text()
    except OSError:
        return ""
