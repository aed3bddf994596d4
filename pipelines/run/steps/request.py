"""What an audit is asked to do."""

import dataclasses

from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines.configuration.config import Config
from lookalike.transforms.clustering.verdicts import NO_VERDICTS, Verdicts
from lookalike.transforms.core.settings.pair import FOLDER
from lookalike.transforms.functional.verification.relations import COPIES


@dataclasses.dataclass(frozen=True)
class AuditRequest:
    """What an audit is asked to do.

    inputs, output: paths or URLs. since: a previous audit, whose fingerprints and pairs are reused where they still
    hold, and with which the clusters are compared. refresh: they are compared only; every image is read again.
    verdicts: what people have decided of pairs. overwrite: a finished run in `output` may be replaced. log: how
    progress is told, 'text', 'json' or 'none'. steal_lock: a process on another machine that holds the lock of the
    output, and shows no sign of life, is taken for dead.
    """

    inputs: tuple[str, ...]
    output: str
    config: Config
    options: PipelineOptions
    since: str | None = None
    refresh: bool = False
    verdicts: Verdicts = NO_VERDICTS
    overwrite: bool = False
    log: str = "text"
    steal_lock: bool = False


@dataclasses.dataclass(frozen=True)
class CompareRequest:
    """What a comparison is asked to do: to find the copies of some images among others, and those only.

    run: where the result goes, and how; its inputs are those of both sides, and it knows no previous audit. against:
    of these, the inputs in which copies are looked for; either side may be a single finished audit. Without them copies
    are looked for across sets. sets: `FOLDER`, each folder right below the inputs is one; or the name of a column, each
    value of which is one. relations: what the one has to be to the other. known: a list of PDQ hashes; then the images
    that are on it are found, and nothing else.
    """

    run: AuditRequest
    against: tuple[str, ...] = ()
    relations: tuple[str, ...] = COPIES
    known: str = ""
    sets: str = FOLDER

    @property
    def queries(self) -> tuple[str, ...]:
        """The inputs whose copies are looked for."""
        return self.run.inputs[: len(self.run.inputs) - len(self.against)]
