"""How often unrelated images of a corpus agree: measured before it is matched, or taken from the previous audit."""

import dataclasses
from collections.abc import Sequence

from lookalike.pipelines.run.steps.job import Job
from lookalike.transforms.candidates.chance import measure_chance


def with_measured_chance(job: Job, tables: Sequence[Sequence[str]], images: int) -> Job:
    """A job with what chance brings in its corpus, of so many listed images. tables: paths of the parts of each
    fingerprints table that it consists of.
    """
    stages = job.stages(images)
    return dataclasses.replace(job, rates=measure_chance(tables, images, stages.collapse, job.request.config.pair))


def with_previous_chance(job: Job) -> Job:
    """A job that asks of a pair what the previous audit did, so that the pairs of unchanged images stay what they were.
    The previous audit is of a corpus of this scale.
    """
    assert job.previous is not None
    return dataclasses.replace(job, rates=job.previous.rates)
