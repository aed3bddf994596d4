"""The second half again, for what changed since an earlier audit of nearly the same corpus."""

import dataclasses
from collections.abc import Sequence

import apache_beam as beam

from lookalike.pipelines.configuration.stages import Stages
from lookalike.pipelines.match import ClusterAndWrite
from lookalike.transforms.candidates.exact_duplicates import PAIRS
from lookalike.transforms.incremental.confirm_changes import ConfirmChanges
from lookalike.transforms.incremental.diff import FindChanges
from lookalike.transforms.incremental.invalidation import FindEffects
from lookalike.transforms.ingest.work_units import Known
from lookalike.transforms.io.failures_table import read_capped
from lookalike.transforms.io.generate import GenerateOnWorkers
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.stores import store, write_bytes
from lookalike.transforms.verification.confirm import PARTS, ConfirmPairs

SETTLED = "settled"


@dataclasses.dataclass(eq=False)
class MatchChanges(beam.PTransform):
    """The pipeline's root -> files below `output`, the same that `MatchCorpus` would write, if it comes to an end that
    is `settled`. known: the fingerprints of the earlier audit. capped: paths of its failures.
    """

    stages: Stages
    confirm: ConfirmPairs
    known: Known
    capped: Sequence[str]
    output: str

    def expand(self, root):
        """See the class."""
        stages = self.stages
        numbered = root | "Parts" >> GenerateOnWorkers(tuple[int, str], enumerate, (self.confirm.place.parts,))
        paths = numbered | "Paths" >> beam.Values()
        collapsed = paths | "Collapse" >> stages.collapse
        before = (
            root
            | "EarlierParts" >> GenerateOnWorkers(str, iter, (self.known.parts,))
            | "EarlierCollapse" >> stages.collapse
        )
        everything = {
            "numbered": numbered,
            "paths": paths,
            "followers": collapsed["followers"],
            "earlier_followers": before["followers"],
        }
        finding = FindChanges(stages.collapse, self.known, stages.parts, self.output)
        everything["changes"] = everything | "Changes" >> finding
        everything["settled"] = everything | "Effects" >> FindEffects(stages.pair)
        capped = root | "EarlierFailures" >> GenerateOnWorkers(str, iter, (self.capped,))
        near = everything | "Confirm" >> ConfirmChanges(stages.pair, self.confirm)
        _ = everything["settled"] | "Note" >> beam.Map(_note, self.output)
        _ = {
            "numbered": numbered,
            "equal": collapsed[PAIRS],
            "near": near["pairs"],
            "candidates": near[PARTS],
            "capped": capped | "Capped" >> beam.FlatMap(read_capped),
        } | "Finish" >> ClusterAndWrite(stages, self.output)


def _note(settled, output):
    if settled:
        write_bytes(f"{output}/{RUN}/{SETTLED}", b"")


def settled(output: str) -> bool:
    """Did the changes have no effects beyond the pairs that they are part of? If they had, nothing was compared."""
    fs, path = store(output)
    return fs.exists(f"{path}/{RUN}/{SETTLED}")


def forget_settled(output: str) -> None:
    """Begin anew: an earlier try may have come to its end."""
    fs, path = store(output)
    if fs.exists(f"{path}/{RUN}/{SETTLED}"):
        fs.rm_file(f"{path}/{RUN}/{SETTLED}")
