"""The search and the clustering of the match half on synthetic fingerprints: what they cost as the corpus grows.

    python -m tests.benchmarks.scale [IMAGES ...] [--uneven IMAGES ...] [--folder DIR]     (default: 100000 1000000)

Uneven: a tenth of the images are noise on one picture, a tenth blank, and there are clusters whose sizes follow a power
law. Each size runs as a process of its own: the table is written first,
outside of what is counted; then images of equal pixels are collapsed, bands are written and met, and pairs that were
planted are clustered, by the product's own stages on the local runner with one worker. Confirmation needs pictures:
`tests.benchmarks.stages` measures a pair of it. CPU seconds are of that process, and its peak memory. They are told
by stage, too; what is left of their sum is components, clusters, and what the runner takes for itself.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.engines.runners import LOCAL, pipeline_options, run
from lookalike.pipelines.evaluate.truth import TIERS
from lookalike.transforms.core.schemas import CLUSTERS
from lookalike.transforms.io.generate import GenerateOnWorkers, parts_of
from lookalike.transforms.io.parquet_sink import WriteTable, written_parts
from tests.benchmarks import fingerprints
from tests.benchmarks.planted import ConfirmPlanted
from tests.benchmarks.search_clock import REST, STAGES, Clock
from tests.benchmarks.tables import Cell, Table, tell

ROWS = 65_536
"""Of a part, so that tables of millions are a few hundred files."""


def usage() -> float:
    """CPU seconds of this process and of those that it has ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in both)


def peak_megabytes() -> float:
    """The largest memory of this process or of one that it has ended."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1000


def measure(images: int, skew: bool, root: str) -> dict[str, Any]:
    """One size."""
    uneven = fingerprints.Skew(images // 10, images // 10, images // 100) if skew else None
    corpus = fingerprints.Corpus(images, uneven)
    config = load(overrides=[f"output.rows_per_part={ROWS}"])
    stages = Stages(config, Corpus(root, images))
    begun = usage()
    _, order = fingerprints.write(corpus, root, stages.parts)
    made = usage() - begun
    # of the images of equal pixels one is searched, and of those without structure none
    searched = order[~corpus.blank[order]]
    heads = fingerprints.heads(searched)
    starts = np.searchsorted(heads, [(block << 64) // stages.blocks for block in range(stages.blocks)])
    for name, values in (("searched", searched), ("starts", starts), ("original", corpus.original)):
        np.save(f"{root}/{name}", values)
    Path(root, "met").mkdir()
    paths = parts_of(root, "fingerprints", stages.parts)

    def build(pipeline):
        numbered = pipeline | "Parts" >> GenerateOnWorkers(tuple[int, str], enumerate, (paths,))
        names = numbered | "Paths" >> beam.Values()
        collapsed = names | "Collapse" >> stages.collapse
        found = {"paths": names, "followers": collapsed["followers"]} | "Pair" >> stages.pair
        near = (
            found["asked"]
            | "Spread" >> beam.Reshuffle()
            | "Confirm" >> beam.ParDo(ConfirmPlanted(root, corpus, stages.rules.candidates)).with_output_types(bytes)
        )
        pairs = (near, collapsed["pairs"]) | "Together" >> beam.Flatten()
        rows = {"pairs": pairs, "paths": numbered} | "Cluster" >> stages.cluster
        _ = rows["clusters"] | WriteTable(root, "clusters", CLUSTERS, stages.table_parts, ("cluster_id", "uri"))
        _ = (
            found["capped"]
            | beam.Map(str)
            | beam.combiners.Count.Globally()
            | beam.Map(lambda count: Path(root, "capped").write_text(str(count)))
        )

    begun, wall = usage(), time.monotonic()
    clock = Clock()
    with clock.stages():
        run(Whole(build), pipeline_options(LOCAL, ["--direct_num_workers=1"]))
    cpu, wall, peak = usage() - begun, time.monotonic() - wall, peak_megabytes()
    met = [np.load(path) for path in Path(root, "met").iterdir()]
    copies = np.unique(np.concatenate([m[3:] for m in met]))
    every = np.flatnonzero((corpus.original != np.arange(images)) & ~corpus.light)
    tier, found = corpus.tier(every), np.isin(every, copies)
    plan = stages.pair.band_plan()
    return {
        "images": images,
        "skew": skew,
        "making": made,
        "cpu": cpu,
        "stages": {**clock.seconds, REST: cpu - sum(clock.seconds.values())},
        "wall": wall,
        "peak_mb": peak,
        "met": int(sum(m[0] for m in met)),
        "candidates": int(sum(m[1] for m in met)),
        "confirmed": int(sum(m[2] for m in met)),
        "capped": int(Path(root, "capped").read_text()),
        "rows": sum(part.rows for part in written_parts(root, ["clusters-0"])["clusters"]),
        "recall": {name: round(float(found[tier == k].mean()), 3) for k, name in enumerate(TIERS)},
        "plan": [plan.exact, plan.rule.shared, plan.rule.alone, plan.polytopes.codes],
    }


class Whole(beam.PTransform):
    """A function of a pipeline's root as a transform."""

    def __init__(self, build) -> None:
        super().__init__()
        self.build = build

    def expand(self, root):
        """See the class."""
        self.build(root)


COLUMNS = [
    *("corpus", "images", "CPU s", "CPU ms an image", "peak MB"),
    *("pairs told an image", "candidates an image", "confirmed pairs", "rows of clusters"),
    *(f"found: {tier}" for tier in ("medium", "strong", "extreme")),
]


def row_of(result: dict[str, Any]) -> list[Cell]:
    """What `measure` gives -> cells in order of COLUMNS."""
    images = result["images"]
    name = f"{'uneven' if result['skew'] else 'even'}, {images:,}"
    costs = [images, result["cpu"], 1000 * result["cpu"] / images, result["peak_mb"]]
    costs += [2 * result[name] / images for name in ("met", "candidates")]
    recall = [result["recall"][tier] for tier in ("medium", "strong", "extreme")]
    return [name, *costs, result["confirmed"], result["rows"], *recall]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--uneven", type=int, nargs="*", default=[], help="sizes of corpora that are uneven")
    parser.add_argument("--folder", help="where the tables are written; default: the system's")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory(dir=options.folder) as root:
            skew = bool(options.uneven)
            print(json.dumps(measure((options.uneven or options.images)[0], skew, root)))
        return
    rows, by_stage = [], []
    for size in [[str(n)] for n in options.images] + [["--uneven", str(n)] for n in options.uneven]:
        command = [sys.executable, "-m", "tests.benchmarks.scale", *size, "--one"]
        command += ["--folder", options.folder] if options.folder else []
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        result = json.loads(told.splitlines()[-1])
        rows.append(row_of(result))
        by_stage.append([rows[-1][0], *(result["stages"].get(stage, 0.0) for stage in STAGES)])
    tables = [
        Table("Search and clusters of synthetic fingerprints", COLUMNS, rows),
        Table("CPU seconds by stage", ["corpus", *STAGES], by_stage),
    ]
    tell(tables, options.json)


if __name__ == "__main__":
    main()
