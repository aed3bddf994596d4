"""A nightly audit and its actions on S3, over a real socket: moto's server on the loopback address."""

import os
import socket
import subprocess
import sys
import time

import fsspec
import pytest

from pipelines.cli import main
from tests.flows.test_audit import run
from tests.synthetic import draw_picture, encoded, make_corpus


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            store = fsspec.filesystem("s3", skip_instance_cache=True)
            store.mkdir("corpus")
            folder = tmp_path_factory.mktemp("s3") / "images"
            make_corpus(folder, groups=4)
            store.put(str(folder), "corpus/images", recursive=True)
            yield store
        finally:
            server.terminate()
            server.wait()


def content(store, folder):
    store.invalidate_cache()
    return (
        {path.removeprefix(folder): store.cat_file(path) for path in store.find(folder)} if store.exists(folder) else {}
    )


def tables(store, audit):
    names = ("fingerprints", "candidates", "pairs", "clusters", "failures")
    return {name: content(store, f"{audit}/{name}") for name in names}


def test_nights_and_actions(s3, tmp_path, capsys):
    audit = ("audit", "s3://corpus/images", "--catalog", "s3://corpus/audits")
    assert run(*audit) == 0
    time.sleep(1.1)  # audits of a catalog are named by the second
    s3.pipe_file("corpus/images/new.jpg", encoded(draw_picture(1001, 400, 300), quality=70))
    assert run(*audit, workers=["--", "--direct_num_workers=2"]) == 0
    assert "1 grown" in capsys.readouterr().out
    second = max(s3.ls("corpus/audits", detail=False, refresh=True))
    assert run("audit", "s3://corpus/images", "--output", "s3://corpus/whole") == 0
    assert tables(s3, second) == tables(s3, "corpus/whole") and not s3.exists(f"{second}/.run")
    before, plan = content(s3, "corpus/images"), str(tmp_path / "plan.parquet")
    to = ("--action", "quarantine", "--to", "s3://corpus/quarantine")
    assert main(["materialize", f"s3://{second}", *to, "--plan", plan]) == 0
    assert main(["materialize", "--apply", plan]) == 0
    moved = content(s3, "corpus/quarantine")
    assert len(moved) > 8 and {*moved.values(), *content(s3, "corpus/images").values()} == set(before.values())
    assert main(["materialize", "--undo", plan]) == 0
    assert content(s3, "corpus/images") == before and not content(s3, "corpus/quarantine")


def test_no_secret_is_written(s3):
    everything = b"".join(content(s3, "corpus/audits").values())
    assert os.environ["AWS_SECRET_ACCESS_KEY"].encode() not in everything and b"clusters" in everything
