"""No network but the storage that was named: a run whose processes can't reach beyond this machine, and don't try."""

import os
import subprocess
import sys

from tests.servers import ROOT
from tests.synthetic import make_corpus

SITE = ROOT / "tests" / "faults" / "site"


def watched(log, *command):
    path = os.pathsep.join([str(SITE), *sys.path, str(ROOT)])
    environment = os.environ | {"PYTHONPATH": path, "LOOKALIKE_NETWORK_LOG": str(log)}
    run = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment, cwd=ROOT)
    lines = [line.partition(" ") for line in log.read_text().splitlines()]
    asked = [said for _, _, said in lines if said != "watched"]
    return run, {pid for pid, _, said in lines if said == "watched"}, asked


def test_the_watch_sees_and_refuses(tmp_path):
    script = "import socket; socket.create_connection(('192.0.2.1', 9), 1)"
    run, _, asked = watched(tmp_path / "log", "-c", script)
    assert run.returncode == 1 and "beyond this machine" in run.stderr and asked


def test_an_audit_asks_for_no_address_beyond_this_machine(tmp_path):
    make_corpus(tmp_path / "images", groups=3, singles=3, width=120, height=90)
    command = ("-m", "lookalike", "audit", str(tmp_path / "images"), "--output", str(tmp_path / "out"))
    run, processes, asked = watched(tmp_path / "log", *command, "--", "--direct_num_workers=2")
    assert run.returncode == 0, run.stderr
    assert asked == []
    assert len(processes) >= 3, "the launcher and its workers"
    assert (tmp_path / "out" / "report.html").exists()
