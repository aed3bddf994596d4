"""Runner name and Beam's own options in, a finished pipeline out."""

import argparse
import atexit
import collections
import difflib
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, JobServerOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.utils.subprocess_server import pick_port

from lookalike.pipelines.configuration.config import ConfigError, runner_options
from lookalike.pipelines.engines.cores import cores
from lookalike.pipelines.engines.loopback import on_loopback
from lookalike.pipelines.engines.outside_notebooks import outside_notebooks
from lookalike.pipelines.engines.quick_beam import quick_beam
from lookalike.pipelines.engines.worker_processes import WorkerProcesses

LOCAL, DATAFLOW = "local", "dataflow"
SETUP = Path("setup.py")
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MetaspaceSize=128m")
"""Of a job server: it lives for a command, so what its JVM would compile for years of work is never worth it, nor is
looking for garbage each time that classes need more room."""
COUNTED = (
    *("GroupIntoChunks", "ReadImages", "EmbedImages"),
    *("CollapseDuplicates", "FindCandidates", "ConfirmPairs", "SecondLook", "ClusterPairs"),
)
"""Stages with counters of their own (`lookalike.transforms.core.stage.count`)."""


def pipeline_options(name: str, beam_arguments: list[str]) -> PipelineOptions:
    """configs/runners/NAME.yaml, overridden by arguments as Beam takes them, such as ['--parallelism=4'].

    Raises:
        ConfigError: an option that Beam does not know, or a value that it does not take; or workers on Dataflow would
            not have this package.
    """
    _check_runner(name)
    values: dict[str, Any] = runner_options(name)
    parsed = _parsed(beam_arguments, str(values["runner"]))
    named = {argument.split("=")[0].lstrip("-") for argument in beam_arguments if argument.startswith("--")}
    values.update({name: parsed[name] for name in named if name in parsed})
    if name == LOCAL:
        if values["direct_num_workers"] < 0:
            raise ConfigError(f"--direct_num_workers is {values['direct_num_workers']}; 0 is one for each core")
        values["direct_num_workers"] = values["direct_num_workers"] or cores()
        values["direct_running_mode"] = None  # `_local` sees to it
    if name == DATAFLOW and not parsed.get("sdk_container_image") and not parsed.get("setup_file"):
        if not (SETUP.is_file() and Path("transforms").is_dir()):
            raise ConfigError(
                "Dataflow's workers need this package: add `--sdk_container_image=IMAGE` after `--`, made from "
                "configs/deploy/dataflow/Dockerfile, or start this in a checkout, whose setup.py is then shipped"
            )
        values["setup_file"] = f"./{SETUP}"
    if _has_job_server(str(values["runner"])):
        values.setdefault("job_server_jvm_properties", [f"-Djava.io.tmpdir={tempfile.gettempdir()}", *JVM])
    return PipelineOptions(beam_arguments, **values)


def _parsed(beam_arguments: list[str], runner: str) -> dict[str, Any]:
    """Arguments as Beam takes them -> its options, checked. Beam itself leaves out what it does not know."""
    found: dict[str, Any] = {}

    def fail(message: str) -> NoReturn:
        raise ConfigError(f"after `--`: {message}")

    def parse(parser: argparse.ArgumentParser) -> None:
        parser.error = fail  # type: ignore[method-assign]
        options, unknown = parser.parse_known_args(beam_arguments)
        found.update(vars(options))
        known = [text for action in parser._actions for text in action.option_strings]
        for argument in unknown:
            option = argument.partition("=")[0]
            near = difflib.get_close_matches(option, known, n=1, cutoff=0.85)
            if near or not _has_job_server(found["runner"] or runner):
                fail(f"Beam knows no option {option}{f'; did you mean {near[0]}?' if near else ''}")

    PipelineOptions([]).get_all_options(add_extra_args_fn=parse)
    _check_runner(found["runner"] or runner)
    return found


def _check_runner(name: str) -> None:
    beams = {path.rsplit(".", 1)[-1].lower() for path in StandardOptions.ALL_KNOWN_RUNNERS}
    known = {LOCAL, *beams, *(beam_name.removesuffix("runner") for beam_name in beams)}
    if name.lower() not in known and not re.fullmatch(r"\w+(\.\w+)+", name):
        raise ConfigError(f"--runner is {name!r}; it can be {', '.join(sorted(known - beams))}, or a class by its path")


def _has_job_server(runner: str) -> bool:
    """Is there another program, with options of its own, that this runner hands jobs to?"""
    return runner.lower().removesuffix("runner") in ("flink", "spark", "portable")


def run(transform: beam.PTransform, options: PipelineOptions) -> dict[str, int]:
    """Apply `transform` to the root of a new pipeline, and run it to its end -> the counters of our stages, by name.

    Raises:
        RuntimeError: the pipeline failed or was cancelled.
        KeyboardInterrupt: it was interrupted; its workers are gone.
    """
    if _has_job_server(options.get_all_options()["runner"]):
        _share_job_server(options)
    with outside_notebooks(), on_loopback(), quick_beam():
        pipeline = beam.Pipeline(runner=_local(options), options=options)
        try:
            _ = pipeline | transform
            result = pipeline.run()
            state = result.wait_until_finish()
        except Exception as error:
            if _was_interrupted(error):
                raise KeyboardInterrupt from error
            raise
        finally:
            shutil.rmtree(pipeline.local_tempdir, ignore_errors=True)  # Beam does that only where it came to `run`
    if str(state or result.state) not in ("DONE", "State.DONE"):
        raise RuntimeError(f"the pipeline ended as {state}")
    return counters_of(result.metrics().query()["counters"])


def counters_of(counted: Iterable[Any]) -> dict[str, int]:
    """What Beam counted -> the counters of our stages, by name, each over all steps that count it. Some engines name
    counters that a step never added to.
    """
    sums: collections.Counter[str] = collections.Counter()
    for counter in counted:
        if counter.key.metric.namespace in COUNTED:
            sums[counter.key.metric.name] += counter.result or 0
    return dict(sums)


def _share_job_server(options: PipelineOptions) -> None:
    """Have all pipelines with these options go to one job server: Beam starts another wherever its command differs,
    and picks a port and a folder for each pipeline by itself. It stays until this process ends.
    """
    server = options.view_as(JobServerOptions)
    server.job_port = server.job_port or pick_port(None)[0]
    if not server.artifacts_dir:
        server.artifacts_dir = tempfile.mkdtemp(prefix="beam-temp")
        atexit.register(shutil.rmtree, server.artifacts_dir, ignore_errors=True)


def _was_interrupted(error: BaseException | None) -> bool:
    """Did a signal raise it? One that comes in a stage, in this process, is made a failure of the stage by Beam."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def refuse_memory(uris: Iterable[str], options: PipelineOptions) -> None:
    """See that workers can reach what is named: `memory://` is one process's own.

    Raises:
        ConfigError: they can't.
    """
    if not _is_alone(options):
        for uri in uris:
            if uri.lower().startswith("memory:"):
                raise ConfigError(f"{uri} is in the memory of this process, where workers can't reach it; add "
                                  "`-- --direct_num_workers=1`, or name a folder or a bucket")  # fmt: skip


def _is_alone(options: PipelineOptions) -> bool:
    local = options.get_all_options()["runner"] == LOCAL
    return local and options.view_as(DirectOptions).direct_num_workers == 1


def _local(options: PipelineOptions) -> FnApiRunner | None:
    """Beam's own runner, if that is wanted: one worker in this process, more in processes of their own."""
    if options.get_all_options()["runner"] != LOCAL:
        return None
    return FnApiRunner(None if _is_alone(options) else WorkerProcesses())
