"""Who holds a lock: a process, the machine that it is on, and whether it still is there."""

import dataclasses
import json
import os
import socket
import uuid
from datetime import datetime, timezone
from pathlib import Path

BEAT = 20.0
"""Seconds between two signs of life of a holder."""


WATCH = 3.5 * BEAT
"""Seconds without one after which a holder on another machine may be taken for dead."""


FIRST_NAMESPACE = "pid:[4026531836]"
"""Linux's name of the process numbers of a machine outside of all containers."""


@dataclasses.dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    token: tells this very lock from others. host, machine, boot, numbers: where its process is, since which start of
    the machine, and in which namespace of process numbers. process, begun: its number, and when it began, as /proc has
    it. since, seen: ISO times of the lock and of the last sign of life.
    """

    token: str
    command: str
    host: str
    machine: str
    boot: str
    numbers: str
    process: int
    begun: str
    since: str
    seen: str

    @classmethod
    def of_this_process(cls, command: str) -> "Holder":
        """This process, with a new lock."""
        return cls(
            token=uuid.uuid4().hex, command=command, process=os.getpid(), begun=begun_at(os.getpid()), since=_now(),
            seen=_now(), **this_machine(),
        )  # fmt: skip

    def seen_now(self) -> "Holder":
        """The same, with a sign of life."""
        return dataclasses.replace(self, seen=_now())

    def encoded(self) -> bytes:
        """The content of a lock."""
        return json.dumps(dataclasses.asdict(self), indent=1).encode()

    def is_here(self) -> bool:
        """Is it a process of this machine, that could be seen from here?"""
        here = this_machine()
        where = (self.host, self.machine, self.numbers)
        if where != (here["host"], here["machine"], here["numbers"]):
            return False
        return self.boot == here["boot"] or self.numbers == FIRST_NAMESPACE

    def is_gone(self) -> bool:
        """Is it surely dead, or done with this lock? True only of a process of this machine."""
        if not self.is_here():
            return False
        given_back = self.process == os.getpid() and self.token not in HELD  # and the store kept it
        return given_back or self.boot != this_machine()["boot"] or begun_at(self.process) != self.begun

    def is_live(self) -> bool:
        """Is it alive, as far as can be told at once?"""
        if self.is_here():
            return not self.is_gone()
        return self.age() < WATCH

    def age(self) -> float:
        """Seconds since its last sign of life, if both machines' clocks are right."""
        return (datetime.now(timezone.utc) - datetime.fromisoformat(self.seen)).total_seconds()

    def __str__(self) -> str:
        return (
            f"`lookalike {self.command}` (process {self.process} on {self.host}, since {self.since[:19]}Z, "
            f"last sign of life {max(0.0, self.age()):,.0f} s ago)"
        )


HELD: set[str] = set()
"""Tokens of the locks that this process holds."""


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def this_machine() -> dict[str, str]:
    """This machine, its start, and the process numbers that are seen from here."""
    machine = _line("/etc/machine-id") or f"{uuid.getnode():x}"
    try:
        numbers = os.readlink("/proc/self/ns/pid")
    except OSError:
        numbers = ""
    return {
        "host": socket.gethostname(), "machine": machine, "boot": _line("/proc/sys/kernel/random/boot_id"),
        "numbers": numbers,
    }  # fmt: skip


def _line(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def begun_at(process: int) -> str:
    """When a process of this machine began, '' if there is none; where /proc is not, only that there is one."""
    stat = _line(f"/proc/{process}/stat")
    if stat:
        return stat.rpartition(")")[2].split()[19]
    if os.path.isdir("/proc/self"):
        return ""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "there"
