"""`lookalike review` as a command: it starts, is asked, and ends."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from lookalike.pipelines.cli.main import main
from tests.synthetic_audit import synthetic_audit


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    return str(synthetic_audit(tmp_path_factory.mktemp("review") / "audit", 40))


def test_it_serves_until_it_is_interrupted_and_leaves_nothing(audit, tmp_path):
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, "-m", "lookalike", "review", audit, "--no-open", "--author", "ada"]
    environment = os.environ | {"TMPDIR": str(tmp_path / "scratch")}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            address = server.stdout.readline().split()[-1]
            assert address.startswith("http://127.0.0.1:") and "verdicts.csv" in server.stdout.readline()
            page = urllib.request.urlopen(address).read().decode()
            assert "40</b>clusters" in page
            with pytest.raises(urllib.error.HTTPError, match="403"):
                urllib.request.urlopen(urllib.request.Request(address, headers={"Host": "evil.example"}))
            port = int(address.split(":")[2].split("/")[0])
            assert main(["review", audit, "--no-open", "--port", str(port)]) == 2
            with pytest.raises(ConnectionRefusedError):  # another of this machine's addresses
                socket.create_connection(("127.0.0.2", port), timeout=5)
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
    assert list((tmp_path / "scratch").iterdir()) == [] and not Path(tmp_path, "verdicts.csv").exists()


def test_what_is_not_installed_is_named(audit, monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("lookalike.pipelines.review.server.")]:
        if not name.endswith(".errors"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "waitress", None)
    assert main(["review", audit]) == 2
    told = capsys.readouterr().err
    assert "needs waitress, which is not installed: pip install 'lookalike[review]'" in told


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--port", "70000"], "--port"),
        (["--verdicts", "{audit}/verdicts.csv"], "only read"),
        (["--verdicts", "wrong.csv"], "no column"),
    ],
)
def test_wrong_use_is_one_line(audit, arguments, why, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    assert main(["review", audit, "--no-open", *(word.format(audit=audit) for word in arguments)]) == 2
    told = capsys.readouterr().err
    assert why in told and len(told.splitlines()) == 1
