"""Runner name and Beam's own options in, a finished pipeline out."""

import os
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.config import runner_options

LOCAL = "local"
COUNTED = ("CollapseDuplicates", "ConfirmPairs")
"""Stages with counters of their own: structureless images, candidates, hot words."""


def pipeline_options(name: str, beam_arguments: list[str]) -> PipelineOptions:
    """configs/runners/NAME.yaml, overridden by arguments as Beam takes them, such as ['--parallelism=4']."""
    values: dict[str, Any] = runner_options(name)
    parsed = PipelineOptions(beam_arguments).get_all_options()
    named = {argument.split("=")[0].lstrip("-") for argument in beam_arguments if argument.startswith("--")}
    values.update({name: parsed[name] for name in named if name in parsed})
    if name == LOCAL:
        workers = values.get("direct_num_workers") or len(os.sched_getaffinity(0))
        values["direct_num_workers"] = workers
        if workers == 1:
            values["direct_running_mode"] = "in_memory"
    return PipelineOptions(beam_arguments, **values)


def run(transform: beam.PTransform, options: PipelineOptions) -> dict[str, int]:
    """Apply `transform` to the root of a new pipeline, and run it to its end -> the counters of our stages, by name.

    Raises:
        RuntimeError: the pipeline failed or was cancelled.
    """
    pipeline = beam.Pipeline(options=options)
    _ = pipeline | transform
    result = pipeline.run()
    state = result.wait_until_finish()
    if str(state or result.state) not in ("DONE", "State.DONE"):
        raise RuntimeError(f"the pipeline ended as {state}")
    counted = result.metrics().query()["counters"]
    return {c.key.metric.name: c.result for c in counted if c.key.metric.namespace in COUNTED}
