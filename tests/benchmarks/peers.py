"""The whole job beside the tools that people use for it, on the same files, one after another, in one run.

    python -m tests.benchmarks.peers [FOLDER TRUTH]          (default: the demo corpus)

Runs in the environment of peers that `make bench` makes. Every tool is a process of its own, held to one thread; CPU
seconds and peak memory are the system's count of it and its children, and what it needs for a folder with one image
(start-up) is told apart. Recall is the share of copies that were found together with their original, precision that
of all pairs found. imagededup's CNN runs with random weights, since nothing is downloaded: its cost is right, its
findings mean nothing.
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lookalike.pipelines.evaluate.demo import make_demo
from lookalike.pipelines.evaluate.truth import TIERS, read_truth
from tests.benchmarks.tables import Cell, Table, tell

Pairs = Iterator[tuple[str, str]]
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"}


def files_of(folder: str) -> list[Path]:
    """Images that every tool reads."""
    return sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES)


def near(codes: np.ndarray, paths: list[Path], bits: int) -> Pairs:
    """(n, words) uint64 hashes -> names of the pairs with at most so many bits different."""
    for i in range(len(codes) - 1):
        distance = np.bitwise_count(codes[i + 1 :] ^ codes[i]).sum(1)
        for j in np.flatnonzero(distance <= bits):
            yield paths[i].name, paths[i + 1 + j].name


def imagehash_phash(folder: str) -> Pairs:
    """imagehash.phash, all pairs by numpy, at most 10 of 64 bits."""
    import imagehash
    from PIL import Image

    paths, codes = [], []
    for path in files_of(folder):
        try:
            with Image.open(path) as image:
                codes.append(np.packbits(imagehash.phash(image).hash).view(np.uint64))
        except (OSError, ValueError):
            continue
        paths.append(path)
    return near(np.stack(codes), paths, 10)


def pdq(folder: str) -> Pairs:
    """pdqhash, all pairs by numpy, at most 31 of 256 bits."""
    import cv2
    import pdqhash

    paths, codes = [], []
    for path in files_of(folder):
        image = cv2.imread(str(path))
        if image is None:
            continue
        bits, _ = pdqhash.compute(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        codes.append(np.packbits(bits).view(np.uint64))
        paths.append(path)
    return near(np.stack(codes), paths, 31)


def imagededup_phash(folder: str) -> Pairs:
    """imagededup's PHash as it comes: at most 10 bits."""
    from imagededup.methods import PHash

    return _of_dictionary(PHash(verbose=False).find_duplicates(image_dir=folder, recursive=True, num_enc_workers=0))


def imagededup_cnn(folder: str) -> Pairs:
    """imagededup's CNN with random weights."""
    from torchvision import models

    plain = models.mobilenet_v3_small
    models.mobilenet_v3_small = lambda *_, **__: plain(weights=None)
    from imagededup.methods import CNN

    return _of_dictionary(CNN(verbose=False).find_duplicates(image_dir=folder, recursive=True, num_enc_workers=0))


def _of_dictionary(found: dict[str, list[str]]) -> Pairs:
    for name, others in found.items():
        for other in others:
            yield Path(name).name, Path(other).name


TOOLS: dict[str, Callable[[str], Pairs]] = {
    "imagehash, phash": imagehash_phash,
    "pdqhash": pdq,
    "imagededup, PHash": imagededup_phash,
    "imagededup, CNN, random weights": imagededup_cnn,
}
OURS = "Lookalike"


class Result(NamedTuple):
    """cpu: seconds; peak: MB; pairs: of names, in order."""

    cpu: float
    peak: float
    pairs: set[tuple[str, str]]


def lookalike(folder: str, place: str) -> list[str]:
    """The command that audits a folder with one worker."""
    command = [sys.executable, "-m", "lookalike", "audit", folder, "--output", f"{place}/out", "--overwrite"]
    return [*command, "--", "--direct_num_workers=1"]


def measured(name: str, folder: str, place: str) -> Result:
    """One tool on one folder."""
    listed = Path(place, "pairs.csv")
    listed.unlink(missing_ok=True)
    tool = [sys.executable, "-m", "tests.benchmarks.peers", "--one", name, folder, str(listed)]
    command = lookalike(folder, place) if name == OURS else tool
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    process = subprocess.Popen(
        command, env={**os.environ, **threads}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{name} failed: {told.decode()[-2000:]}")
    pairs = of_clusters(f"{place}/out") if name == OURS else of_csv(listed)
    return Result(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, pairs)


def of_csv(path: Path) -> set[tuple[str, str]]:
    """What `--one` wrote."""
    with path.open(newline="") as file:
        return {(min(row), max(row)) for row in csv.reader(file) if row[0] != row[1]}


def of_clusters(output: str) -> set[tuple[str, str]]:
    """Pairs inside the clusters of an audit."""
    import pyarrow.dataset as ds

    groups: dict[str, list[str]] = {}
    table = ds.dataset(f"{output}/clusters").to_table(columns=["cluster_id", "uri"])
    for cluster, uri in zip(*(column.to_pylist() for column in table.columns), strict=True):
        groups.setdefault(cluster, []).append(uri.rsplit("/", 1)[-1])
    return {pair for names in groups.values() for pair in itertools.combinations(sorted(names), 2)}


def score(pairs: set[tuple[str, str]], truth: str) -> tuple[float, dict[str, float]]:
    """Precision of pairs, and recall by tier."""
    rows = read_truth(truth)
    group = {row["file"].rsplit("/", 1)[-1]: row["group"] for row in rows}
    known = [pair for pair in pairs if pair[0] in group and pair[1] in group]
    true = sum(group[a] == group[b] for a, b in known)
    original = {row["group"]: row["file"].rsplit("/", 1)[-1] for row in rows if row["role"] == "original"}
    found: dict[str, list[bool]] = {}
    for row in rows:
        if row["role"] == "copy" and row["group"] in original:
            ends = row["file"].rsplit("/", 1)[-1], original[row["group"]]
            found.setdefault(row["tier"], []).append((min(ends), max(ends)) in pairs)
    return true / max(1, len(known)), {tier: sum(found[tier]) / len(found[tier]) for tier in TIERS if tier in found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="*", metavar="FOLDER TRUTH")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=3, metavar=("TOOL", "FOLDER", "CSV"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, folder, listed = options.one
        with open(listed, "w", newline="") as file:
            csv.writer(file).writerows(TOOLS[name](folder))
        return
    with tempfile.TemporaryDirectory() as place:
        if not options.corpus:
            make_demo(f"{place}/demo")
        folder, truth = options.corpus or (f"{place}/demo/images", f"{place}/demo/truth.csv")
        images = files_of(folder)
        Path(place, "one").mkdir()
        shutil.copy(images[0], Path(place, "one"))
        columns = ["tool", "images a second and core", "ratio", "CPU s", "start-up", "peak MB", "precision", *TIERS]
        rows: list[list[Cell]] = []
        for name in (OURS, *TOOLS):
            try:
                start, result = measured(name, f"{place}/one", place), measured(name, folder, place)
            except RuntimeError as error:
                print(f"{name} could not be run: {str(error).splitlines()[-1][:80]}", file=sys.stderr)
                continue
            precision, recall = score(result.pairs, truth)
            rate = len(images) / max(1e-9, result.cpu - start.cpu)
            first = rows[0][1] if rows else rate
            costs: list[Cell] = [rate, float(first) / rate, result.cpu, start.cpu, result.peak]
            rows.append([name, *costs, precision, *(recall.get(tier, 0.0) for tier in TIERS)])
        tell([Table(f"The whole job beside other tools, {len(images):,} images", columns, rows)], options.json)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
