"""A Python worker or a TaskManager of a Flink cluster is killed in the middle of each half: the job recovers, or says
that it failed and is resumed by the same command. Nothing is lost, nothing is there twice, the bytes are the same.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engines.conftest import BANDED, CLUSTER, JOB_SERVER
from tests.flows.test_audit import digests, table
from tests.servers import ROOT
from tests.synthetic import make_corpus

FINE = (*BANDED, "--set", "output.rows_per_part=8")
"""Many small chunks and groups: there is always a middle."""
MARKERS = {"fingerprint": "chunks", "match": "groups"}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults") / "images"
    make_corpus(folder, groups=60, singles=300, width=240, height=180)
    return folder


@pytest.fixture(scope="module")
def whole(images, tmp_path_factory):
    output = tmp_path_factory.mktemp("whole") / "out"
    subprocess.run(command(images, output, "--", "--direct_num_workers=1"), check=True, cwd=ROOT)
    return output


def command(images, output, *rest):
    return [sys.executable, "-m", "lookalike", "audit", str(images), "--output", str(output), *FINE, *rest]


def children(pid):
    """All descendants of a process."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
    wanted, grown = {pid}, True
    while grown:
        grown = {child for child, parent in found.items() if parent in wanted} - wanted
        wanted |= grown
    return wanted - {pid}


def task_managers():
    return [int(file.read_text()) for file in sorted((ROOT / ".flink").glob("taskmanager-*.pid"))]


def kill_worker(chance):
    workers = [pid for manager in task_managers() for pid in children(manager)]
    if workers:
        os.kill(chance.choice(workers), signal.SIGKILL)
    return bool(workers)


def kill_task_manager(chance):
    """With its workers; and whatever keeps the cluster up starts another."""
    victim = chance.choice(task_managers())
    for pid in (victim, *children(victim)):
        os.kill(pid, signal.SIGKILL)
    while subprocess.run(["ps", "-o", "stat=", "-p", str(victim)], capture_output=True).stdout.strip(b"Z+\n"):
        time.sleep(0.05)
    subprocess.run([str(CLUSTER), "up", "2"], check=True, stdout=subprocess.DEVNULL)
    return True


CASES = [
    ("fingerprint", kill_task_manager),
    ("match", kill_worker),
    pytest.param("fingerprint", kill_worker, marks=pytest.mark.slow),
    pytest.param("match", kill_task_manager, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("half", "kill"), CASES)
def test_killed_in_the_middle(half, kill, flink_cluster, images, whole, tmp_path):
    chance = random.Random(f"{half} {kill.__name__} {os.environ.get('LOOKALIKE_TRY', 0)}")
    for number in range(3):  # a half may be over before it is hit
        output = tmp_path / f"out{number}"
        flink = ("--runner", "flink", "--", JOB_SERVER, flink_cluster)
        tries, killed = audit_with_a_kill(command(images, output, *flink), output, half, kill, chance)
        if killed:
            break
    print(f"{half} {kill.__name__}: {tries} tries")
    assert killed, "the middle was missed"
    assert digests(output) == digests(whole) and not (output / ".run").exists()
    rows = [row["uri"] for row in table(output, "fingerprints")]
    assert len(rows) == len(set(rows)) == len(list(images.iterdir()))


def audit_with_a_kill(command, output, half, kill, chance):
    """Repeat a command until its audit is finished, killing once -> how often it was started, was it hit?"""
    tries, killed, marker = 0, False, output / ".run" / MARKERS[half]
    while not (output / "audit.json").exists() and tries < 3:
        tries += 1
        log = output.with_suffix(f".{tries}.log")
        with log.open("w") as file:
            run = subprocess.Popen(command, stdout=file, stderr=file, cwd=ROOT)
            while run.poll() is None:
                if not killed and marker.is_dir() and any(marker.glob("*.json")):
                    time.sleep(chance.uniform(0, 0.3))
                    killed = kill(chance)
                time.sleep(0.02)
        said = log.read_text()
        assert run.returncode == 0 or "lookalike: failed: " in said, said
    return tries, killed
