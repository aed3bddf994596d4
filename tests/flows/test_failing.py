"""A run that fails: one line with the file that it failed at, and a log that is apart from what was read."""

import os
import tempfile

import pytest

from lookalike.pipelines.engines.failure_log import cause, failure_log
from tests.flows.test_audit import run
from tests.synthetic import draw_picture, encoded


@pytest.fixture
def logs(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_worker_that_fails_is_one_line_and_a_log(tmp_path, logs, monkeypatch, capfd):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(encoded(draw_picture(1, 64, 64), "PNG"))

    def fail(source, *_):
        raise RuntimeError("no way\non")

    monkeypatch.setattr("lookalike.transforms.decoding.read_images.read_bytes", fail)
    assert run("audit", tmp_path / "in", "--output", tmp_path / "out") == 1
    said, lines = capfd.readouterr()
    assert said == "" and "Traceback" not in lines
    (line,) = [line for line in lines.splitlines() if "failed" in line]
    assert str(tmp_path / "in" / "a.png") in line and "no way" in line and lines.endswith(line + "\n")
    (log,) = [path for path in logs.iterdir() if path.suffix == ".log"]
    assert line.endswith(f"the traceback is in {log}") and "Traceback" in log.read_text()


def test_a_launcher_that_fails_keeps_earlier_logs_and_others_leave_none(tmp_path, logs, monkeypatch, capfd):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"x")
    with monkeypatch.context() as patch:
        patch.setattr("lookalike.pipelines.run.steps.job.claim_output", None)
        for times in (1, 2):
            assert run("audit", tmp_path / "in", "--output", tmp_path / "out") == 1
            assert len(capfd.readouterr().err.splitlines()) == 1 and len(list(logs.glob("*.log"))) == times
    assert run("audit", tmp_path / "nowhere", "--output", tmp_path / "in") == 2
    assert run("report", tmp_path / "out", workers=[]) == 2
    assert len(list(logs.glob("*.log"))) == 2


def test_the_log_lies_apart_from_what_is_read(logs, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with failure_log("audit", [str(logs.parent / "other")]) as log:
        assert os.path.dirname(log.path) == str(logs)
    with failure_log("audit", [str(logs), "s3://bucket"]) as log:
        assert os.path.dirname(log.path) == "/var/tmp" and os.path.exists(log.path)
    assert not os.path.exists(log.path)
    with failure_log("audit", ["/"]) as log:
        assert log.path == os.devnull and log.keep_with(ValueError("x")) == "failed: ValueError: x"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "RuntimeError"),
        ("disk on fire", "RuntimeError: disk on fire"),
        (
            "Traceback:\n  File x\nValueError: /a.jpg: odd\nand so on [while running 'X']",
            "ValueError: /a.jpg: odd and so",
        ),
        ("a.b.OddError: one\nKeyError: two", "KeyError: two"),
        ("Traceback:\nlookalike.a.b.ChangedError: a.jpg was changed [while running 'X/Y']", "ChangedError: a.jpg was"),
        (
            "Pipeline failed: a.RestException: [a.b.RestException: c\n\tat a.b.C.lambda$d$1(C.java:9)\nCaused by: "
            "a.NotFoundException: no job (1)\n\tat java.base/a.C.d(C.java:3)\n\t... 47 more\n]",
            "a.NotFoundException: no job (1)",
        ),
        (
            "java.lang.RuntimeException: Error received: Traceback\n  File x\nValueError: /a.jpg: odd\n\n"
            "\tat a.b.C.d(C.java:3)",
            "ValueError: /a.jpg: odd",
        ),
    ],
)
def test_the_cause_is_what_was_raised_and_all_of_it(text, told):
    said = cause(RuntimeError(text))
    assert said.startswith(told) and ".java" not in said and "while running" not in said
