"""How runners are started."""

from types import SimpleNamespace

import pytest
from apache_beam.runners.portability import stager
from apache_beam.runners.portability.flink_runner import FlinkJarJobServer

from lookalike.pipelines.engines.runners import counters_of, pipeline_options, run
from tests.pipelines.engines.test_worker_processes import Rest

OUTSIDE = ["--job_port=7", "--artifacts_dir=/elsewhere"]


class NotStartedError(Exception):
    pass


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """Commands of job servers that were to be started, of which none is."""
    found = []

    def start(self):
        found.append(self.subprocess_cmd_and_endpoint()[0])
        raise NotStartedError

    monkeypatch.setattr(FlinkJarJobServer, "start", start)
    return found


@pytest.fixture
def options(tmp_path):
    jar = tmp_path / "jar"
    jar.touch()
    return lambda *more: pipeline_options("flink", [f"--flink_job_server_jar={jar}", *more])


def started(commands, *options):
    for given in options:
        with pytest.raises(NotStartedError):
            run(Rest(""), given)
    return commands


def test_the_pipelines_of_a_command_have_one_job_server(commands, options):
    own = options()
    first, second, other = started(commands, own, own, options())
    assert first == second != other  # Beam starts no second process of the same command


def test_a_job_server_is_told_what_the_user_says(commands, options):
    (command,) = started(commands, options(*OUTSIDE))
    assert command[command.index("--job-port") + 1] == 7
    assert command[command.index("--artifacts-dir") + 1] == "/elsewhere"


def test_what_is_installed_here_is_not_listed_for_workers(options, monkeypatch, tmp_path):
    monkeypatch.setattr(stager.Stager, "_create_stage_submission_env_dependencies", lambda _: pytest.fail("listed"))
    assert not stager.Stager.create_job_resources(options(), str(tmp_path))


def test_what_several_steps_count_under_one_name_is_added_up():
    def counter(stage, name, number):
        return SimpleNamespace(key=SimpleNamespace(metric=SimpleNamespace(namespace=stage, name=name)), result=number)

    counted = [
        *(counter("ConfirmPairs", "refused-pairs", 3), counter("ConfirmPairs", "refused-pairs", 4)),
        *(counter("ClusterPairs", "clusters", None), counter("another's", "clusters", 9)),
    ]
    assert counters_of(counted) == {"refused-pairs": 7, "clusters": 0}
