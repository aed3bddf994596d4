"""How sure the confirmation must be for a wished precision, measured on the user's own images.

Edited copies of a sample are what must be found; pairs of different images of the sample, and of their copies, are what
must not be. Images of the sample that look like copies of one another count as false until a person says otherwise: the
pairs that matter most, pages of one template or views of one scene, look like that too.
"""

import csv
import dataclasses
import hashlib
import io
import json
import posixpath
from typing import NamedTuple

import numpy as np
import scipy.stats
import yaml
from apache_beam.options.pipeline_options import PipelineOptions
from PIL import Image

from lookalike.pipelines import audit
from lookalike.pipelines.configuration.config import Config
from lookalike.pipelines.engines.runners import refuse_memory
from lookalike.pipelines.evaluate.curve import draw_curve
from lookalike.pipelines.evaluate.sample import lot
from lookalike.pipelines.review.verdicts import COLUMNS
from lookalike.pipelines.run import manifest
from lookalike.pipelines.run.commit import drop_work, replace
from lookalike.pipelines.run.errors import OutputError
from lookalike.pipelines.run.output_folder import begin, is_begun, others, writing
from lookalike.pipelines.run.overlap import refuse_overlap
from lookalike.transforms.clustering.verdicts import Verdicts
from lookalike.transforms.core.pairs import ALIGNED
from lookalike.transforms.core.schemas import Source, content_hash, key_of
from lookalike.transforms.core.settings.read import ReadSettings
from lookalike.transforms.decoding.isolation import UnreadableError, decoder
from lookalike.transforms.decoding.read_images import ReadImages, read_bytes
from lookalike.transforms.functional.drawing.edits import EDITS, edited
from lookalike.transforms.functional.images.decode import TooLargeError
from lookalike.transforms.ingest.listing import InputError, absolute, list_images
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.io.pair_records import COPY, read_records
from lookalike.transforms.io.parquet_sink import RUN
from lookalike.transforms.storage.stores import read_file, read_parquet, store, write_bytes

LARGEST_SIDE = 1024
"""Copies are made from the picture at this size at most."""
PROBABILITIES = (
    *(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    *(0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999),
)
"""Those that `confirm.probability` is measured at: the nearer to 0 or 1, the finer."""
CONFIDENCE = 0.95
COMMAND, IMAGES, STAGING = "calibrate", "images", "new"
RECORD = "calibration.json"
NAMES = ("calibrated.yaml", "curve.svg", "to_label.csv", RECORD)


class Point(NamedTuple):
    """What one least probability gives. true, false: confirmed pairs that should be and should not. precision: of the
    whole corpus; low, high: its confidence interval. recall: share of the edited copies confirmed with their original.
    """

    probability: float
    true: int
    false: int
    precision: float
    low: float
    high: float
    recall: float


class Judged(NamedTuple):
    """One pair of files that may be copies: how probable that is, whether they are, and whether that is known."""

    a: str
    b: str
    probability: float
    right: bool
    known: bool


@dataclasses.dataclass(frozen=True)
class Calibration:
    """points: by probability. chosen: the first whose interval lies above the wish, or None. unknown: pairs of
    originals that look like copies, or whose copies do, and that nobody has judged.
    """

    wish: float
    images: int
    copies: int
    points: list[Point]
    chosen: Point | None
    unknown: list[tuple[str, str]]


def calibrate(
    inputs: list[str],
    output: str,
    config: Config,
    options: PipelineOptions,
    precision: float,
    sample: int,
    copies: int,
    verdicts: Verdicts,
    steal_lock: bool = False,
) -> Calibration:
    """Measure, and write `calibrated.yaml`, `calibration.json`, `curve.svg` and `to_label.csv` below `output`. The
    copies and their audit are made in its work folder, and go in the end.

    Raises:
        InputError: fewer than two of the inputs' images can be used.
        OutputError: `output` overlaps the inputs, holds a run, or files of these names that are not a calibration's.
    """
    refuse_overlap(inputs, [output])
    refuse_memory([*inputs, output], options)
    output = absolute(output)
    with writing(output, "calibrate", steal_lock) as lock:
        _claim(output)
        try:
            originals, listed = make_copies(inputs, f"{output}/{RUN}/{IMAGES}", sample, copies, config.read)
            confirmed, shown = _audited(output, config, options)
            found = _found(confirmed, shown, originals, listed, precision, verdicts)
            written = files(found, originals)
            for name, data in written.items():
                write_bytes(f"{output}/{RUN}/{STAGING}/{name}", data)
            lock.check()
            _refuse_changed(output)
            replace(output, STAGING, list(written), [])
        finally:
            lock.check()  # else it is another one's work
            drop_work(output)
    return found


def _claim(output: str) -> None:
    """See that nothing is in the way, and begin."""
    if manifest.exists(output):
        raise OutputError(f"{output} holds a finished run; give another --output")
    if not is_begun(output, COMMAND) and list(others(output, RUN)):
        raise OutputError(f"{output} holds a run of another command that was begun; give another --output")
    _refuse_changed(output)
    drop_work(output)
    begin(output, COMMAND)


def _refuse_changed(output: str) -> None:
    """See that the files that will be replaced are those of an earlier calibration, as that left them.

    Raises:
        OutputError: one is not: it is the user's, or holds labels that somebody gave.
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
    least = config.changed(confirm={"probability": PROBABILITIES[0]})
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


class Original(NamedTuple):
    """One image of the sample. uri: where it is the user's. content: hash of its bytes."""

    uri: str
    content: bytes


def make_copies(
    inputs: list[str], folder: str, sample: int, copies: int, settings: ReadSettings
) -> tuple[dict[str, Original], int]:
    """Write a sample of the inputs' images and edited copies of each: name of the file of an original -> Original, and
    how many images there are to choose from.

    Copies of `00012` are named `00012-crop.jpg` and so on. The sample is by chance, and the same every time.
    """
    read = ReadImages(settings)
    listed = list_images(inputs, Choice(settings.sniff))
    sources = [record for record in listed if isinstance(record, Source)]
    originals: dict[str, Original] = {}
    for source in sorted(sources, key=lot):
        if len(originals) == sample:
            break
        try:
            data = read_bytes(source, settings.max_bytes)
            small = decoder().reduced(data, read.limits, LARGEST_SIDE)
        except (OSError, UnreadableError, TooLargeError):
            continue
        number = f"{len(originals):05d}"
        seed = int.from_bytes(content_hash(data)[:6], "big")
        rng = np.random.default_rng(seed)
        for name in rng.permutation(sorted(EDITS))[:copies].tolist():
            copy = Image.fromarray(edited(small, name, seed))
            saved = io.BytesIO()
            copy.save(saved, "JPEG", quality=85)
            write_bytes(f"{folder}/{number}-{name}.jpg", saved.getvalue())
        write_bytes(f"{folder}/{number}.png", data)  # decoded by content, whatever it is called
        originals[f"{number}.png"] = Original(source.uri, content_hash(data))
    if len(originals) < 2:
        raise InputError(
            f"calibration needs at least two images that can be used; {', '.join(inputs)} has {len(originals)}"
        )
    return originals, len(sources)


def confirmed_pairs(run: str) -> tuple[list[tuple[str, str, float]], list[str]]:
    """A finished audit -> pairs of file names that it took for copies, with their probabilities (1 for equal pixels),
    and all file names.
    """
    record = manifest.read(run)
    names: dict[bytes, str] = {}
    for path in manifest.parts(record, run, "fingerprints"):
        names |= {key_of(uri): posixpath.basename(uri) for uri in read_parquet(path, ["uri"])["uri"].to_pylist()}
    pairs = []
    for path in manifest.parts(record, run, "candidates"):
        for r in read_records(path):
            if COPY[r["relation"]]:
                pairs.append((names[r["a"].tobytes()], names[r["b"].tobytes()], float(r["probability"])))
    for path in manifest.parts(record, run, "pairs"):
        for row in read_parquet(path, ["uri_a", "uri_b", "match"]).to_pylist():
            if row["match"] not in ALIGNED:
                pairs.append((posixpath.basename(row["uri_a"]), posixpath.basename(row["uri_b"]), 1.0))
    return pairs, sorted(names.values())


def judge(pairs: list[tuple[str, str, float]], originals: dict[str, Original], verdicts: Verdicts) -> list[Judged]:
    """Confirmed pairs -> each with what is known of it: by the original that it was made from, or a person's word."""
    judged = []
    for a, b, probability in pairs:
        x, y = made_from(a), made_from(b)
        hashes = tuple(sorted((originals[x].content, originals[y].content)))
        same = x == y or hashes[0] == hashes[1] or hashes in verdicts.together
        judged.append(Judged(a, b, probability, same, same or hashes in verdicts.apart))
    return judged


def made_from(name: str) -> str:
    """File of an original or a copy -> file of the original."""
    return f"{name[:5]}.png"


def point(judged: list[Judged], originals: dict[str, Original], copies: int, least: float, growth: float) -> Point:
    """What counts as a copy from one probability on, counted. The interval is Clopper and Pearson's (1934).

    growth: images of the corpus for one of the sample. Copies grow with the corpus, chance pairs with its square, so
    precision is told of a corpus `growth` times as large.
    """
    at = [pair for pair in judged if pair.probability >= least]
    true, false = sum(pair.right for pair in at), sum(not pair.right for pair in at)
    found = {
        name for p in at for name, other in ((p.a, p.b), (p.b, p.a)) if other in originals and name[:5] == other[:5]
    }
    beta = scipy.stats.beta
    here = true / (true + false) if at else 1.0
    low = float(beta.ppf((1 - CONFIDENCE) / 2, true, false + 1)) if true else 0.0
    high = float(beta.ppf((1 + CONFIDENCE) / 2, true + 1, false)) if false else 1.0
    precision, low, high = (p / (p + (1 - p) * growth) for p in (here, low, high))
    recall = len(found - originals.keys()) / copies if copies else 0.0
    return Point(least, true, false, precision, low, high, recall)


def files(found: Calibration, originals: dict[str, Original]) -> dict[str, bytes]:
    """The files of a calibration, by name; the last one names the others with their SHA-256."""
    best = found.chosen or max(found.points, key=lambda p: (p.low, -p.probability))
    says = (
        f"# precision {best.precision:.5f}, {CONFIDENCE:.0%} interval {best.low:.5f} to {best.high:.5f}, and recall "
        f"{best.recall:.4f},\n# on {found.images} images and {found.copies} edited copies\n"
    )
    written = {
        "calibrated.yaml": says + yaml.safe_dump({"confirm": {"probability": best.probability}}),
        "curve.svg": draw_curve(found.points, best, found.wish),
        "to_label.csv": to_label(found.unknown, originals),
    }
    encoded = {name: text.encode() for name, text in written.items()}
    told = {
        "wish": found.wish,
        "reached": found.chosen is not None,
        "probability": best.probability,
        "images": found.images,
        "copies": found.copies,
        "unknown": len(found.unknown),
        "points": [p._asdict() for p in found.points],
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in encoded.items()},
    }
    return encoded | {RECORD: json.dumps(told, indent=1).encode()}


def to_label(unknown: list[tuple[str, str]], originals: dict[str, Original]) -> str:
    """Pairs of originals -> CSV of verdicts that are yet to be given, with the names of both images beside them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, "uri_a", "uri_b"])
    for a, b in unknown:
        x, y = originals[a], originals[b]
        writer.writerow([x.content.hex(), y.content.hex(), "", "", "", "", x.uri, y.uri])
    return text.getvalue()
