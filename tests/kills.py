"""Ten kills of each command that writes, at random moments: `python -m tests.kills FOLDER` (minutes; not part of CI).

After every kill of the launcher and its workers, `audit.json` reads as the old record or the new one, and every part
that it names has its SHA-256; then the same command comes to its end, with the bytes of a run that nobody killed.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lookalike.pipelines.run import manifest
from tests.results import digests, whole
from tests.synthetic import make_corpus

KILLS = 10
ONE = ("--", "--direct_num_workers=1")


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "lookalike", *map(str, words)]


def kill(rng: random.Random, words: list[object], longest: float, look: Callable[[], None]) -> str:
    killed = 0
    for _ in range(KILLS):
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command(*words), start_new_session=True, **silent)
        try:
            process.wait(timeout=rng.uniform(1, longest))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
        look()
    ended = subprocess.run(command(*words), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return f"{words[0]}: {killed} killed of {KILLS}, and then it came to its end"


def main(folder: Path) -> None:
    """Kill all of them."""
    images, output, rng = folder / "images", folder / "audit", random.Random(7)
    make_corpus(images, groups=8, singles=40, width=200, height=150)
    subprocess.run(command("audit", images, "--output", output, *ONE), check=True)
    before, some = digests(output), sorted(images.iterdir())
    named = ["--audit", output, "--verdict", "duplicates"]
    for words, longest in (
        (["match", output, *ONE], 12),
        (["report", output], 5),
        (["audit", images, "--output", output, "--overwrite", *ONE], 14),
        (["fingerprint", images, "--output", folder / "half", "--overwrite", *ONE], 10),
        (["fit", images, "--output", folder / "w.npz", "--overwrite", "--dims", "16", *ONE], 10),
        (["calibrate", images, "--output", folder / "cal", "--copies", "2", "--precision", ".01", *ONE], 12),
        (["materialize", output, "--as", "imagefolder", "--to", folder / "clean", *ONE], 4),
        (["verdict", "add", folder / "verdicts.csv", some[0], some[5], *named], 5),
    ):
        print(kill(rng, words, longest, lambda: whole(output, manifest.read(str(output)))), flush=True)
    assert digests(output) == before
    assert not [path for path in folder.rglob("*") if path.name.endswith(".run")]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
