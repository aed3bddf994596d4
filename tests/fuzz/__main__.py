"""`make fuzz`: damaged files of every kind through the reader of the product, in batches.

    python -m tests.fuzz --seconds 600 --seed 0 --finds out/fuzz

Each input must end as an image or as a failure of one line, twice the same, within the limits, with nothing printed.
Case N of a seed is always the same file. The reader runs in a process of its own (`--work`), which may die: what it was
reading is then a find, too. Ends with exit code 1 if there are finds; they lie in `--finds`.
"""

import argparse
import collections
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from tests.fuzz.mutations import mutated
from tests.fuzz.reading import checked
from tests.fuzz.seeds import containers, manifests, pictures

PICTURES, CONTAINERS, MANIFESTS = 60, 4, 2
"""Files of one batch."""
ENOUGH = 20
"""Finds after which it ends."""
PATIENCE = 60.0
"""Seconds of the processor that reading one batch may take in the worker, which decodes nothing itself."""


def case(seed: int, number: int, kinds: dict[str, bytes]) -> tuple[str, bytes]:
    """Name of what it was, and its bytes."""
    rng = random.Random(f"{seed}/{number}")
    name = rng.choice(sorted(kinds))
    return name, mutated(kinds[name], kinds[rng.choice(sorted(kinds))], rng)


def write_batch(folder: Path, seed: int, number: int, kinds: list[dict[str, bytes]]) -> int:
    """The files of one batch, from case `number` -> how many there are."""
    (folder / "images").mkdir(parents=True)
    written = 0
    for images, count in zip(kinds, (PICTURES, CONTAINERS, MANIFESTS), strict=True):
        for _ in range(count):
            name, data = case(seed, number + written, images)
            place = folder / "images" / f"{number + written}-{name}"
            place = place.with_name(place.name + ".jpg") if images is kinds[0] else folder / place.name
            place.write_bytes(data)
            written += 1
    return written


def inputs_of(folder: Path) -> list[list[str]]:
    """What is read together: images and containers; each manifest is an input by itself, which may be refused."""
    others = sorted(path for path in folder.iterdir() if path.is_file())
    lists = [[str(path)] for path in others if "list" in path.name]
    return [[str(folder / "images"), *(str(path) for path in others if "list" not in path.name)], *lists]


@contextlib.contextmanager
def _said(stream: TextIO) -> Iterator[None]:
    """An error is told to `stream`, since what is printed goes elsewhere."""
    try:
        yield
    except Exception as error:
        print(f"{type(error).__name__}: {error}".replace("\n", " "), file=stream, flush=True)
        raise


def work(folder: Path, seed: int, number: int, seconds: float) -> None:
    """Read batches until the time is over or something is found; each line that is written tells of one."""
    told, failed = (os.fdopen(os.dup(stream), "w") for stream in (1, 2))
    with tempfile.TemporaryFile() as printed, _said(failed):
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        images = pictures()
        some = [images["JPEG-RGB"], images["PNG-RGBA"], images["TIFF-1-group4"], images["GIF-P"]]
        kinds = [images, containers(some), manifests(["images", "nowhere.jpg"])]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shutil.rmtree(folder, ignore_errors=True)
            count = write_batch(folder, seed, number, kinds)
            os.chdir(folder)
            tally: collections.Counter[str] = collections.Counter()
            for inputs in inputs_of(folder):
                signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
                tally.update(result.partition(":")[0] for results in checked(inputs).values() for result in results)
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            number += count
            print(json.dumps({"next": number, "executions": 2 * count, "outcomes": tally}), file=told, flush=True)


def narrowed(folder: Path, finds: Path, why: str) -> list[Path]:
    """The files of a batch that are to blame, each by itself or all of them together, copied to `finds`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    command = [sys.executable, "-m", "tests.fuzz", "--check"]
    guilty = [path for path in files if subprocess.run([*command, str(path)], capture_output=True).returncode]
    finds.mkdir(parents=True, exist_ok=True)
    for path in guilty or files:
        shutil.copy(path, finds / path.name)
    with (finds / "why.txt").open("a") as file:
        print(f"{', '.join(path.name for path in guilty) or 'together'}: {why}", file=file)
    return guilty or files


def check(path: str) -> None:
    """Read one file as the fuzzer does."""
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    checked([path])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--finds", type=Path, default=Path("out/fuzz"))
    parser.add_argument("--check", help="read this one file, and say what is wrong")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help="the first case")
    options = parser.parse_args()
    if options.check:
        check(options.check)
        return 0
    if options.work:
        work(options.work, options.seed, options.number, options.seconds)
        return 0
    begun, number, finds = time.monotonic(), options.number, 0
    executions = 0
    outcomes: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "batch")
        while (left := options.seconds - (time.monotonic() - begun)) > 0:
            command = [sys.executable, "-m", "tests.fuzz", "--work", str(folder), "--seed", str(options.seed)]
            command += ["--number", str(number), "--seconds", str(left)]
            with tempfile.TemporaryFile("w+") as errors:
                worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
                for line in worker.stdout:
                    told = json.loads(line)
                    number, executions = told["next"], executions + told["executions"]
                    outcomes.update(told["outcomes"])
                if worker.wait():
                    errors.seek(0)
                    why = (errors.read().strip().splitlines() or [f"exit code {worker.returncode}"])[-1]
                    finds += max(1, len(narrowed(folder, options.finds.absolute(), why)))
                    number += PICTURES + CONTAINERS + MANIFESTS
                    print(f"FIND: {why}", flush=True)
                    if finds >= ENOUGH:
                        break
    each = ", ".join(f"{name} {count:,}" for name, count in sorted(outcomes.items()))
    print(f"seed {options.seed}: {executions:,} executions, {finds} finds; {each}")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
