"""Where the time goes: CPU milliseconds an image by stage, and the whole job beside their sum.

    python -m tests.benchmarks.stages [FOLDER]          (default: the demo corpus; `make bench`)

Stages are timed in this process, one thread, over the same images; the whole job in a process of its own with one
worker. Figures are CPU seconds (user and system), not wall time: they hold on a busy machine.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from unittest import mock

import cv2
import numpy as np

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.evaluate.demo import make_demo
from lookalike.transforms.core.keys import content_hash, key_of
from lookalike.transforms.core.records import Failure, Features
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.decoding.read_images import image_of, read_bytes
from lookalike.transforms.embedding.embedder import embedder_of
from lookalike.transforms.fingerprinting.embed import EmbedImages
from lookalike.transforms.fingerprinting.sketch import panels_of
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of
from lookalike.transforms.functional.keypoints import keypoints
from lookalike.transforms.functional.keypoints.shingles import shingles_of
from lookalike.transforms.functional.lsh.codes import minhash
from lookalike.transforms.functional.verification.evidence import Evidence
from lookalike.transforms.ingest.listing import list_images
from lookalike.transforms.io.pair_records import RECORD
from lookalike.transforms.verification import comparison
from lookalike.transforms.verification.comparison import Comparison
from lookalike.transforms.verification.prepared_images import prepared_images, screened_of
from lookalike.transforms.weights import keypoint_axes
from tests.benchmarks.tables import Cell, Table, tell

SKETCH = SketchSettings()


class Clock:
    """CPU seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def __call__(self, name, function, *arguments):
        started = time.process_time()
        result = function(*arguments)
        self.seconds[name] += time.process_time() - started
        return result


def fingerprint(folder: str, clock: Clock) -> list[Features]:
    prepare_worker()
    wanted = EmbedImages().embedding
    embedder, axes = embedder_of(wanted), keypoint_axes()
    # whoever asks first has them drawn, which is a part of starting
    minhash.permutations(SKETCH.permutations, SKETCH.seed)
    features = []
    for source in list_images([folder]):
        if isinstance(source, Failure):
            continue
        data = clock("read", read_bytes, source, 10**9)
        try:
            decoded = clock("decode", decode, data, 10**9)
        except ValueError:
            continue
        content = clock("hashes and planes", content_hash, data)
        picture = clock("hashes and planes", picture_of, decoded, wanted.plane)
        image = image_of(source, data, content, picture)
        properties, planes = image.properties, image.planes
        vector = clock("embedding (R-MAC)", embedder.embed, [planes.embedding])[0]
        points = clock("keypoints", keypoints.detect, planes.keypoints, axes, SKETCH.keypoints)
        packed = clock("packing", keypoints.pack, points)
        panels = clock("keypoints of panels", panels_of, planes, axes, SKETCH.keypoints)
        pairs = clock("shingles", shingles_of, keypoints.unpack(packed), panels, axes)
        clock("MinHash signature", minhash.signature_of, pairs.tokens, pairs.residual, SKETCH.permutations, SKETCH.seed)
        quality = [cv2.IMWRITE_JPEG_QUALITY, SKETCH.thumbnail_quality]
        jpeg = clock("thumbnail", cv2.imencode, ".jpg", planes.thumbnail, quality)[1].tobytes()
        size = properties.width, properties.height
        local = packed, panels, jpeg
        features.append(Features(key_of(source.uri), properties.pixel_hash[:8], *size, vector, *local))
    return sorted(features, key=lambda f: f.key)


def match(features: list[Features], clock: Clock) -> int:
    rules = Stages(load(), Corpus("", len(features))).rules
    images = clock("unpacking", prepared_images, features)
    group, side = Comparison(images, rules), clock("shingles again", screened_of, images)
    everything = np.triu(np.ones((len(features), len(features)), bool), 1)
    proposals = clock("screening", group.screened, side, side, everything)
    gather, decide = Evidence.gather, comparison.decide
    with (
        mock.patch.object(Evidence, "gather", lambda evidence: clock("measures", gather, evidence)),
        mock.patch.object(comparison, "decide", lambda *given: clock("trees", decide, *given)),
    ):
        records = clock("alignment and SSIM", group.records, proposals, np.zeros(0, RECORD))
    clock.seconds["alignment and SSIM"] -= clock.seconds["measures"] + clock.seconds["trees"]
    return int(np.count_nonzero(records["relation"]))


def whole(folder: str) -> tuple[float, float]:
    """CPU seconds and peak resident megabytes of `lookalike audit` with one worker."""
    with tempfile.TemporaryDirectory() as place:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "lookalike", "audit", folder, "--output", f"{place}/out"]
        subprocess.run([*command, "--", "--direct_num_workers=1"], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or f"{place}/demo/images"
        if not options.folder:
            make_demo(str(Path(folder).parent))
        empty = Path(place, "empty")
        empty.mkdir()
        clock = Clock()
        features = fingerprint(folder, clock)
        pairs = match(features, clock)
        start_up, _ = whole(str(empty))
        cpu, peak = whole(folder)
    count = len(features)
    rows: list[list[Cell]] = [[name, 1000 * seconds / count] for name, seconds in clock.seconds.items()]
    rows.append(["sum", 1000 * sum(clock.seconds.values()) / count])
    rows.append([f"whole job, start-up of {start_up:.1f} s aside", 1000 * (cpu - start_up) / count])
    rows.append(["whole job, images a second and core", count / (cpu - start_up)])
    rows.append(["whole job, peak memory, MB", peak])
    tell(
        [Table(f"Stages: {count:,} images, {pairs:,} confirmed pairs", ["stage", "CPU ms an image"], rows)],
        options.json,
    )


if __name__ == "__main__":
    main()
