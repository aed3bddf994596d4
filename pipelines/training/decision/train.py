"""Train the decision: is a pair a copy, something laid over a copy, a variant, another view? Writes `decision.npz`.

    python -m lookalike.pipelines.training.decision.train --photographs FOLDER ... --work FOLDER [OPTIONS]

The photographs are the caller's: docs/explanation/weights.md says which these were. All pairs are measured once and
kept in the work folder; the trees are LightGBM's (Ke et al. 2017), of which `functional.trees` evaluates what is
stored.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import lightgbm
import numpy as np
import scipy.optimize
import torch

from lookalike.pipelines.training import WEIGHTS
from lookalike.pipelines.training.decision.examples import (
    LABELS,
    NO_SCENE,
    Examples,
    Tiny,
    corpus,
    examples,
    in_colours,
    in_series,
    on_pages,
    photographed,
)
from lookalike.pipelines.training.decision.near_misses import fitted
from lookalike.pipelines.training.kinds.edits import EDITS, REPAINTED
from lookalike.pipelines.training.photographs import Photographs
from lookalike.transforms.functional.verification.near_misses import NearMisses
from lookalike.transforms.functional.verification.relations import RELATIONS
from lookalike.transforms.functional.verification.trees import EVERY, MOST_LEAVES, UNIT, Trees
from lookalike.transforms.weights import DECISION_FILE

RISES = (
    *("inliers", "share", "cosine", "ssim", "structure", "weighted", "spread", "alike", "coarse", "coarse_0.02"),
    *("coarse_0.1", "box_0", "box_0.01", "box_0.02", "box_0.05", "box_0.1", "box_0.5"),
    *("texture_0.02", "texture_0.1", "texture_0.5", "cell_0", "cell_0.25", "cell_0.5"),
    *("warp_share", "warp_inliers", "unsigned", "active", "derived", "fine_weighted"),
    *("fine_box_0", "fine_box_0.01", "fine_box_0.02", "fine_box_0.05", "fine_box_0.1", "fine_box_0.5"),
    *("fine_least", "fine_least_0.002", "fine_least_0.01"),
)
FALLS = (
    *("disagreeing", "drift", "drift_0.9", "off_0.9", "both_share", "both_area", "both_texture", "both_windows"),
    *("coarse_disagreeing", "coarse_faint", "chroma", "chroma_0.95", "recoloured", "recoloured_0.95"),
    "fine_disagreeing",
)
"""Measures of which more is never evidence against a copy, and never for one."""
QUESTIONS = ("copy", "overlaid", "variant", "view")
TREES = 240
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 31,
    "learning_rate": 0.06,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "seed": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
FOLDS = 5
TINY = (Tiny(32, 1), Tiny(32, 2), Tiny(32, 3))
"""What photographs are made tiny for, each a corpus of its own."""
OTHERS = (on_pages, in_colours, in_series)
"""What else is a corpus of its own: photographs on pages of several designs, things in several colours,
and what is made in series."""
OF_PHOTOGRAPHS = len(TINY) + len(OTHERS)
"""Corpora with seeds below 0: tiny photographs, and those of OTHERS."""
SHOWN_SEED = 6
"""Of the latter."""
RARE = frozenset(
    name
    for name, (_, edit) in EDITS.items()
    if edit.__module__.rpartition(".")[2] in ("artistic", "rephotography", "warps") and name not in ("emboss", "edges")
) | {"round_body", "seams_carved", "split", "strips_removed", "tube"}
"""Edits that few copies have met: filters of art, prints and screens taken anew, deformations. Other shots, which
deformations resemble, are everywhere; but not of what is drawn."""
SET_VARIANTS = {"set:sprites": 3.0, "set:repainted": 1.5, "set:series": 1.25}
"""Sets whose variants differ in colours alone, or hardly at all, and how much these count."""
FAINT_VARIANTS = frozenset(
    f"{source}:{name}"
    for source, names in {
        "scene": (
            *("recoloured", "doodles", "placed", "captions", "labels", "other_stickers", "watermarks"),
            "date_stamps",
        ),
        "page": ("swatches_edited",),
    }.items()
    for name in names
)
"""Variants that differ in so little that mostly nothing is to be seen of it in a thumbnail."""


def asked(question: str, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) labels -> which pairs the question is learnt from, and the answers of all."""
    name = np.array(LABELS)[label]
    copy = np.isin(name, ("clean", "overlaid"))
    if question == "copy":
        return name != "unclear", copy
    if question == "overlaid":
        return copy, name == "overlaid"
    return name != "unclear", name == question


def weights(question: str, found: Examples) -> np.ndarray:
    """(n,) float64: how much each pair counts. The generator draws every kind as often; the world does not."""
    kind = found.kind.tolist()
    tiny = np.array(["tiny" in name for name in kind], bool)
    if question != "copy":
        return np.where(tiny, 0.1, 1.0)  # they are many, and of one sort
    drawn_by = np.array([name.partition("|")[0] for name in kind])
    families = [name.split("+")[-1] for name in drawn_by.tolist()]
    weight = np.ones(len(kind))
    label = np.array(LABELS)[found.label]
    copy, view, variant = np.isin(label, ("clean", "overlaid")), label == "view", label == "variant"
    drawn, page, in_set = (
        np.array([name.startswith(start) for name in kind], bool) for start in (f"{NO_SCENE}+", "page:", "set:")
    )
    weight[np.isin(families, sorted(RARE)) & ~drawn] = 0.25
    weight[np.isin(drawn_by, sorted(FAINT_VARIANTS))] = 0.3
    weight[[name.startswith("other:") for name in kind]] = 3.0
    weight[view] = np.where(in_set[view], 2.0, 10.0)  # in a set, every picture meets all of the others
    weight[in_set & variant] = [SET_VARIANTS.get(name, 1.0) for name in drawn_by[in_set & variant].tolist()]
    weight[page & variant] *= 5.0  # who has pages has many of each design
    # the generator makes a look-alike for each; photographs have more copies than those
    weight[copy] *= np.where(in_set, 1.25, np.where(drawn, 1.8, 5.7))[copy]
    weight[(label == "overlaid") & ~drawn] *= 2.0
    weight[tiny] = 0.8
    repainted = np.array([not REPAINTED.isdisjoint(name.replace("|", "+").split("+")) for name in kind], bool)
    weight[drawn & repainted] = 0.0  # a thing in another colour is another thing; photographs are another matter
    return weight


def fit(question: str, names: Sequence[str], measures: np.ndarray, answer: np.ndarray, weight: np.ndarray) -> Any:
    """A booster for one question; for copies it is monotone where it has to be."""
    settings = dict(SETTINGS)
    if question == "copy":
        settings["monotone_constraints"] = [(name in RISES) - (name in FALLS) for name in names]
        settings["monotone_constraints_method"] = "intermediate"
    return lightgbm.train(settings, lightgbm.Dataset(measures, answer.astype(int), weight=weight), TREES)


class Line(NamedTuple):
    """Log-odds as the trees tell them -> as they are: slope and offset (Platt 1999)."""

    slope: float
    offset: float


def calibrated(score: np.ndarray, answer: np.ndarray, weight: np.ndarray) -> Line:
    """Log-odds of pairs that were not learnt from, and answers -> the line of greatest likelihood."""

    def loss(line: np.ndarray) -> float:
        told = line[0] * score + line[1]
        return float((weight * (np.logaddexp(0, told) - answer * told)).sum() / weight.sum())

    found = scipy.optimize.minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead")
    return Line(float(found.x[0]), float(found.x[1]))


def out_of_fold(question: str, found: Examples, fold: np.ndarray) -> np.ndarray:
    """Log-odds of each pair by trees that were fitted to the other folds."""
    learnt, answer = asked(question, found.label)
    weight, score = weights(question, found), np.zeros(len(answer))
    for number in range(FOLDS):
        rows = learnt & (fold != number)
        booster = fit(question, found.names, found.measures[rows], answer[rows], weight[rows])
        score[fold == number] = booster.predict(found.measures[fold == number], raw_score=True)
    return score


def exported(booster: Any, line: Line) -> Trees:
    """A booster and its calibration -> what is stored."""
    trees = [_tree(tree["tree_structure"], line.slope) for tree in booster.dump_model()["tree_info"]]
    shape = max(len(nodes) for nodes, _ in trees), len(trees)
    feature, threshold = np.zeros(shape, np.int32), np.full(shape, np.inf, np.float32)
    kept, value = np.full(shape, EVERY, np.uint32), np.zeros((len(trees), MOST_LEAVES), np.int64)
    for number, (nodes, values) in enumerate(trees):
        for place, node in enumerate(nodes):
            feature[place, number], threshold[place, number], kept[place, number] = node
        value[number, : len(values)] = values
    return Trees(feature, threshold, kept, value, round(line.offset * UNIT))


def _tree(root: dict[str, Any], slope: float) -> tuple[list[tuple[int, np.float32, int]], list[int]]:
    """LightGBM's tree -> feature, threshold and kept leaves of each node, and the leaves' values; see `Trees`."""
    nodes: list[tuple[int, np.float32, int]] = []
    values: list[int] = []

    def add(node: dict[str, Any]) -> None:
        if "leaf_value" in node:
            values.append(round(node["leaf_value"] * slope * UNIT))
            return
        first = len(values)
        add(node["left_child"])
        below = (1 << len(values)) - (1 << first)
        nodes.append((node["split_feature"], rounded_down(node["threshold"]), EVERY & ~below))
        add(node["right_child"])

    add(root)
    return nodes, values


def rounded_down(threshold: float) -> np.float32:
    """The largest float32 up to a threshold: of float32 values the same ones lie above."""
    near = np.float32(threshold)
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))


def merged(parts: Sequence[Examples]) -> tuple[Examples, np.ndarray]:
    """Examples of several corpora -> all in one, and the corpus of each pair.

    Raises:
        ValueError: they do not hold the same measures in the same order; they were made by different versions.
    """
    if len({tuple(part.names) for part in parts}) > 1:
        raise ValueError("the examples hold different measures; remove those of earlier versions from the work folder")
    fold = np.repeat(np.arange(len(parts)), [len(part.label) for part in parts])
    arrays = [np.concatenate([getattr(part, name) for part in parts]) for name in Examples._fields[1:]]
    return Examples(parts[0].names, *arrays), fold


def save(path: Path, found: Examples) -> None:
    """Into a file, whole or not at all."""
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **{**found._asdict(), "names": np.array(found.names)})
    os.replace(part, path)


def load(path: Path) -> Examples:
    """What `save` wrote."""
    with np.load(path) as arrays:
        return Examples(arrays["names"].tolist(), *(arrays[name] for name in Examples._fields[1:]))


def path_of(work: Path, seed: int) -> Path:
    """Where the examples of a seed are kept."""
    return work / (f"examples-photographs-{-seed}.npz" if seed < 0 else f"examples-{seed:03d}.npz")


def make(work: Path, folders: Sequence[Path], series: Sequence[Path], seed: int) -> None:
    """The examples of one corpus, unless they exist: of the photographs as they are (seed 0), or of OF_PHOTOGRAPHS."""
    path = path_of(work, seed)
    if path.exists():
        return
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    if seed > 0:
        found = examples(list(corpus(Photographs(folders, seed), seed)))
    elif seed < -len(TINY):
        drawn = OTHERS[-seed - len(TINY) - 1]
        found = examples(list(drawn(Photographs(folders, SHOWN_SEED), SHOWN_SEED)))
    else:
        found = photographed(folders, series, TINY[-seed - 1] if seed else None)
    save(path, found)
    print(path, flush=True)


class Answered(NamedTuple):
    """The calibrated trees of one question. log_odds: (n,) of all pairs, by trees that have not seen their corpora.
    lines: how well those do.
    """

    trees: Trees
    log_odds: np.ndarray
    lines: list[str]


def answered(question: str, found: Examples, fold: np.ndarray) -> Answered:
    """The trees of one question, fitted to all pairs."""
    learnt, answer = asked(question, found.label)
    weight = weights(question, found)
    score = out_of_fold(question, found, fold % FOLDS)
    line = calibrated(score[learnt], answer[learnt], weight[learnt])
    trees = exported(fit(question, found.names, found.measures[learnt], answer[learnt], weight[learnt]), line)
    # pictures that each show more join nothing, whatever they are
    told = learnt & (found.contained != RELATIONS.index("overlap"))
    lines = []
    for least in (0.95, 0.98, 0.99, 0.995, 0.999):
        recall, at = recall_at(score[told], answer[told], least, weight[told])
        odds = line.slope * at + line.offset
        lines.append(f"{question}: recall {recall:.4f} at precision {least}, probability {1 / (1 + np.exp(-odds)):.4f}")
    return Answered(trees, line.slope * score + line.offset, lines)


def train(found: Examples, fold: np.ndarray, jobs: int) -> dict[str, np.ndarray]:
    """All examples -> the arrays of the artefact: names of the measures, the trees of each question, and what near
    misses are worth.
    """
    out: dict[str, np.ndarray] = {"names": np.array(found.names)}
    with ProcessPoolExecutor(jobs) as pool:
        tasks = {question: pool.submit(answered, question, found, fold) for question in QUESTIONS}
        for question, task in tasks.items():
            answers = task.result()
            out |= {f"{question}_{name}": np.asarray(value) for name, value in answers.trees._asdict().items()}
            print(*answers.lines, sep="\n", flush=True)
    out["near_misses"] = np.array(of_near_misses(found, fold, tasks["copy"].result().log_odds))
    return out


def of_near_misses(found: Examples, fold: np.ndarray, log_odds: np.ndarray) -> NearMisses:
    """What near misses are worth, in corpora that hold everything: those with seeds below 0 have copies, or look-alikes
    of one sort.
    """
    learnt, answer = asked("copy", found.label)
    whole = fold >= OF_PHOTOGRAPHS
    return fitted(
        log_odds[whole], pictures_of(found, fold)[whole], answer[whole], (weights("copy", found) * learnt)[whole]
    )


def pictures_of(found: Examples, fold: np.ndarray) -> np.ndarray:
    """Examples of several corpora, and the corpus of each pair -> (n, 2) int, numbers of their pictures, each one's
    own.
    """
    numbers: np.ndarray = fold[:, None] * (int(found.ends.max()) + 1) + found.ends
    return numbers


def recall_at(score: np.ndarray, answer: np.ndarray, least: float, weight: np.ndarray) -> tuple[float, float]:
    """The largest share of the true ones that can be had at a precision of at least so much, and the lowest score."""
    order = np.argsort(-score, kind="stable")
    true, every = np.cumsum((answer * weight)[order]), np.cumsum(weight[order])
    good = np.flatnonzero(true / every >= least)
    return (float(true[good[-1]] / true[-1]), float(score[order[good[-1]]])) if len(good) else (0.0, np.inf)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, nargs="*", default=[])
    parser.add_argument("--series", type=Path, nargs="*", default=[])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--output", type=Path, default=WEIGHTS / DECISION_FILE)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(options.jobs) as pool:
        tasks = [
            pool.submit(make, options.work, options.photographs, options.series, seed)
            for seed in range(-OF_PHOTOGRAPHS, options.seeds + 1)
        ]
        for task in tasks:
            task.result()
    found, fold = merged([load(path_of(options.work, seed)) for seed in range(-OF_PHOTOGRAPHS, options.seeds + 1)])
    arrays: Any = train(found, fold, options.jobs)
    np.savez_compressed(options.output, **arrays)


if __name__ == "__main__":
    main()
