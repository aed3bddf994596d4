"""What users start from on a schedule: well-formed, and every command in it one that the command line takes."""

import configparser
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import types
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines.cli.main import parser
from lookalike.pipelines.configuration.config import ConfigError, load
from lookalike.pipelines.engines.metrics import render
from lookalike.pipelines.engines.progress import Progress
from lookalike.pipelines.engines.runners import pipeline_options

DEPLOY = Path(__file__).parents[3] / "configs" / "deploy"


def commands(text):
    """The arguments of every `lookalike ...` in a text, up to the shell's next word."""
    for found in re.finditer(r"(?:/usr/local/bin/)?lookalike ((?:audit|match|fingerprint)\b[^\n|>&\"']*)", text):
        text = re.sub(r"\{\{.*?\}\}", "x", found[1].strip())
        yield shlex.split(re.sub(r"\s2$", "", text))


@pytest.mark.parametrize("name", ["crontab", "systemd/lookalike.service", "kubernetes/cronjob.yaml"])
def test_commands_are_understood(name):
    text = re.sub(r"\n\s{8,}(?=--)", " ", (DEPLOY / name).read_text())
    found = list(commands(text))
    assert found
    for arguments in found:
        args = parser().parse_args(arguments)
        assert args.catalog and args.log == "json" and args.fail_on == ["new-duplicates"]


def test_the_crontab_has_one_line_of_five_fields():
    lines = [line for line in (DEPLOY / "crontab").read_text().splitlines() if line and not re.match(r"#|\w+=", line)]
    assert len(lines) == 1 and re.match(r"(?:[\d*,/-]+ ){5}flock -n ", lines[0])


def test_systemd_units():
    service, timer = configparser.ConfigParser(), configparser.ConfigParser()
    for unit in (service, timer):
        unit.optionxform = str
    service.read(DEPLOY / "systemd" / "lookalike.service")
    timer.read(DEPLOY / "systemd" / "lookalike.timer")
    assert service["Service"]["Type"] == "oneshot" and service["Service"]["SuccessExitStatus"] == "3"
    assert timer["Timer"]["Persistent"] == "true" and timer["Install"]["WantedBy"] == "timers.target"


def test_the_cron_job_of_kubernetes():
    job = yaml.safe_load((DEPLOY / "kubernetes" / "cronjob.yaml").read_text())
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert job["apiVersion"] == "batch/v1" and job["spec"]["concurrencyPolicy"] == "Forbid"
    assert pod["restartPolicy"] == "Never" and len(pod["containers"]) == 1
    assert pod["containers"][0]["args"][0].endswith("|| test $? -eq 3")
    # the default is a worker for each core of the limit, and a worker takes up to 2 GB (docs/how-to/cluster-size.md)
    limits = pod["containers"][0]["resources"]["limits"]
    assert int(limits["memory"].removesuffix("Gi")) >= 2 * int(limits["cpu"])


class Operator:
    """What stands in for Airflow's operators: it knows its command, and what comes after it."""

    def __init__(self, task_id, bash_command):
        self.name, self.command, self.after = task_id, bash_command, []

    def __rshift__(self, other):
        self.after.append(other)


class Dag:
    def __init__(self, name, **settings):
        self.name, self.settings = name, settings

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


@pytest.fixture
def dag(monkeypatch):
    """The module of the DAG, where Airflow is not installed."""
    names = ("airflow", "airflow.sdk", "airflow.providers.standard.operators.bash", "pendulum")
    for name in (*names, "airflow.providers", "airflow.providers.standard", "airflow.providers.standard.operators"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules["airflow.sdk"].DAG = Dag
    sys.modules["airflow.providers.standard.operators.bash"].BashOperator = Operator
    sys.modules["pendulum"].datetime, sys.modules["pendulum"].duration = (lambda *_, **__: None), dict
    return loaded(DEPLOY / "airflow" / "lookalike_nightly.py")


def test_the_command_of_airflow_is_understood(dag):
    (arguments,) = commands(dag.COMMAND)
    args = parser().parse_args(arguments)
    assert args.catalog == "x" and args.fail_on == ["new-duplicates"]


@pytest.mark.parametrize(("ends_with", "audited", "reviewed"), [(0, True, 99), (3, True, 0), (1, False, 99)])
def test_airflow_reviews_new_duplicates_and_tries_again_what_failed(dag, tmp_path, ends_with, audited, reviewed):
    (tmp_path / "lookalike").write_text(f"#!/bin/sh\necho '3 clusters'\nexit {ends_with}\n")
    (tmp_path / "lookalike").chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", dag.audit.command], env=path, capture_output=True, text=True)
    assert (ran.returncode == 0) == audited and dag.audit.after == [dag.review]
    said = ran.stdout.splitlines()[-1]
    command = re.sub(r"\{\{ ti.xcom_pull\(task_ids='audit'\) \}\}", said, dag.review.command)
    assert subprocess.run(["bash", "-c", command]).returncode == reviewed


def test_the_arguments_of_the_cloud_job():
    text = (DEPLOY / "cloud" / "schedule.sh").read_text()
    arguments = re.search(r'--args "([^"]+)"', text)[1].split(",")
    assert parser().parse_args(arguments).log == "json"


def test_counters_for_prometheus():
    record = {
        "counts": {
            "listed": 5, "fingerprints": 4, "failures": 1, "clusters": 1, "duplicates": 2, "reclaimable": 1,
            "reclaimable_bytes": 9, "capped_buckets": 0,
        },
        "delta": {"new": 1, "grown": 0},
        "seconds": {"listed": 0.25},
        "finished": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    lines = render(record).splitlines()
    assert 'lookalike_images{result="failures"} 1' in lines and "lookalike_duplicates 2" in lines
    assert 'lookalike_changed_clusters{change="new"} 1' in lines
    assert f"lookalike_finished_timestamp_seconds {datetime.fromisoformat(record['finished']).timestamp()}" in lines
    for line in lines:
        assert re.fullmatch(r'# (HELP|TYPE) lookalike_\w+ .+|lookalike_\w+(\{\w+="[\w-]+"\})? [\d.]+', line)
    for name in {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}:
        assert f"# TYPE {name} gauge" in lines


def test_progress_as_json_lines(capsys):
    clock = Progress("", "json")
    clock.done("listed", 3, "files")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["stage"], told["count"], told["things"]) == ("listed", 3, "files") and told["time"].endswith("+00:00")


def loaded(path):
    """A file of Python that lies in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_flex_template_knows_every_key_of_the_configuration():
    template = loaded(DEPLOY / "dataflow" / "flex_template.py")
    told = json.loads((DEPLOY / "dataflow" / "metadata.json").read_text())
    assert told == template.metadata(), "make generated"
    given = ["--input=gs://b/in", "--output=gs://b/out", "--confirm_probability=0.3", "--cluster_formats=[TIFF, PNG]"]
    beam = ["--project=p", "--region=r", "--temp_location=gs://b/tmp", "--sdk_container_image=i"]
    arguments = template.arguments([*given, *beam])
    at = arguments.index("--")
    args = parser().parse_args(arguments[:at])
    assert arguments[at + 1 :] == beam and args.runner == "dataflow" and args.output == "gs://b/out"
    config = load(None, args.set)
    assert config.confirm.probability == 0.3 and config.cluster.formats == ("TIFF", "PNG")
    nightly = parser().parse_args(template.arguments(["--input=a", "--output=b", "--catalog=true"])[:-1])
    assert nightly.catalog == "b" and nightly.output is None


@pytest.mark.parametrize(
    "name", ["cloud/Dockerfile", "dataflow/Dockerfile", "dataflow/launcher.Dockerfile", "flink/Dockerfile"]
)
def test_images_copy_what_there_is(name):
    root = DEPLOY.parents[1]
    text = (DEPLOY / name).read_text()
    copied = [part for line in re.findall(r"^COPY (.*)", text, re.M) for part in line.split()[:-1]]
    assert {"setup.py", "configs", "pipelines", "transforms"} <= set(copied)
    assert all((root / part).exists() for part in copied)
    extras = set(re.search(r"'\.\[(.*?)\]'", text)[1].split(","))
    assert extras <= set(re.findall(r'^    "(\w+)": \[', (root / "setup.py").read_text(), re.M))


def test_the_runner_configurations_are_options_of_beam():
    for file in sorted((DEPLOY.parent / "runners").glob("*.yaml")):
        values = yaml.safe_load(file.read_text())
        known = PipelineOptions([]).get_all_options()
        assert set(values) <= set(known), file


def test_flink_restarts_a_job_when_no_worker_of_before_is_kept():
    options = pipeline_options("flink", []).get_all_options()
    cluster = yaml.safe_load((DEPLOY / "flink" / "config.yaml").read_text())
    operated = yaml.safe_load((DEPLOY / "flink" / "kubernetes.yaml").read_text())["spec"]["flinkConfiguration"]
    for settings in (cluster, operated):
        delay, unit = settings["restart-strategy.fixed-delay.delay"].split()
        assert unit == "s" and 1000 <= options["environment_cache_millis"] <= 1000 * int(delay) / 2


def test_a_task_manager_of_kubernetes_leaves_memory_to_its_workers():
    spec = yaml.safe_load((DEPLOY / "flink" / "kubernetes.yaml").read_text())["spec"]
    settings, manager = spec["flinkConfiguration"], spec["taskManager"]
    slots = int(settings["taskmanager.numberOfTaskSlots"])
    least, most = (int(settings[f"taskmanager.memory.jvm-overhead.{end}"].removesuffix("g")) for end in ("min", "max"))
    assert (
        manager["resource"]["cpu"] == slots
        and f"--sdk_worker_parallelism={slots}" in (DEPLOY / "flink" / "kubernetes.yaml").read_text()
    )
    # Flink overwrites the memory of the pod's template and of the process by that of the resource
    assert "podTemplate" not in manager and "taskmanager.memory.process.size" not in settings
    assert least == most >= 1.5 * slots and int(manager["resource"]["memory"].removesuffix("g")) - most >= 8


def test_dataflow_gets_an_image_or_the_checkout(tmp_path, monkeypatch):
    where = ["--project=p", "--region=r", "--temp_location=gs://b/tmp"]
    assert pipeline_options("dataflow", where).get_all_options()["setup_file"] == "./setup.py"
    image = pipeline_options("dataflow", [*where, "--sdk_container_image=i"]).get_all_options()
    assert image["setup_file"] is None and image["resource_hints"] == ["min_ram=4GB"]
    assert image["number_of_worker_harness_threads"] == 1
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="sdk_container_image"):
        pipeline_options("dataflow", where)
