"""Components of many edges: large-star and small-star by the product's own stage, beside union-find in one place.

    python -m tests.benchmarks.clusters [EDGES]        (default: 10000000)

A tenth of the edges are chains of 10,000, a tenth stars of 100,000, the others clusters whose sizes follow a power law.
The stage runs on the local runner with one worker; the labels of both must be equal. CPU seconds, and peak memory of
the process that runs the stage.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np

from lookalike.pipelines.engines.runners import LOCAL, pipeline_options, run
from lookalike.transforms.clustering.components import LabelComponents, joined
from lookalike.transforms.core.pairs import PAIR
from lookalike.transforms.functional.clustering.clusters import components
from lookalike.transforms.io.generate import GenerateOnWorkers
from tests.benchmarks.scale import Whole, peak_megabytes, usage
from tests.benchmarks.tables import Cell, Table, tell

CHAIN, STAR, BATCH, PARTS = 10_000, 100_000, 100_000, 64


def graph(edges: int, rng: np.random.Generator) -> tuple[int, np.ndarray]:
    """How many nodes there are, and (about `edges`, 2) int64 edges, nodes and edges shuffled."""
    found, nodes = [], 0
    for size in [CHAIN] * (edges // 10 // CHAIN) + [STAR] * (edges // 10 // STAR):
        own = np.arange(1, size)
        found.append(nodes + np.stack([own - 1 if size == CHAIN else np.zeros(size - 1, np.int64), own], 1))
        nodes += size
    left = edges - sum(map(len, found))
    # of each cluster one picture matches all others, and half of these match the one before them too
    sizes = 1 + np.minimum(1 / (1 - rng.random(left)), 1000).astype(np.int64)
    sizes = sizes[np.cumsum(1.5 * (sizes - 1)) < left]
    start = nodes + np.cumsum(sizes) - sizes
    own = np.arange(nodes, nodes + sizes.sum())
    first = np.repeat(start, sizes)
    found.append(np.stack([first, own], 1)[own > first])
    chosen = own[(own > first + 1) & (rng.random(len(own)) < 0.5)]
    found.append(np.stack([chosen - 1, chosen], 1))
    nodes += int(sizes.sum())
    return nodes, rng.permutation(rng.permutation(nodes)[np.concatenate(found)])


class Batches(beam.DoFn):
    """Number of a batch -> PAIR records."""

    def __init__(self, root: str) -> None:
        self.root = root

    def process(self, number: int) -> Iterator[bytes]:
        """See the class."""
        rows = np.load(f"{self.root}/edges.npy", mmap_mode="r")[number * BATCH : (number + 1) * BATCH]
        keys = np.load(f"{self.root}/keys.npy", mmap_mode="r").view("V16")[:, 0]
        pairs = np.zeros(len(rows), PAIR)
        pairs["a"], pairs["b"] = keys[rows[:, 0]], keys[rows[:, 1]]
        yield pairs.tobytes()


def measure(edges: int, root: str) -> dict[str, Any]:
    """Both ways; raises AssertionError where they differ."""
    rng = np.random.default_rng(0)
    nodes, ends = graph(edges, rng)
    heads = np.sort(rng.integers(0, 2**63, nodes, np.uint64)) * np.uint64(2)
    keys = np.stack([heads, np.arange(nodes, dtype=np.uint64)], 1).astype(">u8")
    np.save(f"{root}/edges.npy", ends)
    np.save(f"{root}/keys.npy", keys)
    begun = usage()
    lowest = components(nodes, ends)
    one_place = usage() - begun
    batches = -(-len(ends) // BATCH)

    def build(pipeline):
        _ = (
            pipeline
            | GenerateOnWorkers(int, range, (batches,))
            | beam.ParDo(Batches(root)).with_output_types(bytes)
            | LabelComponents(PARTS)
            | beam.MapTuple(lambda part, labels: Path(root, f"labels-{part:03d}").write_bytes(labels))
        )

    begun, wall = usage(), time.monotonic()
    run(Whole(build), pipeline_options(LOCAL, ["--direct_num_workers=1"]))
    stage, wall = usage() - begun, time.monotonic() - wall
    peak = peak_megabytes()
    found = joined([path.read_bytes() for path in sorted(Path(root).glob("labels-*"))])
    number = np.ascontiguousarray(found).view(">u8").reshape(-1, 2, 2)[:, :, 1].astype(np.int64)
    there = np.unique(ends)
    number = number[np.argsort(number[:, 0])]
    assert np.array_equal(number[:, 0], there) and np.array_equal(number[:, 1], lowest[there])
    return {
        "edges": len(ends),
        "images": len(there),
        "components": len(np.unique(lowest[there])),
        "largest": int(np.bincount(lowest[there]).max()),
        "cpu": stage,
        "wall": wall,
        "peak_mb": peak,
        "one_place_cpu": one_place,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edges", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        found = measure(options.edges, root)
    columns = ["edges", "images", "components", "largest", "CPU s", "peak MB", "union-find in one place, CPU s"]
    row: list[Cell] = [f"{options.edges:,}", *(found[name] for name in ("images", "components", "largest"))]
    row += [found[name] for name in ("cpu", "peak_mb", "one_place_cpu")]
    tell([Table("Components, equal to union-find", columns, [row])], options.json)


if __name__ == "__main__":
    main()
