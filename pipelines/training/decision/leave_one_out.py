"""Does the decision hold on kinds that it has not seen? Each family of edits and of look-alikes is left out in turn: a
module of `kinds` at once, since what lies in one resembles, and a scene by itself. And each kind is left out by itself,
while the others of its family stay.

    python -m lookalike.pipelines.training.decision.leave_one_out --work FOLDER [OPTIONS]

The work folder is `train`'s. A pair is judged three times: by trees that were fitted without the corpus that the pair
is from, without its kind, and without its family; each time its near misses are judged by the same trees. Only pairs of
one kind that would join are told of, and chains of edits that hold a kind are left out with it.
"""

import argparse
import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lookalike.pipelines.training.decision.examples import NO_SCENE, Examples
from lookalike.pipelines.training.decision.near_misses import fewer_near_misses
from lookalike.pipelines.training.decision.train import (
    FOLDS,
    Line,
    asked,
    calibrated,
    fit,
    load,
    merged,
    of_near_misses,
    out_of_fold,
    pictures_of,
    weights,
)
from lookalike.pipelines.training.kinds.edits import EDITS
from lookalike.pipelines.training.kinds.templates import TEMPLATES
from lookalike.transforms.functional.verification.near_misses import NearMisses
from lookalike.transforms.functional.verification.relations import RELATIONS

LEAST_PAIRS = 8
"""Of a family, to be told of."""
PARTS = 10
"""Kinds are left out by themselves so many times: each time a tenth of those of every family."""


class Taken(NamedTuple):
    """How many of the copies, and of the other pairs, are taken for copies."""

    copies: int
    others: int


class Left(NamedTuple):
    """One family. copies, others: its pairs that are copies, and that are not. seen, kind, unseen: what is taken by
    trees that have seen all kinds, that have not seen the pair's kind, and that have seen no kind of the family.
    """

    family: str
    copies: int
    others: int
    seen: Taken
    kind: Taken
    unseen: Taken


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
    """The kinds that had a part in a pair."""
    return set(kind.replace("|", "+").split("+")) - {"chained", "original", NO_SCENE}


def families_of(kinds: set[str]) -> set[str]:
    """Their families."""
    return {name if name.startswith("other") else family_of(name) for name in kinds}


def parts_of(kinds: Sequence[set[str]]) -> dict[str, int]:
    """Each kind -> the part that it is left out with. The kinds of a family are dealt out in turn."""
    names = sorted({name for some in kinds for name in some if not name.startswith("other")})
    by_family = sorted(names, key=lambda name: (family_of(name), name))
    return {name: number % PARTS for number, name in enumerate(by_family)}


def of_one_family(kinds: Sequence[set[str]], learnt: np.ndarray) -> dict[str, np.ndarray]:
    """Kinds of all pairs, and (n,) bool, those that count -> of each family that has enough of them, (n,) bool: its
    pairs that have no other kind.
    """
    single = np.array([len(some) == 1 for some in kinds]) & learnt
    families = [families_of(some) for some in kinds]
    names = sorted({family_of(name) for name in parts_of(kinds)})
    own = {name: single & np.array([name in some for some in families]) for name in names}
    return {name: pairs for name, pairs in own.items() if pairs.sum() >= LEAST_PAIRS}


class Seen(NamedTuple):
    """What trees say that saw all kinds, but not the corpus of the pair. log_odds: (n,). pictures: (n, 2) int, which
    are in each pair. line: calibrates them. near_misses: what these are worth.
    """

    log_odds: np.ndarray
    pictures: np.ndarray
    line: Line
    near_misses: NearMisses

    def weighed(self, log_odds: np.ndarray) -> np.ndarray:
        """(n,) log-odds of all pairs, each by itself -> (n,) the same with the near misses of their pictures."""
        return log_odds + self.near_misses.shift(fewer_near_misses(log_odds, self.pictures))


def left_out(
    found: Examples, kinds: Sequence[set[str]], own: dict[str, np.ndarray], seen: Seen, jobs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Examples, the kinds of each, and the pairs of each family -> (n,) log-odds of these, by trees without the kind of
    a pair, and by trees without its family; -inf of all other pairs.
    """
    told, families, part_of = np.logical_or.reduce(list(own.values())), list(map(families_of, kinds)), parts_of(kinds)
    by_family = [(pairs, np.array([name in some for some in families])) for name, pairs in own.items()]
    parts = [np.array([part in {part_of.get(name) for name in some} for some in kinds]) for part in range(PARTS)]
    tasks = by_family + [(touched & told, touched) for touched in parts]
    scores = np.full((2, len(kinds)), -np.inf)
    with ProcessPoolExecutor(jobs) as pool:
        judgements = pool.map(judged, itertools.repeat(found), (touched for _, touched in tasks))
        for number, ((pairs, touched), log_odds) in enumerate(zip(tasks, judgements, strict=True)):
            every = seen.log_odds.copy()
            every[touched] = seen.line.slope * log_odds + seen.line.offset
            scores[int(number < len(by_family)), pairs] = seen.weighed(every)[pairs]
    return scores[0], scores[1]


def judged(found: Examples, touched: np.ndarray) -> np.ndarray:
    """(n,) bool, pairs not to be learnt from -> log-odds of these, by trees fitted to the others."""
    learnt, answer = asked("copy", found.label)
    rows = learnt & ~touched
    booster = fit("copy", found.names, found.measures[rows], answer[rows], weights("copy", found)[rows])
    scores: np.ndarray = booster.predict(found.measures[touched], raw_score=True)
    return scores


def judged_by_all(found: Examples, fold: np.ndarray) -> Seen:
    """Examples and their corpora -> what trees say that saw all kinds."""
    learnt, answer = asked("copy", found.label)
    weight, score = weights("copy", found), out_of_fold("copy", found, fold % FOLDS)
    line = calibrated(score[learnt], answer[learnt], weight[learnt])
    log_odds = line.slope * score + line.offset
    return Seen(log_odds, pictures_of(found, fold), line, of_near_misses(found, fold, log_odds))


def table(rows: Sequence[Left], true: int, least: float, recall: float) -> str:
    """Markdown. true: pairs that were rightly taken, over all families."""
    lines = [
        "| family | copies | share found: all seen | kind left out | family left out "
        "| other pairs | taken for copies: all seen | kind left out | family left out |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        taken = row.seen, row.kind, row.unseen
        shares = [f"{one.copies / row.copies:.3f}" if row.copies else "" for one in taken]
        wrong = [str(one.others) if row.others else "" for one in taken]
        cells = row.family, row.copies or "", *shares, row.others or "", *wrong
        lines.append(f"| {' | '.join(map(str, cells))} |")
    held = [sum(holds(row, left(row), true) for row in rows) for left in (lambda row: row.kind, lambda row: row.unseen)]
    lines += [
        "",
        f"Of {len(rows)} families {held[0]} hold for a kind that was left out, {held[1]} without all of the family; "
        f"recall over all {recall:.4f} at log-odds {least:.2f}",
    ]
    return "\n".join(lines)


def holds(row: Left, left: Taken, true: int) -> bool:
    """Is recall within three points and precision over all within .001 of that of trees that saw all kinds?"""
    found = row.copies == 0 or (row.seen.copies - left.copies) / row.copies <= 0.03
    return found and (left.others - row.seen.others) / true <= 0.001


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
    seen = judged_by_all(found, fold)
    score, least = seen.weighed(seen.log_odds), float(np.log(options.probability / (1 - options.probability)))
    learnt &= found.contained != RELATIONS.index("overlap")
    recall = float((score[learnt & answer] >= least).mean())
    kinds = [kinds_of(kind) for kind in found.kind.tolist()]
    own = of_one_family(kinds, learnt)
    kind_score, family_score = left_out(found, kinds, own, seen, options.jobs)
    rows = [
        Left(
            name,
            int((pairs & answer).sum()),
            int((pairs & ~answer).sum()),
            *(
                Taken(int((pairs & answer & (one >= least)).sum()), int((pairs & ~answer & (one >= least)).sum()))
                for one in (score, kind_score, family_score)
            ),
        )
        for name, pairs in own.items()
    ]
    text = table(rows, int((score[learnt & answer] >= least).sum()), least, recall)
    print(text)
    if options.output:
        options.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
