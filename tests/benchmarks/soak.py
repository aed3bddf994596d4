"""A long audit of many small pictures: does any process grow?

    python -m tests.benchmarks.soak [IMAGES] [--workers N] [--folder DIR] [--curve FILE.svg] [-- AUDIT OPTIONS]

Pictures of 64 to 128 px are drawn first, tiles of larger ones, every fifth a re-encoded copy of the one before it. They
are audited by the command line on the local runner, while resident memory, open files and threads of every process are
read from /proc each second. A process that lives for two minutes in one half of the audit (the launcher lives in both)
is told by the medians of the last two quarters of that, when what it keeps on purpose is full; the exit code is 1 where
the latter is larger than it may be (`ROOM`).
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import cv2

from lookalike.transforms.functional.drawing.procedural import draw_picture
from tests.benchmarks.soak_curve import draw
from tests.benchmarks.tables import Cell, Table, tell

FOLDER, BATCH = 1000, 500
"""Pictures in one folder, and drawn by one task."""
TILES, LARGEST = 5, 128
"""Of a drawn picture: in a row and in a column, and their side in px."""
ALIVE = 120
"""Seconds that a process must live to be judged."""
SHELL = "sh"
"""Beam starts each worker from one, which does nothing but wait for it."""
ROOM = {"megabytes": (1.1, 30), "files": (1.0, 4), "threads": (1.0, 4)}
"""What the last quarter of a life may exceed the third by: a factor, and so much more."""


class Sample(NamedTuple):
    """Of one process at one moment. seconds: since the start. role: 'launcher', 'worker' or the command's name."""

    seconds: float
    pid: int
    role: str
    megabytes: float
    files: int
    threads: int


def draw_batch(root: str, first: int, last: int) -> None:
    """Pictures number `first` to `last` - 1 as files."""
    for number in range(first, last):
        copy = number % 5 == 4
        own = number - copy
        large, tile = divmod(own, TILES * TILES)
        if tile == 0 or number == first:
            pixels = draw_picture(large, TILES * LARGEST, TILES * LARGEST)[:, :, ::-1]
        top, left = (LARGEST * place for place in divmod(tile, TILES))
        width, height = 64 + own * 7 % 65, 64 + own * 13 % 65
        kind, options = (".jpg", [cv2.IMWRITE_JPEG_QUALITY, 80]) if copy or own % 3 else (".png", [])
        folder = Path(root, f"{number // FOLDER:04d}")
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / f"{number:07d}{kind}"), pixels[top : top + height, left : left + width], options)


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield pid
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                yield from family(int(child))


def look_at(pid: int, launcher: int, seconds: float) -> Sample | None:
    """One process, or None where it has ended."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
        )
        files = len(os.listdir(f"/proc/{pid}/fd"))
        megabytes = int(status["VmRSS"].split()[0]) / 1024
    except (OSError, KeyError, ValueError):
        return None
    role = (
        "launcher"
        if pid == launcher
        else "worker"
        if b"lookalike.pipelines.engines.worker" in command
        else status["Name"]
    )
    return Sample(seconds, pid, role, megabytes, files, int(status["Threads"]))


def watch(command: list[str]) -> tuple[list[Sample], list[tuple[float, str]], int]:
    """Run a command -> samples of all its processes, what it said with when, and its exit code."""
    begun, samples, said = time.monotonic(), [], []
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def listen() -> None:
        for line in process.stderr or ():
            said.append((time.monotonic() - begun, line.strip()))
            print(line, end="", file=sys.stderr, flush=True)

    listener = threading.Thread(target=listen)
    listener.start()
    while process.poll() is None:
        seconds = time.monotonic() - begun
        found = (look_at(pid, process.pid, seconds) for pid in family(process.pid))
        samples += [sample for sample in found if sample is not None and sample.role != SHELL]
        time.sleep(1)
    listener.join()
    return samples, said, process.returncode


def half_time(said: list[tuple[float, str]]) -> float:
    """When all pictures had their fingerprints: what is held after that is another half's."""
    return next((seconds for seconds, line in said if "lookalike: fingerprinted " in line), 0.0)


def lives(samples: list[Sample], half: float) -> list[list[Sample]]:
    """Samples by process and half, of those that live long enough in it to be judged, in order of their start."""
    found: dict[tuple[bool, int], list[Sample]] = {}
    for sample in samples:
        found.setdefault((sample.seconds > half, sample.pid), []).append(sample)
    return [life for life in found.values() if life[-1].seconds - life[0].seconds >= ALIVE]


def judged(life: list[Sample], name: str) -> tuple[float, float, float, bool]:
    """One measure of a process: its medians in the third and the last quarter of its life, its peak, and whether it
    grew.
    """
    values = [getattr(sample, name) for sample in life]
    quarter = len(values) // 4
    early, late = statistics.median(values[2 * quarter : 3 * quarter]), statistics.median(values[-quarter:])
    factor, more = ROOM[name]
    return early, late, max(values), late > factor * early + more


def split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Arguments of this command, and those of the audit after `--`."""
    at = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:at], arguments[at + 1 :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=int, nargs="?", default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", help="where pictures and output go, made if it is missing; default: the system's")
    parser.add_argument("--curve", help="SVG that is drawn of it")
    parser.add_argument("--json", action="store_true")
    ours, audits = split(sys.argv[1:])
    options = parser.parse_args(ours)
    if options.folder:
        os.makedirs(options.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as root:
        pictures = f"{root}/pictures"
        os.mkdir(pictures)
        begun = time.monotonic()
        with ProcessPoolExecutor(options.workers) as pool:
            firsts = range(0, options.images, BATCH)
            lasts = [min(first + BATCH, options.images) for first in firsts]
            list(pool.map(draw_batch, [pictures] * len(firsts), firsts, lasts))
        print(f"drew {options.images:,} pictures in {time.monotonic() - begun:,.0f} s", file=sys.stderr)
        command = [sys.executable, "-m", "lookalike", "audit", pictures, "--output", f"{root}/out", *audits]
        samples, said, code = watch([*command, "--", f"--direct_num_workers={options.workers}"])
    if code:
        sys.exit(f"the audit ended with exit code {code}")
    if options.curve:
        Path(options.curve).write_text(draw(samples, said))
    rows: list[list[Cell]] = []
    grew = []
    for life in lives(samples, half_time(said)):
        name = f"{life[0].role} {life[0].pid}"
        cells: list[Cell] = [round(life[0].seconds), round(life[-1].seconds)]
        for measure in ROOM:
            early, late, peak, grown = judged(life, measure)
            cells += [round(early), round(late), round(peak)]
            grew += [f"{name}: {measure} {early:.0f} -> {late:.0f}"] if grown else []
        rows.append([name, *cells])
    columns = ["process", "from s", "to s"]
    columns += [
        f"{name}, {when}" for name in ("MB", "open files", "threads") for when in ("3rd quarter", "last", "peak")
    ]
    tell([Table(f"Soak: {options.images:,} pictures, {options.workers} workers", columns, rows)], options.json)
    if grew:
        sys.exit("grew: " + "; ".join(grew))


if __name__ == "__main__":
    main()
