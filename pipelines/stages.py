"""The stages of both halves, built from a Config: what is wrong is refused here, before anything runs."""

import dataclasses

from pipelines.config import Config, ConfigError
from transforms.candidates import FindCandidates
from transforms.cluster import ClusterPairs
from transforms.collapse import CollapseDuplicates
from transforms.confirm import ConfirmPairs
from transforms.embed import EmbedImages
from transforms.images import ReadImages
from transforms.output import WriteTable
from transforms.partitions import parts_for
from transforms.schemas import FAILURES
from transforms.sketch import SketchImages

TABLE_ROWS = 16
"""Rows of the small tables for one of the fingerprints table's."""


@dataclasses.dataclass
class Stages:
    """Every stage, ready to be applied. parts: of the fingerprints table; table_parts: of the others."""

    read: ReadImages
    embed: EmbedImages
    sketch: SketchImages
    collapse: CollapseDuplicates
    pair: FindCandidates
    confirm: ConfirmPairs
    cluster: ClusterPairs
    parts: int
    table_parts: int

    def failures_table(self, output: str, half: int) -> WriteTable:
        """The writer of the failures of the first (0) or second (1) half: each has its own parts of one table."""
        parts = self.table_parts
        return WriteTable(output, "failures", FAILURES, parts, tuple(FAILURES.names), half * parts, 2 * parts)


def build(config: Config, images: int, dims: int, ticks: str = "") -> Stages:
    """Config, the corpus's size, the embedding's length, and a local folder for progress -> Stages.

    Raises:
        ConfigError: a value that a stage refuses.
    """
    rows = config.output["rows_per_part"]
    try:
        if rows < 1:
            raise ValueError(f"output.rows_per_part must be at least 1, not {rows}")
        prefer = tuple(config.cluster["prefer"])
        table_parts = parts_for(images, rows * TABLE_ROWS)
        return Stages(
            ReadImages(**config.read, ticks=ticks),
            EmbedImages(**config.embed),
            SketchImages(**config.sketch),
            CollapseDuplicates(prefer=prefer, **config.collapse),
            FindCandidates(**config.pair, permutations=config.sketch["permutations"], dims=dims, images=images),
            ConfirmPairs(**config.confirm, word_bits=config.sketch["word_bits"], ticks=ticks),
            ClusterPairs(prefer, table_parts),
            parts_for(images, rows),
            table_parts,
        )
    except ValueError as error:
        raise ConfigError(str(error)) from error
