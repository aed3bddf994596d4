"""Scores the embeddings of a finished run alone: how well they tell copies from unrelated pictures."""

import posixpath
from typing import NamedTuple

import numpy as np

from lookalike.pipelines.evaluate.evaluate import Recall, by_tier, recalls
from lookalike.pipelines.evaluate.truth import TruthError, base_names, match_names, read_truth
from lookalike.pipelines.run import manifest
from lookalike.transforms.fingerprinting.fingerprints_table import matrix

QUANTILE = 0.9999
"""The quantile of the cosines of unrelated pairs that serves as the threshold; one pair in 10,000 exceeds it."""
LOOKALIKES = ("copy", "hardneg")
"""Roles of images that are related to others, or look as if."""
MOST = 5000
"""Unrelated images that are compared with each other; of more, those that the truth names first."""


class EmbeddingScores(NamedTuple):
    """The scores of the embeddings.

    Attributes:
        threshold: the QUANTILE of the cosines of unrelated pairs.
        median: the median of these cosines.
        unrelated: the number of these pairs.
        above: by tier, the copies whose cosine with their original exceeds the threshold.
        first: by tier, the copies to which no unrelated image is nearer than their original.
        edits: as `above`, by edit.
    """

    threshold: float
    median: float
    unrelated: int
    above: dict[str, Recall]
    first: dict[str, Recall]
    edits: dict[str, Recall]

    def table(self) -> str:
        """The scores as text for a terminal."""
        lines = [
            f"cosine of {self.unrelated:,} unrelated pairs: median {self.median:.3f}, {QUANTILE:.2%} quantile "
            f"{self.threshold:.3f}",
            f"{'tier':<32} copies  above it  first in rank",
        ]
        for name, value in self.above.items():
            lines.append(f"  {name:<30} {value.copies:>6}  {value.rate:.3f}     {self.first[name].rate:.3f}")
        if self.edits:
            lines.append(f"{'edit':<32} copies  above it")
            lines += [f"  {name:<30} {value.copies:>6}  {value.rate:.3f}" for name, value in self.edits.items()]
        return "\n".join(lines)


def evaluate_embedding(truth: str, output: str) -> EmbeddingScores:
    """Score the embeddings of a finished run.

    Args:
        truth: as for `evaluate`; it must have the column `role`.
        output: folder or URL of the run.

    Raises:
        TruthError: columns are missing, or there are no copies or fewer than two unrelated images.
        OutputError: the run is not finished.
    """
    record = manifest.read(output)
    rows = read_truth(truth)
    files = [row["file"] for row in rows]
    wanted = base_names(files)
    uris, vectors = [], []
    for table in manifest.tables(record, output, "fingerprints", ["uri", "embedding"]):
        named = table.filter([posixpath.basename(uri) in wanted for uri in table["uri"].to_pylist()])
        uris += named["uri"].to_pylist()
        vectors.append(matrix(named["embedding"]).astype(np.float32))
    every = np.concatenate(vectors)
    places = {uri: place for place, uri in enumerate(uris)}
    known = [(row, places[uri]) for row, uri in zip(rows, match_names(files, uris), strict=True) if uri]
    others = [(row["group"], place) for row, place in known if row["role"] not in LOOKALIKES]
    originals = dict(reversed(others))
    copies = [(row, place) for row, place in known if row["role"] == "copy" and row["group"] in originals]
    if len(others) < 2 or not copies:
        raise TruthError(f"{truth} names no copies with an original, or no two unrelated images, that the run knows")
    cosines = _unrelated([group for group, _ in others[:MOST]], every[[place for _, place in others[:MOST]]])
    threshold = float(np.quantile(cosines, QUANTILE))
    strangers = every[[place for _, place in others]]
    groups = np.array([group for group, _ in others])
    above: dict[str, list[bool]] = {}
    first: dict[str, list[bool]] = {}
    edits: dict[str, list[bool]] = {}
    for row, place in copies:
        near = float(every[place] @ every[originals[row["group"]]])
        nearest = float((strangers @ every[place])[groups != row["group"]].max(initial=-1))
        above.setdefault(row["tier"] or "copies", []).append(near > threshold)
        first.setdefault(row["tier"] or "copies", []).append(near > nearest)
        if row["edit"]:
            edits.setdefault(row["edit"], []).append(near > threshold)
    return EmbeddingScores(
        threshold, float(np.median(cosines)), len(cosines), recalls(above, by_tier), recalls(first, by_tier),
        recalls(edits, str),
    )  # fmt: skip


def _unrelated(groups: list[str], vectors: np.ndarray) -> np.ndarray:
    """The cosines of all pairs of images of different groups."""
    codes = np.unique(groups, return_inverse=True)[1]
    upper = np.triu(codes[:, None] != codes[None], 1)
    return (vectors @ vectors.T)[upper]
