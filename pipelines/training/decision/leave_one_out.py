"""Does the decision hold on kinds that it has not seen? Each family of edits and of look-alikes is left out in turn: a
module of `kinds` at once, since what lies in one resembles, and a scene by itself.

    python -m lookalike.pipelines.training.decision.leave_one_out --work FOLDER [OPTIONS]

The work folder is `train`'s. A kind's pairs are judged twice, by trees that were fitted without the kind and
by trees that were fitted without the corpus that the pair is from, at the log-odds that stand for the probability in
the latter. Only pairs that would join are told of, and chains of edits that hold the kind are left out with it.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lookalike.pipelines.training.decision.examples import NO_SCENE, Examples
from lookalike.pipelines.training.decision.train import (
    FOLDS,
    asked,
    calibrated,
    fit,
    load,
    merged,
    out_of_fold,
    weights,
)
from lookalike.pipelines.training.kinds.edits import EDITS
from lookalike.pipelines.training.kinds.templates import TEMPLATES
from lookalike.transforms.functional.verification.relations import RELATIONS

LEAST_PAIRS = 8
"""Of a kind, to be told of."""


class Left(NamedTuple):
    """One kind. copies, others: its pairs that are copies, and that are not. seen, unseen: of the copies, those found
    by trees that have seen the kind and by trees that have not. false_seen, false_unseen: of the others, those taken
    for copies by either.
    """

    kind: str
    copies: int
    others: int
    seen: int
    unseen: int
    false_seen: int
    false_unseen: int


def family_of(name: str) -> str:
    """A kind -> what is left out with it."""
    if name in EDITS:
        return EDITS[name][1].__module__.rpartition(".")[2]
    source, _, own = name.partition(":")
    if source == "page":
        template: Any = TEMPLATES[own][1]
        return f"page: {template.args[0].__module__.rpartition('.')[2]}"
    return "shifted pages" if source == "shift" else name


def kinds_of(kind: str) -> set[str]:
    """The families that had a part in a pair."""
    names = set(kind.replace("|", "+").split("+")) - {"chained", "original", NO_SCENE}
    return {name if name.startswith("other") else family_of(name) for name in names}


def without(found: Examples, kinds: Sequence[set[str]], name: str, score: np.ndarray, least: float) -> Left:
    """Fit without a kind, and judge its own pairs (not those of chains that hold other kinds as well)."""
    learnt, answer = asked("copy", found.label)
    weight = weights("copy", found)
    touched = np.array([name in some for some in kinds])
    own = np.array([name in some and len(some) == 1 for some in kinds]) & learnt
    own &= found.contained != RELATIONS.index("overlap")
    rows = learnt & ~touched
    booster = fit("copy", found.names, found.measures[rows], answer[rows], weight[rows])
    taken = booster.predict(found.measures[own], raw_score=True) >= least
    known, true = score[own] >= least, answer[own]
    return Left(
        name, int(true.sum()), int((~true).sum()),
        int((known & true).sum()), int((taken & true).sum()), int((known & ~true).sum()), int((taken & ~true).sum()),
    )  # fmt: skip


def table(rows: Sequence[Left], true: int, least: float, recall: float) -> str:
    """Markdown. true: pairs that were rightly taken, over all kinds."""
    lines = [
        "| kind | copies | found: kind seen | kind left out | not copies | taken: kind seen | kind left out |",
        "|---|---|---|---|---|---|---|",
    ]
    held = 0
    for row in rows:
        seen, unseen = (f"{n / row.copies:.3f}" if row.copies else "" for n in (row.seen, row.unseen))
        lines.append(
            f"| {row.kind} | {row.copies or ''} | {seen} | {unseen} | {row.others or ''} | "
            f"{row.false_seen if row.others else ''} | {row.false_unseen if row.others else ''} |"
        )
        held += holds(row, true)
    lines += ["", f"{held} of {len(rows)} kinds hold; recall over all {recall:.4f} at log-odds {least:.2f}"]
    return "\n".join(lines)


def holds(row: Left, true: int) -> bool:
    """Is recall within three points and precision over all within .001 of that of trees that saw the kind?"""
    found = row.copies == 0 or (row.seen - row.unseen) / row.copies <= 0.03
    return found and (row.false_unseen - row.false_seen) / true <= 0.001


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--probability", type=float, default=0.5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    found, fold = merged([load(path) for path in sorted(options.work.glob("examples-*.npz"))])
    learnt, answer = asked("copy", found.label)
    score = out_of_fold("copy", found, fold % FOLDS)
    weight = weights("copy", found)
    line = calibrated(score[learnt], answer[learnt], weight[learnt])
    least = (float(np.log(options.probability / (1 - options.probability))) - line.offset) / line.slope
    learnt &= found.contained != RELATIONS.index("overlap")
    recall = float((score[learnt & answer] >= least).mean())
    kinds = [kinds_of(kind) for kind in found.kind.tolist()]
    count: dict[str, int] = {}
    for some in kinds:
        for name in some if len(some) == 1 else ():
            count[name] = count.get(name, 0) + 1
    names = sorted(name for name, pairs in count.items() if pairs >= LEAST_PAIRS and not name.startswith("other"))
    with ProcessPoolExecutor(options.jobs) as pool:
        tasks = [pool.submit(without, found, kinds, name, score, least) for name in names]
        rows = [task.result() for task in tasks]
    text = table(rows, int((score[learnt & answer] >= least).sum()), least, recall)
    print(text)
    if options.output:
        options.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
