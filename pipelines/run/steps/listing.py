"""The first step: the inputs are listed, and the list is written for workers to read."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from lookalike.pipelines.run.commit import drop_work
from lookalike.pipelines.run.output_folder import begin, forget_tables, is_begun
from lookalike.pipelines.run.steps.job import Job
from lookalike.transforms.core.columns import NO_COLUMNS
from lookalike.transforms.ingest.listing import absolute, list_images
from lookalike.transforms.ingest.overlap import outside
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.ingest.selection.errors import InputError
from lookalike.transforms.ingest.written_listing import write_listing
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.stores import store


@dataclasses.dataclass(frozen=True)
class Listing:
    """What was listed.

    inputs: as they were given to whoever listed them. shards: paths of the written list. rows: how many, by which the
    stages are sized. left_out: files that are no images, by kind. sniffed: images that only their content shows to be
    some, by kind. columns: that the inputs' rows bring along, with their types. met: those of them that an input has.
    """

    inputs: list[str]
    shards: Sequence[str]
    rows: int
    left_out: dict[str, int]
    sniffed: dict[str, int]
    columns: pa.Schema = NO_COLUMNS
    met: frozenset[str] = frozenset()


def list_inputs(
    job: Job, needed: Iterable[str] | None = None, check: Callable[[Sequence[str]], object] = lambda _: None
) -> Listing:
    """Note that a run is begun, and list the inputs. A run that was killed is resumed: its commits still hold.

    needed: which of the columns that are to be carried along an input must have; all, if it is None. check: is given
    the paths of the written list, and may refuse it with an OutputError.

    Raises:
        InputError: an input that is not there, or lacks a column that is to be carried along; or nothing is there of
            what a previous audit has.
        OutputError: an image lies in the output, or the output can't be written.
    """
    inputs, begun = list(job.request.inputs), is_begun(job.root)
    try:
        # the output first: whatever else a killed run leaves in the work folder is then known to be a run's
        begin(job.output, "audit")
        begin(job.root, "audit")
        config = job.request.config
        choice = Choice(config.read.sniff, config.columns.carry, needed)
        listed = outside(list_images(inputs, choice), inputs, job.output)
        shards, rows = write_listing(listed, job.root, choice.carried)
        _refuse_emptied(job, inputs, rows)
        _tell_emptied(job, inputs)
        check(shards)
    except (InputError, OutputError):
        if not begun:
            drop_work(job.output)
        raise
    forget_tables(job.root)
    job.progress.done("listed", rows, "files")
    return Listing(
        inputs, shards, rows, choice.left_out.counts(), choice.sniffed.counts(), choice.carried.schema(),
        choice.carried.met,
    )  # fmt: skip


def _refuse_emptied(job: Job, inputs: list[str], rows: int) -> None:
    """The folder that a disk is mounted on is empty while it is not: an audit of it would be the one that the next
    night starts from, and reads every image again.
    """
    if job.previous and not rows and job.previous.record["counts"]["listed"]:
        raise InputError(
            f"{', '.join(inputs)}: no images are there, and {job.previous.output} had some; is a disk not mounted? If "
            "all are gone, leave --since out, or give another --catalog"
        )


def _tell_emptied(job: Job, inputs: list[str]) -> None:
    """Of several folders, one may be empty because its disk is not mounted, or because its images were moved."""
    if job.previous is None or len(inputs) < 2:
        return
    for name in inputs:
        folder = absolute(name)
        fs, path = store(folder)
        # an archive would be read once more
        if not fs.isdir(path) or next(list_images([name], Choice(job.request.config.read.sniff)), None) is not None:
            continue
        count = job.previous.count_below(folder.rstrip("/") + "/")
        if count:
            had = f"{job.previous.output} had {count:,}"
            job.progress.say(f"{name}: no images are there, and {had}; is a disk not mounted?")
