"""The whole job: list -> fingerprint -> match -> report, committed by audit.json."""

import dataclasses
import platform
import time
from importlib import metadata
from typing import Any

import fsspec
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import manifest, report
from pipelines.config import Config
from pipelines.fingerprint import FingerprintCorpus
from pipelines.match import MatchCorpus
from pipelines.progress import Progress
from pipelines.runners import run
from pipelines.stages import Stages, build
from transforms.candidates import Plan
from transforms.functional.banding import meeting_probability
from transforms.listing import InputError, absolute, list_images, write_listing
from transforms.output import RUN, Part, note_count, read_parquet, written_count, written_parts
from transforms.weights import embedded, embedded_sha256

VERSION = "0.1.0"
TABLES = ("fingerprints", "failures", "pairs", "clusters", "report.html")
CURVE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.6, 0.7, 0.8, 0.9)
PACKAGES = ("apache-beam", "numpy", "opencv-python-headless", "pillow", "pyarrow", "scipy", "torch")


def audit(
    inputs: list[str], output: str, config: Config, options: PipelineOptions, overwrite: bool = False
) -> dict[str, Any]:
    """Find the duplicates among `inputs`; everything goes below `output`, and the run's record comes back.

    Raises:
        InputError: an input that is not there.
        OutputError: `output` holds a finished run and `overwrite` is false, or can't be written.
        RuntimeError: the pipeline failed, or an image was lost on the way.
    """
    job = Job(inputs, absolute(output), config, options)
    job.fingerprint(overwrite)
    return job.match()


def fingerprint(
    inputs: list[str], output: str, config: Config, options: PipelineOptions, overwrite: bool = False
) -> dict[str, Any]:
    """The first half alone: `output` is then finished as far as `match` needs it. Raises as `audit`."""
    job = Job(inputs, absolute(output), config, options)
    job.fingerprint(overwrite)
    return job.commit({"counts": first_counts(job.output, job.written)})


def match(output: str, config: Config, options: PipelineOptions) -> dict[str, Any]:
    """The second half again, on the fingerprints of a finished `output`, whose clusters, pairs and report it replaces.

    Raises:
        OutputError: `output` is not finished, or its fingerprints were made with another configuration.
        RuntimeError: the pipeline failed.
    """
    output = absolute(output)
    earlier = manifest.read(output)
    for block in ("embed", "sketch"):
        if getattr(config, block) != earlier["configuration"][block]:
            raise manifest.OutputError(
                f"{output} was fingerprinted with another {block!r} block; fingerprint again, or give the same values"
            )
    job = Job(earlier["inputs"], output, config, options)
    job.resume(earlier)
    return job.match()


class Job:
    """One run. listed: rows of the listing, by which the stages are sized. written: committed parts, by table."""

    def __init__(self, inputs: list[str], output: str, config: Config, options: PipelineOptions) -> None:
        """Refuse a wrong configuration before anything is touched."""
        self.inputs, self.output, self.config, self.options = inputs, output, config, options
        self.dims = embedded().projection.shape[1]
        build(config, 1, self.dims)
        self.listed = 0
        self.written: dict[str, list[Part]] = {}
        self.ticks = f"{output}/{RUN}" if "://" not in output else ""
        self.clock = Progress(self.ticks)

    def stages(self) -> Stages:
        """The stages, sized."""
        return build(self.config, self.listed, self.dims, self.ticks)

    def fingerprint(self, overwrite: bool) -> None:
        """List and fingerprint."""
        claim_output(self.output, overwrite)
        try:
            shards, self.listed = write_listing(list_images(self.inputs), self.output)
        except InputError:
            drop_work(self.output)
            raise
        clear_output(self.output)
        self.clock.done("listed", self.listed, "files")
        with self.clock.watch("images", self.listed, "images"):
            run(FingerprintCorpus(self.stages(), shards, self.output), self.options)
        self.written = written_parts(self.output)
        self.clock.done("fingerprinted", sum(part.rows for part in self.written["fingerprints"]), "images")

    def resume(self, earlier: dict[str, Any]) -> None:
        """Stand where `fingerprint` ends, on the parts of an earlier run; the rest of it is removed."""
        self.listed = earlier["listed_rows"]
        tables = {name: [Part(**part) for part in parts] for name, parts in earlier["parts"].items()}
        first = self.stages().table_parts
        self.written = {"fingerprints": tables["fingerprints"], "failures": tables["failures"][:first]}
        fs, path = fsspec.url_to_fs(self.output)
        gone = [manifest.NAME, report.NAME, "clusters", "pairs", *(p.path for p in tables["failures"][first:])]
        for name in gone:
            if fs.exists(f"{path}/{name}"):
                fs.rm(f"{path}/{name}", recursive=True)
        fs.makedirs(f"{path}/{RUN}", exist_ok=True)
        sources = earlier["counts"]["fingerprints"] + earlier["counts"]["failures"]
        listing = sum(row["stage"] == "list" for row in read_table(self.output, self.written["failures"]).to_pylist())
        note_count(self.output, "sources", sources - listing)

    def match(self) -> dict[str, Any]:
        """Match, report and commit; the record comes back."""
        stages = self.stages()
        parts = [f"{self.output}/{part.path}" for part in self.written["fingerprints"]]
        with self.clock.watch("pairs", None, "confirmed pairs"):
            counters = run(MatchCorpus(stages, parts, self.output), self.options)
        for name, written in written_parts(self.output).items():
            self.written[name] = sorted({*self.written.get(name, ()), *written})
        self.clock.done("confirmed", sum(part.rows for part in self.written["pairs"]), "pairs")
        record = {
            "counts": counts(self.output, self.written),
            "counters": counters,
            "lsh": plan_record(stages.pair.plan()),
        }
        return self.commit(record)

    def commit(self, record: dict[str, Any]) -> dict[str, Any]:
        """Add to `record` what every run's has, write the report if there are clusters, and audit.json last."""
        record |= {
            "inputs": self.inputs,
            "listed_rows": self.listed,
            "configuration": dataclasses.asdict(self.config),
            "versions": versions(),
            "parts": {name: [part._asdict() for part in parts] for name, parts in self.written.items()},
        }
        if "clusters" in self.written:
            report.write(self.output, record, self.config.report)
            self.clock.done("reported", record["counts"]["clusters"], "clusters")
        record["seconds"] = self.clock.seconds
        record["finished"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        manifest.write(self.output, record)
        drop_work(self.output)
        return record


def claim_output(output: str, overwrite: bool) -> None:
    """See that `output` can take a run, and make its work folder; what lies there stays as it is.

    Raises:
        OutputError: a finished run is there and may not be replaced, something else is, or it can't be written.
    """
    fs, path = fsspec.url_to_fs(output)
    try:
        if manifest.exists(output):
            if not overwrite:
                raise manifest.OutputError(
                    f"{output} holds a finished run; give another --output, or --overwrite to replace it"
                )
        elif fs.exists(path) and not fs.isdir(path):
            raise manifest.OutputError(f"{output} is a file; give a folder as --output")
        elif fs.exists(path) and not fs.exists(f"{path}/{RUN}") and fs.ls(path):
            raise manifest.OutputError(
                f"{output} holds files that no run wrote; give an empty or new folder as --output"
            )
        drop_work(output)
        fs.makedirs(f"{path}/{RUN}", exist_ok=True)
        fs.pipe_file(f"{path}/{RUN}/started", b"")
    except OSError as error:
        raise manifest.OutputError(f"{output} can't be written: {error.strerror or error}") from error


def clear_output(output: str) -> None:
    """Remove an earlier run, its audit.json first: from then on it counts as unfinished."""
    fs, path = fsspec.url_to_fs(output)
    for name in (manifest.NAME, *TABLES):
        if fs.exists(f"{path}/{name}"):
            fs.rm(f"{path}/{name}", recursive=True)


def drop_work(output: str) -> None:
    """Remove the work folder of a run, and the output if there is nothing else in it."""
    fs, path = fsspec.url_to_fs(output)
    if fs.exists(f"{path}/{RUN}"):
        fs.rm(f"{path}/{RUN}", recursive=True)
        if fs.exists(path) and not fs.ls(path):
            fs.rmdir(path)


def first_counts(output: str, written: dict[str, list[Part]]) -> dict[str, int]:
    """What came in and what came out of the first half, from its committed tables.

    Raises:
        RuntimeError: an image is neither a fingerprint nor a failure.
    """
    failures = read_table(output, written["failures"]).to_pylist()
    unusable = sum(row["stage"] in ("list", "read") for row in failures)
    listed = written_count(output, "sources") + sum(row["stage"] == "list" for row in failures)
    fingerprints = sum(part.rows for part in written["fingerprints"])
    if listed != fingerprints + unusable:
        raise RuntimeError(f"{listed} images listed, but {fingerprints} fingerprints and {unusable} failures written")
    return {
        "listed": listed,
        "fingerprints": fingerprints,
        "failures": unusable,
        "capped_buckets": len(failures) - unusable,
    }


def counts(output: str, written: dict[str, list[Part]]) -> dict[str, int]:
    """The same of both halves. Raises as `first_counts`."""
    clusters = read_table(output, written["clusters"], ["bytes", "is_representative"]).to_pylist()
    return {
        **first_counts(output, written),
        "pairs": sum(part.rows for part in written["pairs"]),
        "clusters": sum(row["is_representative"] for row in clusters),
        "duplicates": sum(not row["is_representative"] for row in clusters),
        "reclaimable_bytes": sum(row["bytes"] for row in clusters if not row["is_representative"]),
    }


def read_table(output: str, parts: list[Part], columns: list[str] | None = None) -> pa.Table:
    """All parts of one table of a run."""
    return pa.concat_tables(read_parquet(f"{output}/{part.path}", columns) for part in parts)


def plan_record(plan: Plan) -> dict[str, Any]:
    """How the corpus was searched, with points of the S-curve, as JSON."""
    record: dict[str, Any] = {"images": plan.images, "blocks": plan.blocks, "exhaustive": plan.words is None}
    for name, bands in (("minhash", plan.words), ("hyperplanes", plan.vectors)):
        if bands is not None:
            curve = {f"{s:.2f}": round(float(meeting_probability(s, bands.bands, bands.rows)), 4) for s in CURVE}
            record[name] = {**bands._asdict(), "curve": curve}
    return record


def versions() -> dict[str, str]:
    """What the result depends on."""
    packages = {name: metadata.version(name) for name in PACKAGES}
    return {"lookalike": VERSION, "python": platform.python_version(), "weights": embedded_sha256(), **packages}
