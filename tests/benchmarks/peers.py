"""The whole job beside the tools that people use for it, on the same files, one after another, in one run.

    python -m tests.benchmarks.peers [FOLDER TRUTH]          (default: the demo corpus)

Runs in the environment of peers that `make bench` makes. Every tool is a process of its own, held to one thread; CPU
seconds and peak memory are the system's count of it and its children, and what it needs for a folder with one image
(start-up) is told apart. Recall is the share of copies that were found together with their original, precision that
of all pairs found. imagededup's CNN runs with random weights, since nothing is downloaded: its cost is right, its
findings mean nothing.

A second table has what each of them finds of the strong and extreme copies for its cost, at several thresholds, and
Lookalike with several settings and in parts.
"""

import argparse
import csv
import itertools
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lookalike.pipelines.evaluate.demo import make_demo
from lookalike.pipelines.evaluate.truth import TIERS, read_truth
from tests.benchmarks.peer_tools import PARTS, TOOLS, Tool, files_of
from tests.benchmarks.tables import Cell, Table, tell

OURS, AS_IT_COMES = "Lookalike", "as it comes"
SETTINGS = {
    AS_IT_COMES: [],
    "100 keypoints": ["sketch.keypoints=100"],
    "searched as 10^8 images": ["pair.exhaustive=0", "pair.assumed_corpus_size=100000000"],
}
"""Of Lookalike, those of the configuration that cost less than what it does by itself."""


class Result(NamedTuple):
    """cpu: seconds; peak: MB; pairs: of names, in order, and how far they are apart."""

    cpu: float
    peak: float
    pairs: dict[tuple[str, str], float]

    def within(self, distance: float) -> set[tuple[str, str]]:
        """The pairs that are no farther apart."""
        return {pair for pair, own in self.pairs.items() if own <= distance}


def audit(folder: str, place: str, overrides: Sequence[str]) -> Result:
    """Lookalike on one folder, with one worker."""
    command = [sys.executable, "-m", "lookalike", "audit", folder, "--output", f"{place}/out", "--overwrite"]
    sets = [text for override in overrides for text in ("--set", override)]
    cpu, peak = measured(OURS, [*command, *sets, "--", "--direct_num_workers=1"])
    return Result(cpu, peak, of_clusters(f"{place}/out"))


def peer(name: str, folder: str, place: str) -> Result:
    """Another tool, or a part of Lookalike, on one folder."""
    listed = Path(place, "pairs.csv")
    listed.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.benchmarks.peers", "--one", name, folder, str(listed)]
    return Result(*measured(name, command), of_csv(listed))


def measured(name: str, command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak megabytes of a command that is held to one thread.

    Raises:
        RuntimeError: it failed.
    """
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    process = subprocess.Popen(
        command, env={**os.environ, **threads}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{name} failed: {told.decode()[-2000:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def of_csv(path: Path) -> dict[tuple[str, str], float]:
    """What `--one` wrote."""
    with path.open(newline="") as file:
        return {(min(a, b), max(a, b)): float(distance) for a, b, distance in csv.reader(file) if a != b}


def of_clusters(output: str) -> dict[tuple[str, str], float]:
    """Pairs inside the clusters of an audit."""
    import pyarrow.dataset as ds

    groups: dict[str, list[str]] = {}
    table = ds.dataset(f"{output}/clusters").to_table(columns=["cluster_id", "uri"])
    for cluster, uri in zip(*(column.to_pylist() for column in table.columns), strict=True):
        groups.setdefault(cluster, []).append(uri.rsplit("/", 1)[-1])
    return {pair: 0.0 for names in groups.values() for pair in itertools.combinations(sorted(names), 2)}


class Score(NamedTuple):
    """precision: of pairs. tiers: recall by tier. hard: of the strong and extreme copies together."""

    precision: float
    tiers: dict[str, float]
    hard: float


def score(pairs: set[tuple[str, str]], truth: str) -> Score:
    """Of the pairs of names that were found."""
    rows = read_truth(truth)
    group = {row["file"].rsplit("/", 1)[-1]: row["group"] for row in rows}
    known = [pair for pair in pairs if pair[0] in group and pair[1] in group]
    true = sum(group[a] == group[b] for a, b in known)
    original = {row["group"]: row["file"].rsplit("/", 1)[-1] for row in rows if row["role"] == "original"}
    found: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        if row["role"] == "copy" and row["group"] in original:
            ends = row["file"].rsplit("/", 1)[-1], original[row["group"]]
            found[row["tier"]].append((min(ends), max(ends)) in pairs)
    hard = found["strong"] + found["extreme"]
    tiers = {tier: sum(found[tier]) / len(found[tier]) for tier in TIERS if found[tier]}
    return Score(true / max(1, len(known)), tiers, sum(hard) / max(1, len(hard)))


WHOLE = ["tool", "images a second and core", "ratio", "CPU s", "start-up", "peak MB", "precision", *TIERS]
COST = ["setting", "tool", "CPU ms an image", "precision", "strong and extreme"]


def tables(folder: str, truth: str, place: str) -> Iterator[Table]:
    """The whole job beside other tools; and what is found for its cost at several settings and thresholds."""
    images = files_of(folder)
    one = Path(place, "one")
    one.mkdir()
    shutil.copy(images[0], one)
    runs: list[tuple[str, str, Tool | None, Callable[[str], Result]]] = [
        (OURS, setting, None, lambda of, overrides=overrides: audit(of, place, overrides))
        for setting, overrides in SETTINGS.items()
    ]
    runs += [(name, "", tool, lambda of, name=name: peer(name, of, place)) for name, tool in {**TOOLS, **PARTS}.items()]
    whole: list[list[Cell]] = []
    cost: list[list[Cell]] = []
    for name, setting, tool, run in runs:
        try:
            start, result = run(str(one)), run(folder)
        except RuntimeError as error:
            print(f"{name} could not be run: {str(error).splitlines()[-1][:80]}", file=sys.stderr)
            continue
        # a few images cost less than start-up differs by from run to run
        spent = result.cpu - start.cpu if result.cpu > start.cpu else result.cpu
        rate = len(images) / spent
        settings = {tool.name_of(d): d for d in tool.distances} if tool else {setting: 0.0}
        for told, distance in settings.items():
            found = score(result.within(distance), truth)
            cost.append([f"{name}, {told}", name, 1000 / rate, found.precision, found.hard])
        if name in TOOLS or setting == AS_IT_COMES:
            found = score(result.within(tool.usual if tool else 0.0), truth)
            ratio = float(whole[0][1]) / rate if whole else 1.0
            costs: list[Cell] = [rate, ratio, result.cpu, start.cpu, result.peak, found.precision]
            whole.append([name, *costs, *(found.tiers.get(tier, 0.0) for tier in TIERS)])
    yield Table(f"The whole job beside other tools, {len(images):,} images", WHOLE, whole)
    yield Table(f"Found for its cost, {len(images):,} images", COST, cost)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="*", metavar="FOLDER TRUTH")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("TOOL", "FOLDER", "CSV"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, folder, listed = options.one
        tool = {**TOOLS, **PARTS}[name]
        with open(listed, "w", newline="") as file:
            csv.writer(file).writerows(tool.run(folder, max(tool.distances)))
        return
    with tempfile.TemporaryDirectory() as place:
        if not options.corpus:
            make_demo(f"{place}/demo")
        folder, truth = options.corpus or (f"{place}/demo/images", f"{place}/demo/truth.csv")
        tell(list(tables(folder, truth, place)), options.json)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
