"""One run while it goes on: what it was asked, where it writes, and which previous audit it builds on."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from lookalike.pipelines.configuration.config import Config, ConfigError
from lookalike.pipelines.configuration.stages import Corpus, Stages, refuse_uncarried
from lookalike.pipelines.engines.progress import Progress
from lookalike.pipelines.engines.runners import refuse_memory
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.lock import Lock
from lookalike.pipelines.run.output_folder import claim_output, read_replaced, refuse_strange_work, writing
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.pipelines.run.steps.request import AuditRequest
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.overlap import refuse_overlap
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.stores import is_path


@dataclasses.dataclass(frozen=True)
class Job:
    """One run. Its output is locked as long as the job is open.

    output: where the result goes in the end. started: ISO time. previous: the audit that `request.since` names.
    replaced: the record of a finished run in `output`, which the new result replaces as a whole. staging: the folder,
    below the output's work folder, that a replacement is made in. borrowed_from: the output of the run whose
    fingerprints are matched, if this run makes none. rates: how often unrelated images agree, once that is known.
    """

    request: AuditRequest
    output: str
    lock: Lock
    progress: Progress
    started: str
    previous: PreviousAudit | None = None
    replaced: dict[str, Any] | None = None
    staging: str = ""
    borrowed_from: str = ""
    rates: ChanceRates | None = None

    @property
    def root(self) -> str:
        """Where this run writes: the output itself, or the staging folder if a finished run is there."""
        return f"{self.output}/{RUN}/{self.staging}" if self.staging else self.output

    @property
    def fingerprints_root(self) -> str:
        """Where the fingerprints table lies."""
        return self.borrowed_from or self.root

    def part(self, name: str, inputs: Sequence[str]) -> "Job":
        """A first half that this run needs, of some of its inputs: it works in a folder of the work folder."""
        staging = f"{self.staging}/{RUN}/{name}" if self.staging else name
        request = dataclasses.replace(self.request, inputs=tuple(inputs))
        return dataclasses.replace(self, request=request, staging=staging, progress=self.progress.part(name))

    def stages(self, images: int) -> Stages:
        """The stages, for a corpus of so many listed images. Each pipeline needs its own: Beam's transforms belong to
        the pipeline that they are applied in.
        """
        corpus = Corpus(self.root, images, self.progress.folder, self.borrowed_from, self.rates)
        return Stages(self.request.config, corpus, self.request.verdicts)


@contextlib.contextmanager
def new_run(request: AuditRequest, command: str, kind: str = manifest.AUDIT) -> Iterator[Job]:
    """Check the request and claim its output, which is locked until the end of the context. kind: of run.

    Raises:
        ConfigError: a value that a stage refuses, or a place that workers can't reach.
        OutputError: the output can't be used, or the previous audit can't.
    """
    started = _now()
    _check(request)
    previous = _previous(request)
    output = absolute(request.output)
    with writing(output, command, request.steal_lock) as lock:
        job = Job(request, output, lock, _progress(request, output), started, previous)
        if claim_output(output, request.overwrite):
            job = dataclasses.replace(job, staging="audit", replaced=read_replaced(output, kind))
            refuse_strange_work(output)
        yield job


@contextlib.contextmanager
def rematch_run(request: AuditRequest) -> Iterator[Job]:
    """The same for a run on the fingerprints of the finished run in the output, whose other tables it replaces.

    Raises:
        OutputError: there is no finished run, or its fingerprints were made with another configuration.
        ConfigError: other columns are asked for than it carries along.
    """
    output = absolute(request.output)
    manifest.read(output)  # nothing is made where there is no run
    with writing(output, "match", request.steal_lock) as lock:
        finished = PreviousAudit.open(output, request.config).record
        request = dataclasses.replace(request, config=_as_carried(request.config, finished))
        _check(request)
        refuse_strange_work(output)
        progress = _progress(request, output)
        yield Job(
            request, output, lock, progress, finished["started"], None, finished, staging="match", borrowed_from=output
        )


def _check(request: AuditRequest) -> None:
    """Refuse what can't work before anything is touched."""
    Stages(request.config, Corpus(absolute(request.output)))
    refuse_uncarried(request.config)
    refuse_overlap([*request.inputs, *filter(None, (request.since,))], [request.output])
    refuse_memory([*request.inputs, request.output, request.since or ""], request.options)


def _as_carried(config: Config, finished: dict[str, Any]) -> Config:
    """A configuration for a finished run, which has the columns that it has.

    Raises:
        ConfigError: others are asked for.
    """
    has = {name: finished["configuration"].get("columns", {}).get(name) for name in ("carry", "label_from")}
    carried = config.changed(columns={name: value for name, value in has.items() if value is not None})
    if config.columns.names and config.columns.names != carried.columns.names:
        there = ", ".join(carried.columns.names) or "none"
        raise ConfigError(f"the columns of a finished run stay as they are ({there}); `lookalike audit` carries others")
    return carried


def _previous(request: AuditRequest) -> PreviousAudit | None:
    if not request.since:
        return None
    since = absolute(request.since)
    if request.refresh:  # its clusters are compared, whatever its fingerprints were made with
        return PreviousAudit(since, manifest.read(since, outdated=True))
    return PreviousAudit.open(since, request.config)


def _progress(request: AuditRequest, output: str) -> Progress:
    return Progress(f"{output}/{RUN}" if is_path(output) else "", request.log)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")
