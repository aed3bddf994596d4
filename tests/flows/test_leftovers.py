"""A command leaves nothing in the temporary folder, however it ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lookalike.pipelines.engines.runners import pipeline_options, run
from lookalike.pipelines.engines.scratch import PREFIX, scratch_folder
from lookalike.pipelines.run import lock
from tests.synthetic import draw_picture, encoded

KILLED = """
import os, signal, tempfile
from lookalike.pipelines.engines.scratch import scratch_folder
with scratch_folder([]):
    tempfile.mkdtemp()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_audit_that_is_interrupted_leaves_nothing(tmp_path, temporary, how):
    for number in range(4):
        (tmp_path / f"{number}.png").write_bytes(encoded(draw_picture(number, 64, 64), "PNG"))
    command = [sys.executable, "-m", "lookalike", "audit", f"{tmp_path}/*.png", "--output", str(tmp_path / "out")]
    process = subprocess.Popen(
        [*command, "--", "--direct_num_workers=2"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while "listed" not in process.stderr.readline():
        assert process.poll() is None
    while not list(temporary.iterdir()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(how)
    said = process.stderr.read()
    assert process.wait() == 1 and said == "lookalike: stopped; the output is not finished\n"
    assert list(temporary.iterdir()) == [] and not (tmp_path / "out" / ".run" / "lock").exists()


def test_what_a_killed_process_left_is_removed_by_the_next(temporary):
    assert subprocess.run([sys.executable, "-c", KILLED], check=False).returncode == -signal.SIGKILL
    (left,) = temporary.iterdir()
    with scratch_folder([]):
        (own,) = temporary.iterdir()
        assert own != left and tempfile.gettempdir() == os.environ["TMPDIR"] == str(own)
        with scratch_folder([]):  # of another, while this one lives
            assert tempfile.gettempdir() != str(own) and own.is_dir()
    assert list(temporary.iterdir()) == [] and tempfile.gettempdir() == os.environ["TMPDIR"] == str(temporary)


def test_a_folder_of_somebody_elses_stays_whatever_it_is_called(temporary):
    theirs = temporary / f"{PREFIX}holidays" / "beach.jpg"
    theirs.parent.mkdir()
    theirs.write_bytes(b"theirs")
    with scratch_folder([]):
        pass
    assert theirs.read_bytes() == b"theirs"


def test_a_job_server_keeps_its_folder_until_the_process_ends(temporary):
    code = """
import atexit, os, tempfile
from lookalike.pipelines.engines.scratch import scratch_folder
with scratch_folder([]):
    folder = tempfile.mkdtemp(prefix="beam-temp")
    atexit.register(lambda: print(os.path.isdir(folder)))
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"True\n"
    assert list(temporary.iterdir()) == []


def test_the_scratch_folder_lies_apart_from_the_inputs(temporary, tmp_path):
    with scratch_folder([str(temporary.parent)]):
        assert Path(tempfile.gettempdir()).parent == Path("/var/tmp")
        assert Path(tempfile.gettempdir()).name.startswith(PREFIX)
    with scratch_folder(["/"]):
        assert tempfile.gettempdir() == str(temporary)


def test_neither_a_pipeline_that_can_not_be_built_nor_a_takeover_leaves_anything(temporary):
    with pytest.raises(TypeError):
        run(None, pipeline_options("local", ["--direct_num_workers=1"]))
    with lock._alone_on_this_machine():
        pass
    assert list(temporary.iterdir()) == []


def test_a_java_job_server_has_the_same_folder(temporary):
    options = pipeline_options("flink", []).get_all_options()
    assert f"-Djava.io.tmpdir={temporary}" in options["job_server_jvm_properties"]
