"""The local runner's ports: open to this machine alone."""

import os
from pathlib import Path

import apache_beam as beam

from lookalike.pipelines.engines.runners import pipeline_options, run

LISTENS = "0A"
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}


def ancestors():
    """Ids of this process and of all that it was started by."""
    found, pid = [], os.getpid()
    while pid > 1:
        found.append(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


def listening(pids):
    """Local addresses, in hex, on which any of these processes listens for TCP."""
    sockets = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            sockets.add(os.readlink(descriptor) if descriptor.is_symlink() else "")
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS and f"socket:[{fields[9]}]" in sockets:
                found.append(fields[1].partition(":")[0])
    return found


def note(_, folder):
    Path(folder, str(os.getpid())).write_text("\n".join(listening(ancestors())))


class Look(beam.PTransform):
    def __init__(self, folder):
        self.folder = folder

    def expand(self, root):
        return root | beam.Create([1]) | beam.Map(note, str(self.folder))


def test_workers_are_served_on_the_loopback_address_only(tmp_path):
    run(Look(tmp_path), pipeline_options("local", ["--direct_num_workers=2"]))
    (seen,) = tmp_path.iterdir()
    addresses = seen.read_text().split()
    assert int(seen.name) != os.getpid() and len(addresses) >= 4
    assert set(addresses) <= LOOPBACK
