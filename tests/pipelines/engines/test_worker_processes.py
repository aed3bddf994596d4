"""Worker processes of the local runner end with their run, whatever they are doing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import apache_beam as beam
import pytest

from lookalike.pipelines.engines import worker_processes
from lookalike.pipelines.engines.runners import pipeline_options, run
from tests.synthetic import draw_picture, encoded

TWO = ["--direct_num_workers=2"]
SOON = 40
"""Seconds, on a machine that does other things too, for what takes a few; without an end it would be for ever."""
NEVER_CONNECTS = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1], str(os.getpid())).touch()
time.sleep(3600)
"""
STARTING = """
import sys
from lookalike.pipelines.cli.main import main
from lookalike.pipelines.engines import worker_processes
worker_processes.COMMAND = (sys.executable, "-c", *sys.argv[1:3])
sys.exit(main(["audit", *sys.argv[3:], "--", "--direct_num_workers=2"]))
"""
BUSY = """
import sys
from lookalike.pipelines.engines.runners import pipeline_options, run
from tests.pipelines.engines.test_worker_processes import Rest
try:
    run(Rest(sys.argv[1]), pipeline_options("local", [f"--direct_num_workers={sys.argv[2]}"]))
except KeyboardInterrupt:
    sys.exit("interrupted")
"""


def rest(_, folder):
    Path(folder, str(os.getpid())).touch()
    time.sleep(3600)


class Rest(beam.PTransform):
    def __init__(self, folder):
        self.folder = folder

    def expand(self, root):
        return root | beam.Create([1, 2], reshuffle=True) | beam.Map(rest, str(self.folder))


def interrupted(folder, code, *arguments):
    """A process is interrupted when one of its workers is seen in `folder` -> its exit code, and what it said."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a shell's jobs ignore it
    )
    try:
        while not list(folder.iterdir()):
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=SOON)[1].splitlines()
    finally:
        left = lives_in(process.pid)
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    assert not left
    return process.returncode, said


def lives_in(session):
    """Ids of the processes of a session."""
    listed = subprocess.run(["ps", "-o", "pid=,stat=", "-s", str(session)], capture_output=True, text=True)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "Z" not in line.split()[1]]


@pytest.fixture
def seen(tmp_path):
    folder = tmp_path / "seen"
    folder.mkdir()
    return folder


def test_a_run_whose_workers_still_start_can_be_interrupted(tmp_path, seen):
    picture, output = tmp_path / "a.png", tmp_path / "out"
    picture.write_bytes(encoded(draw_picture(1, 64, 64), "PNG"))
    arguments = (NEVER_CONNECTS, seen, picture, "--output", output)
    code, said = interrupted(seen, STARTING, *arguments)
    assert code == 1 and said[-1] == "lookalike: stopped; the output is not finished"
    assert (output / ".run").is_dir() and not (output / ".run" / "lock").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_whose_workers_are_busy_can_be_interrupted(seen, workers):
    code, said = interrupted(seen, BUSY, seen, workers)
    assert code == 1 and said[-1] == "interrupted"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with exit code 3"),
        ((sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"), "ended by signal 9"),
        (("/nowhere/python",), "can't be started: No such file"),
    ],
)
def test_a_run_whose_workers_do_not_start_fails(seen, monkeypatch, command, why):
    monkeypatch.setattr(worker_processes, "COMMAND", command)
    with pytest.raises(RuntimeError, match=why):
        run(Rest(seen), pipeline_options("local", TWO))
    assert list(seen.iterdir()) == []
