"""What of a previous audit's pairs can be reused: all but those of what changed, where little did."""

from collections.abc import Sequence

from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.pipelines.run.steps.halves import Fingerprints
from lookalike.pipelines.run.steps.job import Job
from lookalike.transforms.candidates.bands import AllPairs
from lookalike.transforms.io.parquet_sink import written_count

MANY = 0.1
"""Share of changed images from which the whole corpus is matched again: looking at each change costs more."""
MOST = 20_000
"""Images that came or went of which each is looked for in every part; a worker holds the keys of all, and features in
batches (`lookalike.transforms.incremental.diff`)."""


def reusable_candidates(job: Job, fingerprints: Fingerprints) -> Sequence[str]:
    """Paths of what the previous audit found of pairs, or () where nothing of it holds: the rules are others now, or
    the corpus's size crossed a step.
    """
    if job.previous is None:
        return ()
    reusable = job.previous.candidates(job.request.config, job.stages(fingerprints.listing.rows).blocks)
    if not reusable:
        job.progress.say("the corpus's size crossed a step, or the rules changed; matching the whole corpus")
    return reusable


def few_changed(job: Job, fingerprints: Fingerprints) -> bool:
    """Is it worth while to match only what changed since the previous audit? Not where every pair is compared anyway,
    the buckets are others, or another copy may stand for its equals.
    """
    assert job.previous is not None
    record, search = job.previous.record, job.stages(fingerprints.listing.rows).pair.plan()
    if isinstance(search, AllPairs) or record["lsh"]["scale"] != search.scale:
        return False
    if record["configuration"]["cluster"] != job.request.config.cluster.plain():
        return False
    return _few(job.previous, fingerprints.images, written_count(job.root, "kept"))


def _few(previous: PreviousAudit, now: int, kept: int) -> bool:
    """now: images. kept: those of them that the previous audit has as well. A moved or changed image is one that came
    and one that went.
    """
    came, gone = now - kept, previous.record["counts"]["fingerprints"] - kept
    return max(came, gone) <= MANY * now and came + gone <= MOST
