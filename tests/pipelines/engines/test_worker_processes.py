"""Worker processes of the local runner end with their run, whatever they are doing."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import apache_beam as beam
import pytest
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    SUBPROCESS_LOCK,
    BeamFnControlServicer,
    ControlFuture,
)

from lookalike.pipelines.engines import worker_processes
from lookalike.pipelines.engines.runners import pipeline_options, run
from lookalike.pipelines.engines.worker_processes import _WorkerProcess
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


class Connection:
    """What Beam's side of a worker's control connection shows, and what happens when it is closed."""

    def __init__(self, state=BeamFnControlServicer.STARTED_STATE):
        self._state, self._futures_by_id, self.close = state, {}, lambda: None

    def ask(self, name="asked"):
        self._futures_by_id[name] = future = ControlFuture(name)
        return future


class Servers:
    control_port, data_port, state_port, logging_port = 1, 2, 3, 4

    def __init__(self, connection):
        self.control_handler = SimpleNamespace(get_conn_by_worker_id=lambda _: connection)
        self.data_plane_handler = SimpleNamespace(get_conn_by_worker_id=lambda _: SimpleNamespace(close=lambda: None))


@pytest.fixture
def worker(monkeypatch):
    """Makes a worker that is a line of a shell, on a connection, and ends it."""
    made = []

    def make(line, connection):
        monkeypatch.setattr(worker_processes, "COMMAND", ("sh", "-c", line))
        info = beam_provision_api_pb2.ProvisionInfo()
        info.pipeline_options.update({"beam:option:job_name:v1": "audit"})
        made.append(_WorkerProcess(b"", None, SimpleNamespace(provision_info=info), Servers(connection)))
        return made[-1]

    yield make
    for one in made:
        one._ended.set()
        if one._process:
            one._process.kill()


def started(worker):
    worker.start_worker()
    wait_for(lambda: worker._process)
    return worker._process


def wait_for(condition):
    until = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_an_idle_worker_leaves_by_itself_when_its_connection_is_closed(worker, tmp_path):
    connection, told = Connection(), tmp_path / "told"
    connection.close = told.touch
    handler = worker(f"until test -e {told}; do sleep 0.05; done; exit 7", connection)
    process = started(handler)
    handler.close()
    assert process.returncode == 7
    handler._watch.join(SOON)
    assert not handler._watch.is_alive()


@pytest.mark.parametrize("busy", [True, False], ids=["busy", "still starting"])
def test_another_worker_is_killed_before_its_connection_is_closed(worker, monkeypatch, busy):
    monkeypatch.setattr(worker_processes, "LEAVING", SOON)
    connection = Connection() if busy else Connection(BeamFnControlServicer.UNSTARTED_STATE)
    asked, codes = connection.ask() if busy else None, []
    handler = worker("exec sleep 60", connection)
    process = started(handler)
    connection.close = lambda: codes.append(process.wait(SOON))
    handler.close()
    assert codes == [-signal.SIGKILL]
    assert asked is None or asked.get(SOON).error == "the run has ended"


def test_an_idle_worker_that_does_not_leave_is_killed(worker, monkeypatch):
    monkeypatch.setattr(worker_processes, "LEAVING", 0.1)
    handler = worker("exec sleep 60", Connection())
    process = started(handler)
    handler.close()
    assert process.returncode == -signal.SIGKILL


def test_no_worker_is_started_once_its_run_has_ended(worker):
    handler = worker("exec sleep 60", Connection(BeamFnControlServicer.UNSTARTED_STATE))
    handler.close()
    handler.start_worker()
    handler._watch.join(SOON)
    assert not handler._watch.is_alive() and handler._process is None


def test_a_worker_that_is_started_while_its_run_ends_ends_too(worker, monkeypatch):
    popen, begun, go, locked = subprocess.Popen, threading.Event(), threading.Event(), []

    def slowly(*args, **named):
        locked.append(SUBPROCESS_LOCK.locked())
        begun.set()
        assert go.wait(SOON)
        return popen(*args, **named)

    handler = worker("exec sleep 60", Connection(BeamFnControlServicer.UNSTARTED_STATE))
    monkeypatch.setattr(worker_processes.subprocess, "Popen", slowly)
    handler.start_worker()
    assert begun.wait(SOON) and locked == [True]
    closing = threading.Thread(target=handler.close)
    closing.start()
    closing.join(0.3)  # as far as it comes before there is a process
    go.set()
    closing.join(SOON)
    handler._watch.join(SOON)
    assert handler._process.wait(SOON) == -signal.SIGKILL


def test_all_that_a_dead_worker_is_asked_is_refused_also_later(worker, monkeypatch):
    monkeypatch.setattr(worker_processes, "CHECKED", 0.01)
    connection = Connection()
    before = [connection.ask(name) for name in "ab"]
    handler = worker("exit 3", connection)
    assert handler._watch.daemon  # what is never closed keeps no process from ending
    started(handler)
    assert [asked.get(SOON).error for asked in before] == ["a worker process ended with exit code 3"] * 2
    assert connection.ask("later").get(SOON).instruction_id == "later" and not connection._futures_by_id


def test_what_was_answered_meanwhile_is_not_refused(worker):
    class Answered(dict):
        def __iter__(self):
            names = list(super().__iter__())
            self.clear()
            return iter(names)

    connection = Connection()
    asked = connection.ask()
    connection._futures_by_id = Answered(connection._futures_by_id)
    worker("", connection)._refuse("the run has ended")
    assert not asked.is_done()


def test_a_worker_is_told_where_it_belongs_beside_the_environment_of_the_run(worker, tmp_path, monkeypatch):
    monkeypatch.setenv("OF_THE_RUN", "1")
    handler = worker(f"env > {tmp_path}/env", Connection())
    started(handler).wait(SOON)
    told = dict(line.partition("=")[::2] for line in (tmp_path / "env").read_text().splitlines())
    assert told["OF_THE_RUN"] == "1" and told["WORKER_ID"] == handler.worker_id
    assert told["CONTROL_API_SERVICE_DESCRIPTOR"] == 'url: "localhost:1"'
    assert told["LOGGING_API_SERVICE_DESCRIPTOR"] == 'url: "localhost:4"'
    assert "audit" in (tmp_path / "env").read_text().partition("PIPELINE_OPTIONS=")[2]
