"""Runner name and Beam's own options in, a finished pipeline out."""

import os
import sys
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from pipelines.config import ConfigError, runner_options

LOCAL, DATAFLOW = "local", "dataflow"
SETUP = Path("setup.py")
WORKER = f"{sys.executable} -m pipelines.worker"
COUNTED = ("CollapseDuplicates", "ConfirmPairs")
"""Stages with counters of their own: structureless images, candidates."""


def pipeline_options(name: str, beam_arguments: list[str]) -> PipelineOptions:
    """configs/runners/NAME.yaml, overridden by arguments as Beam takes them, such as ['--parallelism=4'].

    Raises:
        ConfigError: workers on Dataflow would not have this package.
    """
    values: dict[str, Any] = runner_options(name)
    parsed = PipelineOptions(beam_arguments).get_all_options()
    named = {argument.split("=")[0].lstrip("-") for argument in beam_arguments if argument.startswith("--")}
    values.update({name: parsed[name] for name in named if name in parsed})
    if name == LOCAL:
        values["direct_num_workers"] = values.get("direct_num_workers") or cores()
        values["direct_running_mode"] = None  # `_local` sees to it
    if name == DATAFLOW and not parsed.get("sdk_container_image") and not parsed.get("setup_file"):
        if not (SETUP.is_file() and Path("transforms").is_dir()):
            raise ConfigError(
                "Dataflow's workers need this package: add `--sdk_container_image=IMAGE` after `--`, made from "
                "configs/deploy/dataflow/Dockerfile, or start this in a checkout, whose setup.py is then shipped"
            )
        values["setup_file"] = f"./{SETUP}"
    return PipelineOptions(beam_arguments, **values)


def cores() -> int:
    """Cores that this process may use, where the system tells; else all that the machine has."""
    allowed = getattr(os, "sched_getaffinity", None)  # macOS and Windows have none
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def run(transform: beam.PTransform, options: PipelineOptions) -> dict[str, int]:
    """Apply `transform` to the root of a new pipeline, and run it to its end -> the counters of our stages, by name.

    Raises:
        RuntimeError: the pipeline failed or was cancelled.
    """
    pipeline = beam.Pipeline(runner=_local(options), options=options)
    _ = pipeline | transform
    result = pipeline.run()
    state = result.wait_until_finish()
    if str(state or result.state) not in ("DONE", "State.DONE"):
        raise RuntimeError(f"the pipeline ended as {state}")
    counted = result.metrics().query()["counters"]
    return {c.key.metric.name: c.result for c in counted if c.key.metric.namespace in COUNTED}


def _local(options: PipelineOptions) -> FnApiRunner | None:
    """Beam's own runner, if that is wanted: one worker in this process, more in processes of their own."""
    if options.get_all_options()["runner"] != LOCAL:
        return None
    alone = options.view_as(DirectOptions).direct_num_workers == 1
    return FnApiRunner(None if alone else SubprocessSDKEnvironment.from_command_string(WORKER))
