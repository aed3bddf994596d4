"""What an audit is asked to do."""

import dataclasses

from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines.configuration.config import Config
from lookalike.transforms.clustering.verdicts import Verdicts

NO_VERDICTS = Verdicts()


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
