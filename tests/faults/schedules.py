"""Random fault schedules under the whole flow: a run ends well or fails in one line, and nothing is lost or half done.

The stages are those of the product, on a file system that fails; only the engine is another (`eager`), and what is
computed of an image is kept for the next run.
"""

import contextlib
import dataclasses
import functools
import io
import json
import random
import re
import shutil
import tarfile
import types
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.pipelines import fingerprint
from lookalike.pipelines.cli.main import main
from lookalike.pipelines.matching import changes, corpus, sides
from lookalike.pipelines.run import manifest
from lookalike.transforms.core.records import Image
from lookalike.transforms.core.settings.sketch import SketchSettings
from lookalike.transforms.decoding import read_images as images
from lookalike.transforms.embedding.embedder import Embedder, embedder_of
from lookalike.transforms.fingerprinting import embed, sketch
from lookalike.transforms.storage import retries
from tests.faults.eager import Runner
from tests.faults.filesystem import FAULTS, Schedule, register
from tests.faults.local import fail_below
from tests.results import TABLES, digests, whole
from tests.synthetic import draw_picture, encoded

ALL = (*TABLES, "delta")
FINE = ("--set", "output.rows_per_part=4")
BANDED = ("--set", "pair.exhaustive=0")
OTHER_RULES = ("--set", "confirm.probability=0.6")


def make_inputs(root: Path) -> None:
    """Pictures, copies and a broken file in folders, an archive of each kind, and a table."""
    pictures = [encoded(draw_picture(seed, 64, 48)) for seed in range(9)]
    for place, data in {
        "a/0.jpg": pictures[0],
        "a/1.jpg": pictures[1],
        "a/copy.jpg": pictures[0],
        "a/b/2.jpg": pictures[2],
        "a/b/lossless.png": encoded(draw_picture(2, 64, 48), "PNG"),
        "c/3.jpg": pictures[3],
        "c/broken.jpg": b"not a picture",
    }.items():
        path = root / "images" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with tarfile.open(root / "shard.tar", "w") as tar:
        for number in (4, 5):
            info = tarfile.TarInfo(f"{number}.jpg")
            info.size = len(pictures[number])
            tar.addfile(info, io.BytesIO(pictures[number]))
    with zipfile.ZipFile(root / "pack.zip", "w") as pack:
        pack.writestr("6.jpg", pictures[6])
        pack.writestr("0.jpg", pictures[0])
    pq.write_table(pa.table({"image": pa.array(pictures[7:], pa.binary())}), root / "rows.parquet")


@contextlib.contextmanager
def cheap(local: Path | None = None, engine: bool = False, runner: Runner | None = None) -> Iterator[None]:
    """The whole flow in a fraction of a second: no engine, no waiting, and nothing is computed twice of one picture.

    local: a folder of this machine's whose files fail too. engine: by Beam's own local runner all the same. runner: by
    this one instead.
    """
    with pytest.MonkeyPatch.context() as patch:
        register()
        if local is not None:
            fail_below(local, patch)
        if not engine:
            runner = runner or Runner(_graph)
            for half in (fingerprint, corpus, changes, sides):
                patch.setattr(half, "run", runner)
        patch.setattr(retries.tenacity.nap.time, "sleep", lambda _: None)
        patch.setattr(embed, "embedder_of", functools.cache(lambda *arguments: _Kept(embedder_of(*arguments))))
        real_sketch, decoder = sketch.sketch, images.decoder
        sketches: dict[tuple[bytes, SketchSettings], Any] = {}

        def sketched(image: Image, settings: SketchSettings) -> Any:
            key = image.content_hash, settings
            if key not in sketches:
                sketches[key] = real_sketch(image, settings)
            return sketches[key]

        patch.setattr(sketch, "sketch", sketched)
        picture = functools.cache(lambda *arguments: decoder().picture(*arguments))
        patch.setattr(images, "decoder", lambda: types.SimpleNamespace(picture=picture))
        yield


class _Kept:
    """An Embedder that remembers."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder, self.vectors = embedder, {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.embedder, name)

    def embed(self, planes: list[Any]) -> list[Any]:
        for plane in planes:
            if plane.tobytes() not in self.vectors:
                (self.vectors[plane.tobytes()],) = self.embedder.embed([plane])
        return [self.vectors[plane.tobytes()] for plane in planes]


def _graph(transform: Any) -> Any:
    store = getattr(getattr(transform, "confirm", None), "store", None)
    told = (store.root, store.digest, len(store.earlier)) if store else ()
    known = getattr(transform, "known", None)
    shards = len(getattr(transform, "shards", ()))
    return type(transform).__name__, transform.output, transform.stages.corpus, shards, known, told


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a command ended. said: its lines on stderr but for those of progress."""

    code: int
    said: list[str]


BEAMLESS = ("find", "report")
"""Commands that take no options of Beam."""


def command(*arguments: str) -> Outcome:
    """One command of ours, in this process."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        code = main([*arguments, *(() if arguments[0] in BEAMLESS else ("--", "--direct_num_workers=1"))])
    progress = (
        r"lookalike: ((query|match) )?(listed|fingerprinted|confirmed|matched|reported) "
        r"|lookalike: .*(matching the whole corpus|no run wrote)"
    )
    return Outcome(code, [line for line in errors.getvalue().splitlines() if not re.match(progress, line)])


def rows(output: Path, table: str) -> list[dict[str, Any]]:
    return [row for path in sorted((output / table).glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


class Flow:
    """A corpus, what comes of it without faults, and runs with faults. counts: the faults so far."""

    def __init__(self, root: Path, scheme: str = "faulty://") -> None:
        """`scheme`: of all URIs; '' for this machine's own paths (`cheap` has to know their folder)."""
        self.scheme = scheme
        self.root, self.counts = root, Counter[tuple[str, str]]()
        make_inputs(root)
        names = ("images", "shard.tar", "pack.zip", "rows.parquet")
        self.inputs = [f"{scheme}{root}/{name}" for name in names]
        self.output, self.earlier = root / "out", root / "earlier"
        self.expected: dict[tuple[str, ...], dict[str, str]] = {}
        self.tallies = Counter[str]()
        self._run("audit", *self.inputs[:2], "--output", f"{self.scheme}{self.earlier}", *FINE)

    def _run(self, *arguments: str) -> Outcome:
        found = command(*arguments)
        self.counts += FAULTS.counts
        return found

    def arguments(self, chance: random.Random) -> tuple[str, list[str]]:
        """How a run is drawn: its kind, and its command."""
        kind = chance.choice(("new", "new", "overwrite", "match", "since"))
        output = ["--output", f"{self.scheme}{self.output}"]
        rules = [*FINE, *(BANDED if chance.random() < 0.3 else ())]
        if kind == "match":
            return kind, ["match", f"{self.scheme}{self.output}", *rules, *OTHER_RULES]
        if kind == "since":
            return kind, ["audit", *self.inputs, *output, *rules, "--since", f"{self.scheme}{self.earlier}"]
        return kind, ["audit", *self.inputs, *output, *rules, *(["--overwrite"] if kind == "overwrite" else [])]

    def prepare(self, kind: str) -> None:
        """What lies in the output before the run."""
        FAULTS.begin(None)
        shutil.rmtree(self.output, ignore_errors=True)
        if kind in ("overwrite", "match"):
            kept = self.root / f"before-{kind}"
            if not kept.exists():
                inputs = self.inputs if kind == "match" else self.inputs[:3]
                self._good("audit", *inputs, "--output", f"{self.scheme}{self.output}", *FINE)
                shutil.copytree(self.output, kept)
                return
            shutil.copytree(kept, self.output)

    def _good(self, *arguments: str) -> None:
        FAULTS.begin(None)
        found = self._run(*arguments)
        assert (found.code, found.said) == (0, []), found

    def truth(self, kind: str, arguments: list[str]) -> dict[str, str]:
        """The bytes of a run without faults."""
        key = tuple(arguments)
        if key not in self.expected:
            self.prepare(kind)
            self._good(*arguments)
            kept = self.root / f"truth-{len(self.expected)}"
            shutil.copytree(self.output, kept)
            self.expected[key] = whole(self.output)
            assert self.expected[key] == digests(self.output, ALL)
            self.rows = {row["uri"]: row for row in rows(kept, "fingerprints")}
            self.unusable = {row["uri"] for row in rows(kept, "failures")}
        return self.expected[key]

    def check(self, schedule: Schedule) -> None:
        """Run once under faults, and the same command again without. Raises AssertionError."""
        kind, arguments = self.arguments(random.Random(schedule.seed))
        truth = self.truth(kind, arguments)
        self.prepare(kind)
        before = whole(self.output) if kind in ("overwrite", "match") else None
        FAULTS.begin(dataclasses.replace(schedule, below=str(self.root)))
        found = self._run(*arguments)
        counts = FAULTS.counts
        FAULTS.begin(None)
        self.tallies[f"{kind}: exit {found.code}"] += 1
        if found.code == 0:
            assert found.said == [], found
            self._check_result(counts)
            if digests(self.output, ALL) == truth:
                self.tallies["same bytes at once"] += 1
                return
        else:
            assert len(found.said) == 1 and found.said[0].startswith("lookalike: "), found
            self._check_left(before, found)
        self._again(arguments, truth)

    def _check_left(self, before: dict[str, str] | None, found: Outcome) -> None:
        """What a run that failed leaves: no result, the old one, or the new one, as a reader finds it."""
        try:
            manifest.read(f"{self.scheme}{self.output}")
        except manifest.OutputError as error:
            assert before is None and "holds no finished run" in str(error), f"no result: {error}, after {found}"
            return
        whole(self.output)

    def _check_result(self, counts: Counter[tuple[str, str]]) -> None:
        whole(self.output)
        record = json.loads((self.output / "audit.json").read_text())["counts"]
        fingerprints, failures = rows(self.output, "fingerprints"), rows(self.output, "failures")
        unusable = [row["uri"] for row in failures if row["stage"] in ("list", "read")]
        assert record["listed"] == len(fingerprints) + len(unusable) == record["fingerprints"] + record["failures"]
        for row in fingerprints:
            assert row == self.rows[row["uri"]], f"{row['uri']} is another"
        missing = (self.rows.keys() | self.unusable) - {row["uri"] for row in fingerprints} - set(unusable)
        # of a folder or an archive that could not be listed there is one failure
        lost = [uri for uri in missing if not any(uri.startswith(u) or uri.endswith(f"::{u}") for u in unusable)]
        assert not lost or ("ls", "misses") in counts, f"lost: {lost}"

    def _again(self, arguments: list[str], truth: dict[str, str]) -> None:
        found = self._run(*arguments)
        if found.code == 2 and "finished run" in found.said[0]:  # it failed when all was done
            found = self._run(*arguments, "--overwrite")
        assert (found.code, found.said) == (0, []), found
        other = {path for path, _ in whole(self.output).items() ^ truth.items()}
        assert not other, f"other bytes than those of a run that never failed: {sorted(other)}"
        self.tallies["same bytes by the same command again"] += 1
        left = {str(path.relative_to(self.output)) for path in self.output.rglob("*") if path.is_file()}
        assert left == {*truth, "audit.json", "report.html"}, f"left behind: {left}"


def drawn(seed: int) -> Schedule:
    """A schedule by its number."""
    chance = random.Random(seed)
    share = chance.choice((0.002, 0.01, 0.03, 0.06))
    stubborn = chance.choice((0.0, 0.0, 0.005, 0.02))
    full_after = chance.randrange(60) if chance.random() < 0.15 else -1
    return Schedule(seed, share, stubborn, full_after)
