"""The whole job: list -> fingerprint -> match -> report, committed by audit.json."""

import dataclasses
import platform
import time
from importlib import metadata
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import manifest, report
from pipelines.config import Config
from pipelines.fingerprint import FingerprintCorpus
from pipelines.match import MatchCorpus
from pipelines.progress import Progress
from pipelines.runners import run
from pipelines.stages import build
from transforms.candidates import Plan
from transforms.functional.banding import meeting_probability
from transforms.listing import InputError, absolute, list_images, write_listing
from transforms.output import RUN, Part, written_count, written_parts
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
    output = absolute(output)
    dims = embedded().projection.shape[1]
    build(config, 1, dims)  # refuse a wrong configuration before the output is touched
    claim_output(output, overwrite)
    ticks = f"{output}/{RUN}" if "://" not in output else ""
    clock = Progress(ticks)
    try:
        shards, listed = write_listing(list_images(inputs), output)
    except InputError:
        drop_work(output)
        raise
    clear_output(output)
    clock.done("listed", listed, "files")
    stages = build(config, listed, dims, ticks)
    with clock.watch("images", listed, "images"):
        run(FingerprintCorpus(stages, shards, output), options)
    written = written_parts(output)
    fingerprints = sum(part.rows for part in written["fingerprints"])
    clock.done("fingerprinted", fingerprints, "images")
    with clock.watch("pairs", None, "confirmed pairs"):
        parts = [f"{output}/{part.path}" for part in written["fingerprints"]]
        counters = run(MatchCorpus(stages, parts, output), options)
    written = written_parts(output)
    clock.done("confirmed", sum(part.rows for part in written["pairs"]), "pairs")
    record: dict[str, Any] = {
        "inputs": inputs,
        "counts": counts(output, written),
        "counters": counters,
        "seconds": clock.seconds,
        "configuration": dataclasses.asdict(config),
        "lsh": plan_record(stages.pair.plan()),
        "versions": versions(),
        "parts": {name: [part._asdict() for part in parts] for name, parts in written.items()},
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    report.write(output, record, config.report)
    clock.done("reported", record["counts"]["clusters"], "clusters")
    manifest.write(output, record)
    drop_work(output)
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


def counts(output: str, written: dict[str, list[Part]]) -> dict[str, int]:
    """What came in and what came out of a run, from its committed tables.

    Raises:
        RuntimeError: an image is neither a fingerprint nor a failure.
    """
    failures = read_table(output, written["failures"]).to_pylist()
    unusable = sum(row["stage"] in ("list", "read") for row in failures)
    listed = written_count(output, "sources") + sum(row["stage"] == "list" for row in failures)
    fingerprints = sum(part.rows for part in written["fingerprints"])
    if listed != fingerprints + unusable:
        raise RuntimeError(f"{listed} images listed, but {fingerprints} fingerprints and {unusable} failures written")
    clusters = read_table(output, written["clusters"], ["cluster_id", "bytes", "is_representative"]).to_pylist()
    return {
        "listed": listed,
        "fingerprints": fingerprints,
        "failures": unusable,
        "capped_buckets": len(failures) - unusable,
        "pairs": sum(part.rows for part in written["pairs"]),
        "clusters": sum(row["is_representative"] for row in clusters),
        "duplicates": sum(not row["is_representative"] for row in clusters),
        "reclaimable_bytes": sum(row["bytes"] for row in clusters if not row["is_representative"]),
    }


def read_table(output: str, parts: list[Part], columns: list[str] | None = None) -> pa.Table:
    """All parts of one table of a run."""
    tables = []
    for part in parts:
        with fsspec.open(f"{output}/{part.path}", "rb") as file:
            tables.append(pq.read_table(file, columns=columns))
    return pa.concat_tables(tables)


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
