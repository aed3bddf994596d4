"""The whole job: list -> fingerprint -> match -> delta -> report, committed by audit.json."""

import collections
import dataclasses
import platform
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib import metadata
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.configuration.stages import (
    Corpus,
    Stages,
    embedding_identity,
    fingerprint_digest,
    match_digest,
)
from lookalike.pipelines.engines.progress import Progress
from lookalike.pipelines.engines.runners import refuse_memory, run
from lookalike.pipelines.fingerprint import RECORDS, FingerprintCorpus
from lookalike.pipelines.match import MatchCorpus, records
from lookalike.pipelines.match_changes import MatchChanges, forget_settled, settled
from lookalike.pipelines.review import delta, report
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.commit import drop_work
from lookalike.pipelines.run.errors import OutputError
from lookalike.pipelines.run.lock import Lock
from lookalike.pipelines.run.output_folder import (
    begin,
    claim_output,
    finish,
    finish_staged,
    forget_tables,
    is_begun,
    read_replaced,
    refuse_strange_work,
    strangers,
    writing,
)
from lookalike.pipelines.run.overlap import outside, refuse_overlap
from lookalike.pipelines.run.previous_audit import PreviousAudit
from lookalike.transforms.candidates.bands import Plan
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.version import VERSION
from lookalike.transforms.fingerprinting.embed import FLOATS
from lookalike.transforms.functional.lsh.banding import meeting_probability
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.ingest.listing import InputError, absolute, list_images
from lookalike.transforms.ingest.prefixes import without_images
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.ingest.written_listing import write_listing
from lookalike.transforms.io.parquet_sink import RUN, Part, note_count, written_count, written_parts
from lookalike.transforms.storage.links import places_of
from lookalike.transforms.storage.stores import is_path, read_file, read_parquet, write_bytes
from lookalike.transforms.weights import DECISION_FILE, EMBEDDED_FILE, KEYPOINTS_FILE, sha256

CURVE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9)
PACKAGES = ("apache-beam", "numpy", "opencv-python-headless", "pillow", "pyarrow", "scipy", "torch")
MANY = 0.1
"""Share of changed images from which the whole corpus is matched again: looking at each change costs more."""
MOST = 20_000
"""Images that came or went of which each is looked for in every part; a worker holds the keys of all, and features in
batches (`lookalike.transforms.incremental.diff`)."""


NO_VERDICTS = Verdicts()


@dataclasses.dataclass(frozen=True)
class AuditRequest:
    """What a run is to do. since: an earlier audit whose work is taken over, and against which the result is compared.
    refresh: only compared; every image is read again. verdicts: what people have decided of pairs. overwrite: a
    finished run in `output` may be replaced. log: of progress, 'text' or 'json'. steal_lock: whoever holds the lock of
    the output on another machine, and shows no sign of life, is taken for dead.
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


def audit(request: AuditRequest) -> dict[str, Any]:
    """Find the duplicates among the inputs; everything goes below the output, and the run's record comes back.

    A run that was killed is gone on with: what it had committed is not done again.

    Raises:
        InputError: an input that is not there.
        OutputError: the output holds a finished run and may not be overwritten, or can't be written; or the earlier
            audit is not finished, or was made with another configuration.
        RuntimeError: the pipeline failed, or an image was lost on the way.
    """
    job = Job(request)
    with writing(job.output, "audit", request.steal_lock) as job.lock:
        job.fingerprint()
        return job.match()


def fingerprint(request: AuditRequest) -> dict[str, Any]:
    """The first half alone: the output is then finished as far as `match` needs it. Raises as `audit`."""
    job = Job(request)
    with writing(job.output, "fingerprint", request.steal_lock) as job.lock:
        job.fingerprint()
        return job.commit({"counts": first_counts(job.root, job.written), "counters": job.counters})


def match(
    output: str, config: Config, options: PipelineOptions, verdicts: Verdicts, steal_lock: bool = False
) -> dict[str, Any]:
    """The second half again, on the fingerprints of a finished `output`, whose clusters, pairs and report it replaces.

    Raises:
        OutputError: `output` is not finished, or its fingerprints were made with another configuration.
        RuntimeError: the pipeline failed.
    """
    output = absolute(output)
    manifest.read(output)  # nothing is made where there is no run
    with writing(output, "match", steal_lock) as lock:
        earlier = PreviousAudit.open(output, config)
        job = Job(AuditRequest((), output, config, options, verdicts=verdicts))  # nothing but the output is read
        job.lock = lock
        job.take_over(earlier.record)
        return job.match()


class Job:
    """One run. root: where it writes: the output, or a folder below its work folder if there is a finished run in the
    output that has the record `old`. lent: the output whose fingerprints are used, if it is not this run that made
    them. inputs: as they were given to whoever read them. listed: rows of the listing, by which the stages are sized.
    written: committed parts, by table. counters: of the first half.
    """

    lock: Lock

    def __init__(self, request: AuditRequest) -> None:
        """Refuse a wrong configuration before anything is touched."""
        self.request, self.config, self.output = request, request.config, absolute(request.output)
        self.started = datetime.now(timezone.utc).isoformat(timespec="microseconds")
        Stages(request.config, Corpus(self.output))
        refuse_overlap([*request.inputs, *filter(None, (request.since,))], [request.output])
        refuse_memory([*request.inputs, request.output, request.since or ""], request.options)
        self.since: PreviousAudit | None = None
        if request.since:
            since = absolute(request.since)
            self.since = (
                PreviousAudit(since, manifest.read(since))
                if request.refresh
                else PreviousAudit.open(since, request.config)
            )
        self.root, self.staging, self.lent = self.output, "", ""
        self.old: dict[str, Any] | None = None
        self.inputs, self.listed = list(request.inputs), 0
        self.left_out: dict[str, int] = {}
        self.sniffed: dict[str, int] = {}
        self.written: dict[str, list[Part]] = {}
        self.counters: dict[str, int] = {}
        self.clock = Progress(self.ticks, request.log)

    @property
    def ticks(self) -> str:
        """Where workers count what they finish, if that is a local folder."""
        return f"{self.output}/{RUN}" if is_path(self.output) else ""

    def stages(self) -> Stages:
        """The stages, sized."""
        return Stages(self.config, Corpus(self.root, self.listed, self.ticks, self.lent), self.request.verdicts)

    def stage(self, staging: str, old: dict[str, Any]) -> None:
        """Write below the work folder, since there is a finished run in the output."""
        refuse_strange_work(self.output)
        self.root, self.staging, self.old = f"{self.output}/{RUN}/{staging}", staging, old

    def fingerprint(self) -> None:
        """List and fingerprint."""
        if claim_output(self.output, self.request.overwrite):
            self.stage("audit", read_replaced(self.output))
        begun = is_begun(self.root)
        try:
            # the output first: whatever else a killed run leaves in the work folder is then known to be a run's
            begin(self.output, "audit")
            begin(self.root, "audit")
            choice = Choice(self.config.read["sniff"])
            listed = outside(list_images(list(self.request.inputs), choice), self.request.inputs, self.output)
            shards, self.listed = write_listing(listed, self.root)
            self.left_out, self.sniffed = choice.left_out.counts(), choice.sniffed.counts()
        except (InputError, OutputError):
            if not begun:
                drop_work(self.output)
            raise
        forget_tables(self.root)
        self.clock.done("listed", self.listed, "files")
        known = self.since.known() if self.since and not self.request.refresh else None
        others = self.since.other_versions(versions()) if self.since and known else []
        if others:
            told = f"{self.request.since} was made with other versions of {', '.join(others)}; consider --refresh"
            self.clock.say(told)
        with self.clock.watch("images", self.listed, "images"):
            self.counters = run(FingerprintCorpus(self.stages(), shards, self.root, known), self.request.options)
        if self.counters.get(FLOATS):
            self.clock.say(f"{self.counters[FLOATS]} workers computed embeddings in floats; their logs say why")
        self.written = written_parts(self.root, RECORDS)
        self.clock.done("fingerprinted", sum(part.rows for part in self.written["fingerprints"]), "images")

    def take_over(self, record: dict[str, Any]) -> None:
        """Stand where `fingerprint` ends, on the parts of the finished run in the output."""
        self.stage("match", record)
        self.lent = self.output
        self.inputs, self.listed, self.started = list(record["inputs"]), record["listed_rows"], record["started"]
        self.counters = {name: count for name, count in record.get("counters", {}).items() if name == FLOATS}
        self.left_out, self.sniffed = record.get("left_out", {}), record.get("sniffed", {})
        tables = {name: [Part(**part) for part in parts] for name, parts in record["parts"].items()}
        first = self.stages().table_parts
        self.written = {"fingerprints": tables["fingerprints"], "failures": tables["failures"][:first]}
        begin(self.output, "match")
        begin(self.root, "match")
        forget_tables(self.root)
        for part in self.written["failures"]:
            write_bytes(f"{self.root}/{part.path}", read_file(f"{self.output}/{part.path}"))
        sources = record["counts"]["fingerprints"] + record["counts"]["failures"]
        note_count(self.root, "sources", sources - count_stages(self.root, self.written["failures"])["list"])

    def match(self) -> dict[str, Any]:
        """Match, compare with the earlier audit, report and commit; the record comes back."""
        stages = self.stages()
        with self.clock.watch("pairs", None, "confirmed pairs"):
            counters = self._match(stages)
        for name, written in written_parts(self.root, records(stages)).items():
            self.written[name] = sorted({*self.written.get(name, ()), *written})
        self.clock.done("confirmed", sum(part.rows for part in self.written["pairs"]), "pairs")
        record = {
            "counts": counts(self.root, self.written),
            "relations": count_relations(self.root, self.written["pairs"]),
            "counters": self.counters | counters,
            "lsh": plan_record(stages.pair.plan()),
            "prefixes_without_images": self._prefixes_without_images(),
        }
        if self.since:
            part, record["delta"] = delta.write(self.root, self.written, self.since)
            self.written["delta"] = [part]
        return self.commit(record)

    def _match(self, stages: Stages) -> dict[str, int]:
        """Match what changed, or else all: where all are compared, where the rules or the step of the corpus's size are
        others than before, or where a change has effects beyond the pairs that it is part of.
        """
        earlier = self.since.candidates(self.config, stages.blocks) if self.since else ()
        confirm = stages.comparing(self.written["fingerprints"], earlier)
        plan = stages.pair.plan()
        if earlier and plan.words is not None and self._few_changed(plan):
            assert self.since is not None
            forget_settled(self.root)
            capped = manifest.numbered_parts(self.since.record, self.since.output, "failures")
            changes = MatchChanges(stages, confirm, self.since.known(), capped, self.root)
            counters = run(changes, self.request.options)
            if settled(self.root):
                return counters
            self.clock.say("what changed has effects on other pairs; matching the whole corpus")
            stages = self.stages()  # Beam's transforms belong to the pipeline that they were applied in
            confirm = stages.comparing(self.written["fingerprints"], earlier)
        elif self.since and not earlier:
            self.clock.say("the corpus's size crossed a step, or the rules changed; matching the whole corpus")
        return run(MatchCorpus(stages, confirm, self.root), self.request.options)

    def _prefixes_without_images(self) -> list[str]:
        """Of `cluster.protected` and `cluster.paths`: a misspelled one protects nothing, which has to be said."""
        prefixes = [*self.config.cluster["protected"], *self.config.cluster["paths"]]
        tables = read_parts(self.lent or self.root, self.written["fingerprints"], ["uri", "file"]) if prefixes else ()
        return without_images(prefixes, places_of(tables))

    def _few_changed(self, plan: Plan) -> bool:
        assert self.since is not None
        if self.since.record["lsh"]["scale"] != plan.scale:
            return False  # other buckets
        if self.since.record["configuration"]["cluster"] != self.config.cluster:
            return False  # another copy may stand for its equals, wherever there are some
        before, now = self.since.record["counts"]["fingerprints"], sum(p.rows for p in self.written["fingerprints"])
        kept = written_count(self.root, "kept")
        come, gone = now - kept, before - kept  # a moved or changed image is one of each
        return max(come, gone) <= MANY * now and come + gone <= MOST

    def commit(self, record: dict[str, Any]) -> dict[str, Any]:
        """Add to `record` what every run's has, write the report if there are clusters, and audit.json last."""
        record |= {
            "format": manifest.FORMAT,
            "inputs": self.inputs,
            "listed_rows": self.listed,
            "left_out": self.left_out,
            "sniffed": self.sniffed,
            "since": self.since.output if self.since else None,
            "configuration": dataclasses.asdict(self.config),
            "digests": {"fingerprint": fingerprint_digest(self.config), "match": match_digest(self.config)},
            "embedding": embedding_identity(self.config),
            "versions": versions(),
            "parts": {name: [part._asdict() for part in parts] for name, parts in sorted(self.written.items())},
            "started": self.started,
        }
        if "clusters" in self.written:
            report.write(self.root, record, self.config.report, self.lent)
            self.clock.done("reported", record["counts"]["clusters"], "clusters")
        record["verdicts"] = {
            "duplicates": len(self.request.verdicts.together),
            "not duplicates": len(self.request.verdicts.apart),
        }
        record["seconds"] = self.clock.seconds
        record["finished"] = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self.lock.check()
        if self.old is None:
            finish(self.output, record)
        else:
            finish_staged(self.output, self.staging, record, self.old, ("fingerprints",) if self.lent else ())
            left = strangers(self.output, record)
            if left:
                self.clock.say(f"left {', '.join(left)} in {self.output} as they are: no run wrote them")
        if self.request.log == "json":
            told = {name: record[name] for name in ("counts", "counters", "delta") if name in record}
            self.clock.say("finished", output=self.output, **told)
        return record


def first_counts(output: str, written: dict[str, list[Part]]) -> dict[str, int]:
    """What came in and what came out of the first half, from its committed tables.

    Raises:
        RuntimeError: an image is neither a fingerprint nor a failure.
    """
    stages = count_stages(output, written["failures"])
    unusable = stages["list"] + stages["read"]
    listed = written_count(output, "sources") + stages["list"]
    fingerprints = sum(part.rows for part in written["fingerprints"])
    if listed != fingerprints + unusable:
        raise RuntimeError(f"{listed} images listed, but {fingerprints} fingerprints and {unusable} failures written")
    return {
        "listed": listed,
        "fingerprints": fingerprints,
        "failures": unusable,
        "capped_buckets": stages.total() - unusable,
    }


def counts(output: str, written: dict[str, list[Part]]) -> dict[str, int]:
    """The same of both halves. Raises as `first_counts`."""
    sums: collections.Counter[str] = collections.Counter()
    columns = ["is_representative", "reclaimable", "reclaimable_bytes"]
    for table in read_parts(output, written["clusters"], columns):
        best = table["is_representative"]
        sums["clusters"] += pc.sum(best, min_count=0).as_py()
        sums["reclaimable"] += pc.sum(table["reclaimable"], min_count=0).as_py()
        sums["bytes"] += pc.sum(table.filter(best)["reclaimable_bytes"], min_count=0).as_py()
    return {
        **first_counts(output, written),
        "pairs": sum(part.rows for part in written["pairs"]),
        "clusters": sums["clusters"],
        "duplicates": sum(part.rows for part in written["clusters"]) - sums["clusters"],
        "reclaimable": sums["reclaimable"],
        "reclaimable_bytes": sums["bytes"],
    }


def count_relations(output: str, parts: list[Part]) -> dict[str, int]:
    """Parts of the pairs table -> how many rows each relation has; `part` and `whole` are one, from either side."""
    counted = dict.fromkeys((name for name in RELATIONS if name not in ("", "whole")), 0)
    for table in read_parts(output, parts, ["relation"]):
        for row in table["relation"].value_counts().to_pylist():
            counted["part" if row["values"] == "whole" else row["values"]] += row["counts"]
    return counted


def count_stages(output: str, parts: list[Part]) -> collections.Counter[str]:
    """Parts of the failures table -> how many rows each stage has."""
    counted: collections.Counter[str] = collections.Counter()
    for table in read_parts(output, parts, ["stage"]):
        for row in table["stage"].value_counts().to_pylist():
            counted[row["values"]] += row["counts"]
    return counted


def read_parts(output: str, parts: list[Part], columns: list[str]) -> Iterator[pa.Table]:
    """Some columns of one table of a run, part by part: never more than one in memory."""
    return (read_parquet(f"{output}/{part.path}", columns) for part in parts if part.rows)


def plan_record(plan: Plan) -> dict[str, Any]:
    """How the corpus was searched, with points of the S-curve, as JSON."""
    record: dict[str, Any] = {"scale": plan.scale, "blocks": plan.blocks, "exhaustive": plan.words is None}
    for name, bands in (("minhash", plan.words), ("hyperplanes", plan.vectors)):
        if bands is not None:
            curve = {f"{s:.2f}": round(float(meeting_probability(s, bands.bands, bands.rows)), 4) for s in CURVE}
            record[name] = {**bands._asdict(), "curve": curve}
    if plan.words is not None:
        record |= {name: getattr(plan, name) for name in ("exact", "differ", "apart")}
    return record


def versions() -> dict[str, str]:
    """What the result depends on."""
    packages = {name: metadata.version(name) for name in PACKAGES}
    weights = {file: sha256(file) for file in (KEYPOINTS_FILE, EMBEDDED_FILE, DECISION_FILE)}
    return {"lookalike": VERSION, "python": platform.python_version(), **weights, **packages}
