"""Queries in an index of synthetic fingerprints: seconds, memory, and what is proposed.

    python -m tests.benchmarks.find [--images N] [--folder DIR]     (default: 1000000)

The table and its index are written first. Then each number of queries runs as a process of its own: images of the
corpus that are copies of others are looked up, and should meet these (and themselves). Aligning a pair that was
proposed comes on top; `tests.benchmarks.stages` measures one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.transforms.candidates.bands import Banded, BandPlan
from lookalike.transforms.candidates.sets import ALL_ONE
from lookalike.transforms.verification.across.index import Index, is_of, write_index
from lookalike.transforms.verification.across.lookup import look_up
from tests.benchmarks import fingerprints
from tests.benchmarks.scale import ROWS, peak_megabytes, usage

QUERIES = (1, 10, 100, 1000)
DIGEST = "synthetic"


def stages_of(images: int, root: str) -> Stages:
    """Of a corpus of this size."""
    return Stages(load(overrides=[f"output.rows_per_part={ROWS}"]), Corpus(root, images))


def prepare(images: int, root: str) -> None:
    """Write the table and its index, where they are not there."""
    stages = stages_of(images, root)
    if is_of(f"{root}/index", DIGEST):
        return
    fingerprints.write(fingerprints.Corpus(images, None), root, stages.parts)
    begun, wall = usage(), time.monotonic()
    write_index(f"{root}/index", DIGEST, stages.pair.context.parts, stages.pair, stages.collapse.alone(ALL_ONE))
    size = sum(path.stat().st_size for path in Path(root, "index").rglob("*"))
    cpu, wall, peak = usage() - begun, time.monotonic() - wall, peak_megabytes()
    print(f"index of {images:,} images: {cpu:.0f} CPU s, {wall:.0f} s, {size / 1e6:,.0f} MB, peak {peak:,.0f} MB")


def measure(images: int, root: str, queries: int) -> None:
    """Look up so many copies, and print what that took."""
    stages = stages_of(images, root)
    corpus = fingerprints.Corpus(images, None)
    copies = np.flatnonzero(corpus.original != np.arange(images))
    chosen = np.random.default_rng(queries).choice(copies, queries, replace=False)
    keys = np.frombuffer(b"".join(map(fingerprints.key, chosen.tolist())), "V16")
    values, residual = corpus.signatures(chosen)
    asking = Banded(
        keys, corpus.embeddings(chosen), values, residual, np.zeros(queries, np.int64), np.zeros(queries, np.uint64)
    )
    plan = stages.pair.plan()
    assert isinstance(plan, BandPlan)
    begun, wall = usage(), time.monotonic()
    index = Index(f"{root}/index")
    met = look_up(index, plan, asking, stages.pair)
    cpu, wall = usage() - begun, time.monotonic() - wall
    wanted = [fingerprints.key(original) for original in corpus.original[chosen].tolist()]
    pairs = set(zip(met.queries.tolist(), index.keys()[met.places].tolist(), strict=True))
    found = sum((number, key) in pairs for number, key in enumerate(wanted))
    told = {
        "queries": queries, "seconds": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(peak_megabytes()),
        "proposed": len(met.places), "originals_met": found,
    }  # fmt: skip
    print(json.dumps(told))


def main() -> None:
    """Prepare, then measure each number of queries in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--folder")
    parser.add_argument("--queries", type=int)
    args = parser.parse_args()
    if args.queries:
        measure(args.images, args.folder, args.queries)
        return
    with tempfile.TemporaryDirectory() as scratch:
        root = args.folder or scratch
        prepare(args.images, root)
        for queries in QUERIES:
            words = ["--images", str(args.images), "--folder", root, "--queries", str(queries)]
            subprocess.run([sys.executable, "-m", "tests.benchmarks.find", *words], check=True)


if __name__ == "__main__":
    main()
