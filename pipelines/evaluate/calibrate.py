"""Finds the probability that gives a wished precision, measured on the user's own images.

Edited copies of a sample are what must be found. Pairs of different images of the sample, and of their copies, must not
be. Images of the sample that look like copies of one another count as false until a person says otherwise, because the
pairs that matter most (pages of one template, views of one scene) look like that too.
"""

import csv
import dataclasses
import hashlib
import io
import json
import posixpath

import yaml
from apache_beam.options.pipeline_options import PipelineOptions

from lookalike.pipelines import audit
from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.engines.runners import refuse_memory
from lookalike.pipelines.evaluate.copies import Original, made_from, make_copies
from lookalike.pipelines.evaluate.curve import draw_curve
from lookalike.pipelines.evaluate.measure import CONFIDENCE, PROBABILITIES, Point, judge, point
from lookalike.pipelines.review.verdict_file import COLUMNS
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.commit import drop_work, replace
from lookalike.pipelines.run.output_folder import begin, is_begun, others, writing
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.pairs import ALIGNED
from lookalike.transforms.functional.verification.relations import COPIES
from lookalike.transforms.ingest.listing import absolute
from lookalike.transforms.ingest.overlap import refuse_overlap
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.errors import OutputError
from lookalike.transforms.storage.reading import read_file, read_parquet
from lookalike.transforms.storage.stores import store
from lookalike.transforms.storage.writing import write_bytes

COMMAND, IMAGES, STAGING = "calibrate", "images", "new"
RECORD = "calibration.json"
NAMES = ("calibrated.yaml", "curve.svg", "to_label.csv", RECORD)


@dataclasses.dataclass(frozen=True)
class CalibrationRequest:
    """What a calibration is asked to do.

    Attributes:
        inputs: the user's images, as for an audit.
        output: local folder for the files.
        config: the configuration to measure.
        options: of Beam.
        precision: the wished precision, 0 to 1.
        sample: number of images.
        copies: number of edited copies of each.
        verdicts: what people have decided about pairs of the user's images.
        steal_lock: take the output's lock over from a process that shows no sign of life.
    """

    inputs: list[str]
    output: str
    config: Config
    options: PipelineOptions
    precision: float
    sample: int
    copies: int
    verdicts: Verdicts
    steal_lock: bool = False


@dataclasses.dataclass(frozen=True)
class Calibration:
    """The result of a calibration.

    Attributes:
        precision: the wished one.
        points: what each probability gives, in rising order of probability.
        chosen: the first point whose confidence interval lies above the wished precision; None if there is none.
        unknown: pairs of originals that look like copies, or whose copies do, and that nobody has judged.
    """

    precision: float
    images: int
    copies: int
    points: list[Point]
    chosen: Point | None
    unknown: list[tuple[str, str]]


def calibrate(request: CalibrationRequest) -> Calibration:
    """Measure, and write `calibrated.yaml`, `calibration.json`, `curve.svg` and `to_label.csv` into a folder.

    The copies and their audit are made in the work folder of the output, and removed in the end.

    Raises:
        InputError: fewer than two of the images can be used.
        OutputError: the output overlaps the inputs, holds a run, or holds files of these names that no calibration
            wrote.
    """
    refuse_overlap(request.inputs, [request.output])
    refuse_memory([*request.inputs, request.output], request.options)
    output, config = absolute(request.output), request.config
    with writing(output, "calibrate", request.steal_lock) as lock:
        _claim(output)
        try:
            originals, listed = make_copies(
                request.inputs, f"{output}/{RUN}/{IMAGES}", request.sample, request.copies, config.read
            )
            confirmed, shown = _audited(output, config, request.options)
            found = _found(confirmed, shown, originals, listed, request.precision, request.verdicts)
            written = files(found, originals)
            for name, data in written.items():
                write_bytes(f"{output}/{RUN}/{STAGING}/{name}", data)
            lock.check()
            _refuse_changed(output)
            replace(output, STAGING, list(written), [])
        finally:
            lock.check()  # another process may have taken the output over
            drop_work(output)
    return found


def _claim(output: str) -> None:
    """Check that nothing is in the way, and mark the output as in use."""
    if manifest.exists(output):
        raise OutputError(f"{output} holds a finished run; give another --output")
    if not is_begun(output, COMMAND) and list(others(output, RUN)):
        raise OutputError(f"{output} holds a run of another command that was begun; give another --output")
    _refuse_changed(output)
    drop_work(output)
    begin(output, COMMAND)


def _refuse_changed(output: str) -> None:
    """Check that the files to be replaced were written by an earlier calibration and not changed since.

    Raises:
        OutputError: a file belongs to the user, or holds labels that somebody gave.
    """
    try:
        known = json.loads(read_file(f"{output}/{RECORD}"))["files"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        known = {}
    fs, path = store(output)
    for name in NAMES:
        if fs.exists(f"{path}/{name}"):
            digest = hashlib.sha256(fs.cat_file(f"{path}/{name}")).hexdigest()
            if digest != known.get(name) and not (name == RECORD and known):
                raise OutputError(
                    f"{output}/{name} was changed, or not made by a calibration; move it elsewhere, "
                    "or give another --output"
                )


def _audited(output: str, config: Config, options: PipelineOptions) -> tuple[list[tuple[str, str, float]], list[str]]:
    least = config.uncarried().changed(confirm={"probability": PROBABILITIES[0]})
    run = f"{output}/{RUN}/audit"
    audit.audit(audit.AuditRequest((f"{output}/{RUN}/{IMAGES}",), run, least, options))
    return confirmed_pairs(run)


def _found(
    confirmed: list[tuple[str, str, float]], shown: list[str], originals: dict[str, "Original"], listed: int,
    precision: float, verdicts: Verdicts,
) -> Calibration:  # fmt: skip
    judged = judge(confirmed, originals, verdicts)
    made = sum(name not in originals for name in shown)
    growth = max(1.0, listed / len(originals))
    points = [point(judged, originals, made, least, growth) for least in PROBABILITIES]
    chosen = next((p for p in points if p.low >= precision), None)
    ends = ((made_from(pair.a), made_from(pair.b)) for pair in judged if not pair.known)
    unknown = sorted({(min(pair), max(pair)) for pair in ends})
    return Calibration(precision, len(originals), made, points, chosen, unknown)


def confirmed_pairs(run: str) -> tuple[list[tuple[str, str, float]], list[str]]:
    """Read which pairs an audit took for copies.

    Returns:
        Pairs of file names with their probability (1 for equal pixels), and the names of all files.
    """
    record = manifest.read(run)
    names = sorted(
        posixpath.basename(uri)
        for path in manifest.parts(record, run, "fingerprints")
        for uri in read_parquet(path, ["uri"])["uri"].to_pylist()
    )
    pairs = []
    for path in manifest.parts(record, run, "pairs"):
        for row in read_parquet(path, ["uri_a", "uri_b", "match", "relation", "probability"]).to_pylist():
            if row["relation"] in COPIES:
                probability = row["probability"] if row["match"] in ALIGNED else 1.0
                pairs.append((posixpath.basename(row["uri_a"]), posixpath.basename(row["uri_b"]), probability))
    return pairs, names


def files(found: Calibration, originals: dict[str, Original]) -> dict[str, bytes]:
    """Make the files of a calibration, by name. The last one lists the others with their SHA-256."""
    best = found.chosen or max(found.points, key=lambda p: (p.low, -p.probability))
    says = (
        f"# precision {best.precision:.5f}, {CONFIDENCE:.0%} interval {best.low:.5f} to {best.high:.5f}, and recall "
        f"{best.recall:.4f},\n# on {found.images} images and {found.copies} edited copies\n"
    )
    written = {
        "calibrated.yaml": says + yaml.safe_dump({"confirm": {"probability": best.probability}}),
        "curve.svg": draw_curve(found.points, best, found.precision),
        "to_label.csv": to_label(found.unknown, originals),
    }
    encoded = {name: text.encode() for name, text in written.items()}
    outcome = {
        "precision": found.precision,
        "reached": found.chosen is not None,
        "probability": best.probability,
        "images": found.images,
        "copies": found.copies,
        "unknown": len(found.unknown),
        "points": [p._asdict() for p in found.points],
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in encoded.items()},
    }
    return encoded | {RECORD: json.dumps(outcome, indent=1).encode()}


def to_label(unknown: list[tuple[str, str]], originals: dict[str, Original]) -> str:
    """Make the CSV of pairs that are yet to be judged, with the URIs of both images beside them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, "uri_a", "uri_b"])
    for a, b in unknown:
        x, y = originals[a], originals[b]
        writer.writerow([x.content.hex(), y.content.hex(), "", "", "", "", x.uri, y.uri])
    return text.getvalue()
