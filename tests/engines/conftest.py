import os
import subprocess

import pytest

from tests.engines.dataflow import dataflow
from tests.flows.test_audit import run
from tests.servers import PRISM, ROOT, gcs
from tests.synthetic import make_corpus

CLUSTER = ROOT / "configs" / "deploy" / "flink" / "cluster.sh"
JOB_SERVER = f"--flink_job_server_jar={ROOT / '.flink' / 'flink-1.jar'}"
BANDED = ("--set", "pair.exhaustive=0")
"""All stages take part only where a corpus is banded."""


@pytest.fixture(scope="session")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engines") / "images"
    make_corpus(folder, groups=14, singles=60, width=240, height=180)
    (folder / "broken.jpg").write_bytes(b"not a picture")
    return folder


@pytest.fixture(scope="session")
def reference(images, tmp_path_factory):
    """An audit by Beam's own runner in one process."""
    output = tmp_path_factory.mktemp("reference") / "out"
    assert run("audit", images, "--output", output, *BANDED) == 0
    return output


@pytest.fixture(scope="session")
def flink_cluster():
    """One JobManager and two TaskManagers on this machine."""
    subprocess.run([str(CLUSTER), "up", "2"], check=True, stdout=subprocess.DEVNULL)
    yield "--flink_master=localhost:8081"
    subprocess.run([str(CLUSTER), "down"], check=True)


@pytest.fixture
def service(tmp_path):
    """What stands in for Dataflow, and the options with which jobs are sent to it."""
    (tmp_path / "jobs").mkdir()
    with gcs(tmp_path / "gcs") as (bucket, settings), pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with dataflow(tmp_path / "jobs") as (address, jobs):
            where = ("--project=project", "--region=local", f"--temp_location={bucket}/tmp")
            yield jobs, ("--runner", "dataflow", "--", *where, f"--dataflow_endpoint={address}", "--no_auth")


@pytest.fixture
def engine(request):
    """Options of the command line, by the engine's name."""
    if request.param == "local-2":
        return ("--", "--direct_num_workers=2")
    if request.param == "prism":
        return ("--runner", "prism", "--", f"--prism_location={PRISM}")
    if request.param == "flink-embedded":
        return ("--runner", "flink", "--", JOB_SERVER)
    if request.param == "flink-cluster":
        return ("--runner", "flink", "--", JOB_SERVER, request.getfixturevalue("flink_cluster"))
    return request.getfixturevalue("service")[1]


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    """Engines start `lookalike-worker` by its name."""
    monkeypatch.setenv("PATH", f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
