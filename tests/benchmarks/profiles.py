"""What a search as strict as that of a large corpus finds in a small one, and what chance brings it.

    python -m tests.benchmarks.profiles AUDIT TRUTH [--sizes N ...] [--set FIELD=VALUE ...]

AUDIT is a finished audit, of which a copy is matched again for each size (`pair.assumed_corpus_size`), and TRUTH is as
for `lookalike evaluate`, with roles and tiers. Chance candidates are counted among the originals and distractors, each
of which is another picture, and told for one image of a corpus of that size. A small corpus has too few pairs to count
those of a large one: beside the count stands what its pairs foretell, if shingles and embeddings agree by chance
independently of one another: how often each number of residual bits differs, times how often unrelated embeddings are
so similar. The last column counts pairs of originals, distractors and edited copies, which are worn in the same ways.
"""

import argparse
import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lookalike.pipelines.configuration.config import load
from lookalike.pipelines.configuration.stages import Corpus, Stages
from lookalike.pipelines.evaluate.evaluate import evaluate
from lookalike.pipelines.evaluate.truth import TIERS, match_names, read_truth
from lookalike.pipelines.run import manifest
from lookalike.transforms.candidates.find import FindCandidates
from lookalike.transforms.core.keys import key_of
from lookalike.transforms.fingerprinting.fingerprints_table import matrix
from lookalike.transforms.functional.keypoints.shingles import KEPT
from lookalike.transforms.functional.lsh.codes.minhash import EMPTY
from lookalike.transforms.storage.reading import read_parquet
from tests.benchmarks.tables import Cell, Table, tell

SIZES = (10**6, 10**7, 10**8)
ORIGINALS = ("original", "distractor")
NONE = 99
"""Bits that differ where no shingle is shared."""
COLUMNS = [
    *("searched as", "exact bits", "corners", *TIERS[1:], "precision"),
    *("chance candidates: counted", "foretold, of shingles", "of embeddings", "counted, copies too"),
]


class Labelled(NamedTuple):
    """The fingerprints of n images: originals, distractors, and copies of the originals. groups: images of one are
    related. unrelated: (n,) bool, originals and distractors.
    """

    keys: list[bytes]
    groups: np.ndarray
    unrelated: np.ndarray
    values: np.ndarray
    residual: np.ndarray
    vectors: np.ndarray


def labelled(output: str, truth: str) -> Labelled:
    """The images of an audit that a truth names, without what only resembles others."""
    record = manifest.read(output)
    names = ["uri", "minhash", "minhash_residual", "embedding"]
    tables = [read_parquet(path, names) for path in manifest.parts(record, output, "fingerprints")]
    uris = [uri for table in tables for uri in table["uri"].to_pylist()]
    at = {uri: number for number, uri in enumerate(uris)}
    rows = [row for row in read_truth(truth) if row["role"] in (*ORIGINALS, "copy")]
    known = [(row, at[uri]) for row, uri in zip(rows, match_names([r["file"] for r in rows], uris), strict=True) if uri]
    number = np.array([number for _, number in known])
    values, residual, vectors = (
        np.concatenate([matrix(table[name]) for table in tables])[number] for name in names[1:]
    )
    return Labelled(
        [key_of(uris[n]) for n in number],
        np.array([row["group"] for row, _ in known]),
        np.array([row["role"] in ORIGINALS for row, _ in known]),
        values,
        residual,
        vectors.astype(np.float32),
    )


def least_differing(values: np.ndarray, residual: np.ndarray, exact: int) -> np.ndarray:
    """Signatures of n images and the bits beside them -> (n, n) uint8, the residual bits that differ in the shingle of
    a pair i < j that agrees best, of those whose first `exact` are equal; NONE where there is no such.
    """
    least = np.full((len(values), len(values)), NONE, np.uint8)
    first = np.uint32((1 << exact) - 1)
    for value, beside in zip(values.T, residual.T, strict=True):
        i, j = np.nonzero(np.triu(value[:, None] == value, 1) & (value != EMPTY))
        apart = beside[i] ^ beside[j]
        bits = np.where(apart & first, NONE, np.bitwise_count(apart & KEPT)).astype(np.uint8)
        least[i, j] = np.minimum(least[i, j], bits)
    return least


def foretold(images: Labelled, stage: FindCandidates) -> tuple[float, float]:
    """Images of a corpus that are candidates of one by chance, of shingles and of embeddings alone: shares of pairs, as
    a few unrelated images foretell them.
    """
    rule, exact = stage.rule(), stage.band_plan().exact
    some = images.unrelated
    upper = np.triu_indices(some.sum(), 1)
    bits = least_differing(images.values[some], images.residual[some], exact)[upper]
    cosines = np.sort((images.vectors[some] @ images.vectors[some].T)[upper])
    share = [float((bits == differ).mean()) for differ in range(len(rule.shared))]
    beyond = [1 - float(np.searchsorted(cosines, least)) / len(cosines) for least in (*rule.shared, rule.alone)]
    return float(np.dot(share, beyond[:-1])), beyond[-1]


def counted(images: Labelled, output: str) -> tuple[float, float]:
    """Shares of unrelated pairs that an audit aligned: of originals and distractors, and of all images."""
    record = manifest.read(output)
    tables = [read_parquet(path, ["a", "b"]) for path in manifest.parts(record, output, "candidates")]
    number = {key: at for at, key in enumerate(images.keys)}
    ends = [(number.get(a), number.get(b)) for t in tables for a, b in zip(*map(list, _columns(t)), strict=True)]
    pairs = np.array([pair for pair in ends if None not in pair], int).reshape(-1, 2)
    i, j = pairs[images.groups[pairs[:, 0]] != images.groups[pairs[:, 1]]].T
    among = int(images.unrelated.sum())
    all_pairs, related = len(images.keys) ** 2, int((np.unique(images.groups, return_counts=True)[1] ** 2).sum())
    both = images.unrelated[i] & images.unrelated[j]
    return both.sum() / (among * (among - 1) / 2), len(i) / ((all_pairs - related) / 2)


def _columns(table):
    return table["a"].to_pylist(), table["b"].to_pylist()


def measure(output: str, truth: str, size: int, overrides: list[str], images: Labelled) -> list[Cell]:
    """One size -> cells in order of COLUMNS."""
    asked = [*overrides, "pair.exhaustive=0", f"pair.assumed_corpus_size={size}"]
    sets = list(itertools.chain.from_iterable(("--set", text) for text in asked))
    with tempfile.TemporaryDirectory() as place:
        copy = shutil.copytree(output, Path(place, "audit"))
        command = [sys.executable, "-m", "lookalike", "match", str(copy), *sets, "--", "--direct_num_workers=1"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        scores, chance = evaluate(truth, str(copy)), counted(images, str(copy))
    stage = Stages(load(overrides=asked), Corpus("", len(images.keys))).pair
    plan = stage.band_plan()
    of_shingles, of_embeddings = foretold(images, stage)
    tiers = [scores.tiers[tier].rate for tier in TIERS[1:]]
    corners = f"{plan.polytopes.joined} of {plan.polytopes.nearest}"
    shares = (chance[0], of_shingles, of_embeddings, chance[1])
    return [f"{size:,}", plan.exact, corners, *tiers, scores.precision, *(size * share for share in shares)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("audit")
    parser.add_argument("truth")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    images = labelled(options.audit, options.truth)
    rows = [measure(options.audit, options.truth, size, options.set, images) for size in options.sizes]
    tell([Table(f"Searched as a larger corpus, {len(images.keys):,} images", COLUMNS, rows)], options.json)


if __name__ == "__main__":
    main()
