"""Write the corpus and its truth, or score a finished audit of it family by family.

    python -m tests.benchmarks.kinds.corpus make FOLDER --photographs FOLDER [--seed 1] [--originals 240]
    lookalike audit FOLDER/images --output OUT
    python -m tests.benchmarks.kinds.corpus score FOLDER OUT

The photographs are the caller's: none is committed. Files of one group are copies of one picture; a template's contents
are groups of their own, and so is every picture of a scene, and every scrolled page.
"""

import argparse
import collections
import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from lookalike.pipelines.run import manifest
from lookalike.pipelines.training.kinds.edits import EDITS, REPAINTED, chained
from lookalike.pipelines.training.kinds.scenes import SCENES
from lookalike.pipelines.training.kinds.sets import SETS
from lookalike.pipelines.training.kinds.shifts import SHIFTS
from lookalike.pipelines.training.kinds.templates import PICTURED, TEMPLATES
from lookalike.pipelines.training.photographs import Photographs
from lookalike.transforms.functional.drawing.procedural import draw_picture

PAGE_SHARE = 0.25
"""Of the originals that are pages, and not photographs or drawn pictures."""
COPIES = 3
"""Of each original."""
DESIGNS, CONTENTS = 2, 4
"""Of each template, and of each design."""
SHIFTED = 2
"""Pairs of each kind of page that is scrolled on."""
TAKES, BESIDE = 3, 6
"""Of each scene and set; and other photographs that each take may use, beside the one that it is made from."""
UNSHOWN = Image.new("RGB", (1, 1))
"""Given to templates that show no photograph."""
OTHERS = 60
"""Photographs that stand beside others in collages, or lie under them."""


class Row(NamedTuple):
    """One file. group: whose picture it shows. role: 'original', 'copy' or 'lookalike'. edit: its family of edits or
    look-alikes. relation: of a copy to its original, or the names of the edits of a chain; of a look-alike to those of
    its kind.
    """

    file: str
    group: str
    role: str
    edit: str
    relation: str


COLUMNS = Row._fields


def make(folder: Path, photographs: Sequence[Image.Image], seed: int, originals: int) -> list[Row]:
    """Draw everything into `folder`/images; the truth comes back and lies in `folder`/truth.csv.

    No photograph is shown twice, but for those that stand beside others in collages. Where there are too few of them,
    pictures are drawn instead.

    Raises:
        FileExistsError: the folder is there.
    """
    (folder / "images").mkdir(parents=True)
    others = [photographs[number] for number in range(min(OTHERS, len(photographs) // 4))]
    drawn = (draw_picture(1_000_000 * (seed + 1) + number, 420, 320) for number in itertools.count())
    unseen = itertools.chain(
        (photographs[number] for number in range(len(others), len(photographs))), map(Image.fromarray, drawn)
    )
    rows = [
        *_copies(folder, unseen, others, seed, originals),
        *_lookalikes(folder, unseen, seed),
        *_scenes(folder, unseen, seed),
        *_shifted(folder, unseen, seed),
        *_sets(folder, unseen, seed),
    ]
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return rows


def _copies(
    folder: Path, unseen: Iterator[Image.Image], others: Sequence[Image.Image], seed: int, originals: int
) -> Iterator[Row]:
    """Originals, and copies of each: by one edit, or by two or three."""
    rng = np.random.default_rng((seed, 1))
    names = list(EDITS)
    for number in range(originals):
        page = rng.random() < PAGE_SHARE
        if page:
            name = list(TEMPLATES)[int(rng.integers(len(TEMPLATES)))]
            photographs = unseen if name in PICTURED else itertools.repeat(UNSHOWN)
            design = np.random.default_rng((seed, 2, number))
            picture = TEMPLATES[name][1](design, rng, next(photographs), next(photographs))
        else:
            picture = next(unseen)
        group = f"original-{number:05d}"
        yield _saved(folder, Row(f"{group}.jpg", group, "original", "", ""), picture, 92)
        for copy in range(COPIES):
            name = names[(number * COPIES + copy) % len(names)]
            if copy == COPIES - 1 and number % 2:
                edited, chain = chained(picture, rng, others, int(rng.integers(2, 4)))
                if page and REPAINTED.intersection(chain):
                    continue
                row = Row(f"{group}-chained-{copy}.jpg", group, "copy", "chained", "+".join(chain))
            elif page and name in REPAINTED:
                continue
            else:
                relation, edit = EDITS[name]
                edited = edit(picture, rng, others)
                row = Row(f"{group}-{name}-{copy}.jpg", group, "copy", name, relation)
            yield _saved(folder, row, edited, int(rng.integers(60, 95)))


def _lookalikes(folder: Path, unseen: Iterator[Image.Image], seed: int) -> Iterator[Row]:
    """Designs of every template, each with several contents."""
    for number, (name, (relation, template)) in enumerate(TEMPLATES.items()):
        for design in range(DESIGNS):
            photographs = unseen if name in PICTURED else itertools.repeat(UNSHOWN)
            ground, before = next(photographs), set()
            for content in range(CONTENTS):
                drawn = template(
                    np.random.default_rng((seed, 3, number, design)),
                    np.random.default_rng((seed, 4, number, design, content)),
                    ground,
                    next(photographs),
                )
                if drawn.tobytes() in before:  # small contents, as of a playing card, come twice
                    continue
                before.add(drawn.tobytes())
                group = f"{name}-{design}-{content}"
                yield _saved(folder, Row(f"{group}.jpg", group, "lookalike", name, relation), drawn, 88)


def _scenes(folder: Path, unseen: Iterator[Image.Image], seed: int) -> Iterator[Row]:
    """Other shots, pans, other content on one photograph, and photographs with an element in common."""
    for number, (name, (relation, scene)) in enumerate(SCENES.items()):
        for take in range(TAKES):
            photograph, *beside = itertools.islice(unseen, 1 + BESIDE)
            pictures = scene(np.random.default_rng((seed, 6, number, take)), photograph, beside)
            for place, picture in enumerate(pictures):
                group = f"{name}-{take}-{place}"
                yield _saved(folder, Row(f"{group}.jpg", group, "lookalike", name, relation), picture, 90)


def _shifted(folder: Path, unseen: Iterator[Image.Image], seed: int) -> Iterator[Row]:
    """Long pages scrolled on: each view shows something that the other does not."""
    for number, (name, (relation, shift)) in enumerate(SHIFTS.items()):
        for take in range(SHIFTED):
            rngs = np.random.default_rng((seed, 5, number, take)), np.random.default_rng((seed, 7, number, take))
            for place, view in enumerate(shift(*rngs, next(unseen), next(unseen))):
                group = f"{name}-{take}-{place}"
                yield _saved(folder, Row(f"{group}.jpg", group, "lookalike", name, relation), view, 90)


def _sets(folder: Path, unseen: Iterator[Image.Image], seed: int) -> Iterator[Row]:
    """Pictures that resemble one another, each kept more than once: the first of each is the original."""
    for number, (name, (_, drawn)) in enumerate(SETS.items()):
        for take in range(TAKES):
            photograph, *beside = itertools.islice(unseen, 1 + BESIDE)
            for place, pictures in enumerate(drawn(np.random.default_rng((seed, 8, number, take)), photograph, beside)):
                group = f"{name}-{take}-{place}"
                yield _saved(folder, Row(f"{group}.jpg", group, "original", "", ""), pictures[0], 92)
                for copy, picture in enumerate(pictures[1:]):
                    row = Row(f"{group}-{copy}.png", group, "copy", name, "same")
                    yield _saved(folder, row, picture, 0)


def _saved(folder: Path, row: Row, picture: Image.Image, quality: int) -> Row:
    picture.save(folder / "images" / row.file, quality=quality)
    return row


class Kind(NamedTuple):
    """What became of one family. files: of it. found: copies in one cluster with their original. merged: files in one
    cluster with a picture of another group. lost: those of them that would be given up for such a picture.
    """

    files: int
    found: int
    merged: int
    lost: int


def score(folder: Path, output: str) -> dict[str, Kind]:
    """The truth and a finished audit -> each family of edits and look-alikes, in order of name."""
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = [Row(**row) for row in csv.DictReader(file)]
    members = {Path(row["uri"]).name: row for row in clusters_of(output)}
    together: dict[str, set[str]] = collections.defaultdict(set)
    group_of = {row.file: row.group for row in rows}
    for name, member in members.items():
        together[member["cluster_id"]].add(group_of[name])
    kinds: dict[str, Kind] = {}
    for row in rows:
        member, kind = members.get(row.file), row.edit or "original"
        original = members.get(f"{row.group}.jpg")
        same = member is not None and original is not None and member["cluster_id"] == original["cluster_id"]
        mixed = member is not None and len(together[member["cluster_id"]]) > 1
        kept = group_of[Path(member["representative_uri"]).name] if member is not None else row.group
        lost = member is not None and kept != row.group and bool(member["reclaimable"])
        was = kinds.get(kind, Kind(0, 0, 0, 0))
        kinds[kind] = Kind(
            was.files + 1, was.found + (row.role == "copy" and same), was.merged + mixed, was.lost + lost
        )
    return dict(sorted(kinds.items()))


def clusters_of(output: str) -> list[dict[str, Any]]:
    """Rows of the clusters table of a finished audit."""
    return [row for table in manifest.tables(manifest.read(output), output, "clusters") for row in table.to_pylist()]


def table(kinds: dict[str, Kind]) -> str:
    """The score as a Markdown table."""
    lines = ["| kind | files | found | merged with another picture | lost |", "|---|---|---|---|---|"]
    for name, kind in kinds.items():
        found = f"{kind.found / kind.files:.3f}" if name in {*EDITS, *SETS, "chained"} else ""
        lines.append(f"| {name} | {kind.files} | {found} | {kind.merged} | {kind.lost} |")
    return "\n".join(lines)


def main() -> None:
    """See the module."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = arguments.add_subparsers(dest="command", required=True)
    draw = commands.add_parser("make")
    draw.add_argument("folder", type=Path)
    draw.add_argument("--photographs", type=Path, required=True)
    draw.add_argument("--seed", type=int, default=1)
    draw.add_argument("--originals", type=int, default=240)
    tell = commands.add_parser("score")
    tell.add_argument("folder", type=Path)
    tell.add_argument("output")
    args = arguments.parse_args()
    if args.command == "make":
        found = Photographs([args.photographs], args.seed)
        print(f"{len(make(args.folder, found, args.seed, args.originals)):,} files in {args.folder}/images")
    else:
        print(table(score(args.folder, args.output)))


if __name__ == "__main__":
    main()
