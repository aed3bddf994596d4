"""The stages of both halves, built from a Config: what is wrong is refused here, before anything runs."""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from lookalike.pipelines.configuration.config import Config, ConfigError
from lookalike.pipelines.configuration.versions import versions
from lookalike.transforms.candidates.exact_duplicates import CollapseDuplicates
from lookalike.transforms.candidates.find import FindCandidates, SearchContext
from lookalike.transforms.candidates.followers import KEYS_IN_A_FILE, FollowerFiles
from lookalike.transforms.clustering.cluster import ClusterPairs
from lookalike.transforms.clustering.folders import ContainFolders
from lookalike.transforms.clustering.keep_policy import Policy
from lookalike.transforms.clustering.verdicts import JudgedPairs, Verdicts
from lookalike.transforms.core.partitions import blocks_for, parts_for, scale_of
from lookalike.transforms.core.schemas import CLUSTERS, FAILURES, MERGES, fingerprints_schema
from lookalike.transforms.core.settings.columns import FROM_FOLDER, LABEL
from lookalike.transforms.decoding.read_images import ReadImages
from lookalike.transforms.embedding.settings import embedding_of, resolve
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.fingerprinting.fingerprints_table import CommitChunks
from lookalike.transforms.fingerprinting.sketch import SketchImages
from lookalike.transforms.functional.images.pdq import is_installed
from lookalike.transforms.functional.lsh.chance_rates import ChanceRates
from lookalike.transforms.ingest.columns_table import WriteColumns
from lookalike.transforms.ingest.scopes import ScopeRule
from lookalike.transforms.ingest.work_units import GroupIntoChunks, Known
from lookalike.transforms.io.generate import parts_of
from lookalike.transforms.io.parquet_sink import Part, WriteTable
from lookalike.transforms.verification.comparison import ComparisonRules
from lookalike.transforms.verification.confirm import ConfirmPairs
from lookalike.transforms.verification.group_store import GroupStore
from lookalike.transforms.verification.second_look import SecondLook
from lookalike.transforms.weights import DECISION_FILE, KEYPOINTS_FILE, sha256

TABLE_ROWS = 16
"""Rows of the small tables for one of the fingerprints table's."""
FORMAT = 13
"""Of fingerprints: changes when the same images and settings would make others than before."""
RESERVED = {*CLUSTERS.names, *MERGES.names}
"""Names of columns of tables that carried ones stand in too."""
DECIDING = ("max_bytes", "max_pixels", "pdq")
"""Of the block `read`: what a fingerprint depends on; on `pdq` only where it is asked for."""
COMPARISON = 13
"""The same of the comparison of two images."""


@dataclasses.dataclass(frozen=True)
class Corpus:
    """What is known of a run at launch. output: where it writes. images: rows of the listing. progress: local folder
    for progress files. reused: output whose fingerprints table is used, where another run made it. rates: how often
    unrelated images agree, if that was measured.
    """

    output: str
    images: int = 1
    progress: str = ""
    reused: str = ""
    rates: ChanceRates | None = None

    @property
    def fingerprints(self) -> str:
        """The output whose fingerprints are compared."""
        return self.reused or self.output


class Stages:
    """Every stage, ready to be applied.

    Raises:
        ConfigError: values that can't be together, or a file that they name and that is not there.
    """

    def __init__(self, config: Config, corpus: Corpus, verdicts: Verdicts | None = None) -> None:
        """`verdicts`: what people have decided of pairs."""
        self.config, self.corpus = config, corpus
        verdicts = verdicts or Verdicts()
        try:
            if config.read.pdq and not is_installed():
                raise ValueError("read.pdq needs the package pdqhash; install lookalike[pdq]")
            rows = config.output.rows_per_part
            self.parts = parts_for(corpus.images, rows)
            self.table_parts = max(1, scale_of(corpus.images) // (rows * TABLE_ROWS))
            self.policy = Policy(config.cluster)
            self.embed = EmbedImages(config.embed)
            self.dims = resolve(self.embed.embedding).dims
            self.read = ReadImages(config.read, progress=corpus.progress, plane=self.embed.embedding.plane)
            self.sketch = SketchImages(config.sketch)
            scope = ScopeRule.parse(config.pair.scope)
            wide = max(1, scale_of(corpus.images) // 65536)
            self.collapse = CollapseDuplicates(
                self.policy, config.collapse, files=self._followers("followers"), partitions=wide, scope=scope
            )
            context = SearchContext(
                corpus.images,
                self.config.sketch.permutations,
                self.dims,
                self.collapse,
                corpus.output,
                parts_of(corpus.fingerprints, "fingerprints", self.parts),
                corpus.rates,
            )
            self.pair = FindCandidates(config.pair, config.confirm, context=context)
            self.rules = ComparisonRules(config.confirm, config.pair, self.pair.rule())
            self.blocks = blocks_for(corpus.images)
            again = SecondLook(self.rules, self.parts)
            self.cluster = ClusterPairs(
                self.policy, verdicts, self.table_parts, self.parts, again, columns=config.columns, scope=scope,
                folders=config.output.folders,
            )  # fmt: skip
            self.contain = ContainFolders(config.output.folder_share, self.table_parts)
            self.judge = JudgedPairs(verdicts, scope)
        except ValueError as error:
            raise ConfigError(str(error)) from error

    def columns(self, shards: Sequence[str], schema: pa.Schema) -> WriteColumns:
        """The stage that writes the carried columns of a listing."""
        labels = self.config.columns.label_from == FROM_FOLDER
        return WriteColumns(self.corpus.output, schema, labels, shards, self.parts)

    def chunks(self, known: Known | None) -> GroupIntoChunks:
        """The stage that divides the first half's work; `known` need not be done again."""
        # what a killed run left was perhaps refused with other limits; what was made is the same with any, but not with
        # packages of other versions
        limits = [fingerprint_digest(self.config), self.config.read.seconds, self.config.read.memory, versions()]
        return GroupIntoChunks(self.parts, _digest(limits), self.corpus.output, known)

    def commit(self, known: Known | None) -> CommitChunks:
        """The stage that ends the first half's work."""
        schema = fingerprints_schema(self.dims, self.config.sketch.permutations, self.config.read.pdq)
        schema = schema.with_metadata({"lookalike.configuration": fingerprint_digest(self.config)})
        return CommitChunks(self.corpus.output, schema, self.parts, known)

    def comparing(self, fingerprints: list[Part], earlier: Sequence[str], columns: Sequence[Part] = ()) -> ConfirmPairs:
        """The stage of the comparison, of fingerprints and carried columns that are written; `earlier`: candidates of a
        previous audit.
        """
        paths = parts_of(self.corpus.fingerprints, "fingerprints", len(fingerprints))
        used = columns if self.collapse.columns else ()
        digest = self.digest([part.sha256 for part in (*fingerprints, *used)], versions())
        store = GroupStore(self.corpus.output, paths, self.blocks, digest, earlier, self.collapse)
        return ConfirmPairs(self.rules, store, self.corpus.progress)

    def digest(self, *what: object) -> str:
        """What a comparison depends on beside what it is of, in hex. The policy too: it decides which of equal images
        is searched.
        """
        rules = [match_digest(self.config), self.config.cluster.plain(), self.corpus.images, self.corpus.rates]
        return _digest([*rules, *what])

    def earlier_collapse(self) -> CollapseDuplicates:
        """The stage `collapse` for the fingerprints table of a previous audit."""
        return dataclasses.replace(self.collapse, files=self._followers("earlier-followers"))

    def _followers(self, name: str) -> FollowerFiles:
        return FollowerFiles(self.corpus.output, name, max(1, scale_of(self.corpus.images) // KEYS_IN_A_FILE))

    def failures_table(self, half: int) -> WriteTable:
        """The writer of the failures of the first (0) or second (1) half: each has its own parts of one table."""
        parts = self.table_parts
        return WriteTable(
            self.corpus.output, "failures", FAILURES, parts, tuple(FAILURES.names), half * parts, 2 * parts, True
        )


def refuse_uncarried(config: Config) -> None:
    """See that what is said of carried columns can be.

    Raises:
        ConfigError: a column of ours is called as one that is to be carried; or one is named that is not carried.
    """
    names = config.columns.names
    for name in names:
        if name in RESERVED or names.count(name) > 1:
            if name in RESERVED:
                why = "tables have a column of that name; rename it in the input"
            elif config.columns.carry.count(name) > 1:
                why = "it is named twice"
            else:
                why = "columns.label_from makes one of that name; choose one of them, or rename it in the input"
            raise ConfigError(f"columns.carry names {name!r}, and {why}")
    asked = {"cluster.columns": config.cluster.columns_named, "pair.scope": ScopeRule.parse(config.pair.scope).columns}
    asked["columns.conflicts"] = tuple(name for name in config.columns.conflicts if name != LABEL)
    for key, wanted in asked.items():
        for name in wanted:
            if name not in names:
                raise ConfigError(f"{key} names {name!r}, which is not carried along; give --columns {name}")


def fingerprint_digest(config: Config) -> str:
    """What a fingerprint depends on beside its image, in hex."""
    read = {name: getattr(config.read, name) for name in DECIDING if name != "pdq" or config.read.pdq}
    return _digest([FORMAT, sha256(KEYPOINTS_FILE), read, embedding_identity(config), config.sketch.plain()])


def embedding_identity(config: Config) -> dict[str, Any]:
    """What makes the embeddings: the network, its weights and all that follows it."""
    return resolve(embedding_of(config.embed)).identity


def match_digest(config: Config) -> str:
    """What the comparison of a pair depends on beside its fingerprints, in hex."""
    trees = sha256(DECISION_FILE)
    rules = [config.collapse.plain(), config.pair.plain(), config.confirm.plain()]
    return _digest([COMPARISON, trees, fingerprint_digest(config), *rules])


def _digest(value: object) -> str:
    return hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=16).hexdigest()
