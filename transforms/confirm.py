"""Groups of candidates in, confirmed Pairs out."""

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

import apache_beam as beam
import numpy as np
from apache_beam.metrics import Metrics

from transforms.candidates import PAIR, Comparison
from transforms.functional import screening
from transforms.functional.confirmation import Confirmation, Picture, Rules, confirm, prepare
from transforms.functional.words import jaccard
from transforms.partitions import part_of
from transforms.runtime import prepare_worker
from transforms.schemas import Features, Pair
from transforms.ticks import Ticks
from transforms.weights import embedded


@dataclasses.dataclass(eq=False)
class ConfirmPairs(beam.PTransform):
    """Comparisons -> confirmed Pairs; what each threshold means stands in configs/default.yaml.

    Screening first (`functional.screening`, about a microsecond a pair), then alignment and SSIM
    (`functional.confirmation`, about a millisecond).
    """

    cosine: float = 0.4
    word_images: int = 128
    word_bits: int = 22
    ticks: str = ""
    inliers: int = 7
    share: float = 0.21
    structure: float = 0.5
    page_textured: float = 0.7
    page_share: float = 0.4
    page_disagreement: float = 0.05
    few_inliers: int = 5
    few_share: float = 0.25
    few_structure: float = 0.85
    few_disagreement: float = 0.05
    faithful_share: float = 0.04
    faithful_structure: float = 0.9
    faithful_disagreement: float = 0.004
    worn_textured: float = 0.8
    worn_share: float = 0.1
    worn_inliers: int = 20
    worn_disagreement: float = 0.08
    direct_cosine: float = 0.45
    direct_structure: float = 0.92
    direct_disagreement: float = 0.002
    direct_textured: float = 0.85
    covered: float = 0.6
    disagreement: float = 0.3
    faint: float = 0.3
    faint_share: float = 0.4
    part_disagreement: float = 0.15
    part_spread: float = 0.68
    view_drift: float = 0.2
    view_disagreement: float = 0.03
    view_structure: float = 0.88

    def __post_init__(self) -> None:
        """Refuse thresholds out of range."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type is float and not -1 <= value <= 1:
                raise ValueError(f"confirm.{field.name} must lie in -1..1, not {value}")
            if field.type is int and value < 1:
                raise ValueError(f"confirm.{field.name} must be at least 1, not {value}")

    def rules(self) -> Rules:
        """The thresholds of `functional.confirmation`."""
        return Rules(**{name: getattr(self, name) for name in Rules._fields})

    def expand(self, comparisons: beam.PCollection[Comparison]) -> beam.PCollection[Pair]:
        """See the class."""
        return (
            comparisons
            # one element is minutes of work on many pairs: let the runner place each by itself
            | "Spread" >> beam.Reshuffle()
            | "Confirm" >> beam.ParDo(_Confirm(self)).with_output_types(Pair)
        )


class _Confirm(beam.DoFn):
    def __init__(self, stage: ConfirmPairs) -> None:
        self.rules, self.bits = stage.rules(), stage.word_bits
        self.cosine, self.word_images, self.folder = stage.cosine, stage.word_images, stage.ticks
        self.candidates = Metrics.counter("ConfirmPairs", "candidates")
        self.hot_words = Metrics.counter("ConfirmPairs", "hot-words")

    def setup(self) -> None:
        prepare_worker()
        self.ticks = Ticks(self.folder, "pairs")

    def finish_bundle(self) -> None:
        self.ticks.flush()

    def process(self, comparison: Comparison) -> Iterator[Pair]:
        screened = screen(comparison, self.bits, self.cosine, self.word_images)
        self.candidates.inc(len(screened.near | screened.parity.keys()))
        self.hot_words.inc(screened.hot_words)
        for pair in confirm_screened(comparison.features, screened, self.rules):
            self.ticks.add()
            yield pair


class Screened(NamedTuple):
    """What is worth aligning in a group, by index, i < j.

    near: pairs that the embeddings propose. parity: pairs that the words propose, each with its parity. hot_words:
    words that were not looked at because too many images have them.
    """

    pictures: list[Picture]
    vectors: np.ndarray
    near: set[tuple[int, int]]
    parity: dict[tuple[int, int], int]
    hot_words: int


def screen(comparison: Comparison, bits: int, cosine: float, word_images: int) -> Screened:
    """One group of work -> the pairs that are worth aligning.

    bits: word length. cosine: from which embeddings propose a pair. word_images: a word that more images of the group
    have says nothing, and is not looked at.
    """
    features = comparison.features
    wanted = wanted_pairs(comparison)
    axes = embedded().axes
    pictures = [prepare(f.keypoints, f.thumbnail, f.width, f.height, axes, bits) for f in features]
    vectors = np.stack([f.embedding for f in features]).astype(np.float32)
    post = screening.posting([(p.view.keypoints, p.words, p.word_at) for p in pictures])
    by_words, hot = screening.propose_by_words(post, len(features), word_images, wanted)
    near = set(map(tuple, screening.propose_by_cosine(vectors, wanted, cosine).tolist()))
    parity = {(i, j): p for (i, j), p in zip(by_words.pairs.tolist(), by_words.parity.tolist(), strict=True)}
    return Screened(pictures, vectors, near, parity, hot)


def confirm_screened(features: list[Features], screened: Screened, rules: Rules) -> Iterator[Pair]:
    """Features of a group in order of key, and its screened pairs -> the confirmed ones, in order of keys."""
    axes = embedded().axes
    for i, j in sorted(screened.parity.keys() | screened.near):
        a, b = screened.pictures[i], screened.pictures[j]
        cosine = float(np.dot(screened.vectors[i].astype(np.float64), screened.vectors[j]))
        confirmed = confirm(a, b, axes, screened.parity.get((i, j), -1), cosine, rules)
        if confirmed is not None:
            ways = (("rmac", screened.near), ("minhash", screened.parity))
            proposed = tuple(name for name, pairs in ways if (i, j) in pairs)
            yield _pair(features[i].key, features[j].key, proposed, cosine, jaccard(a.words, b.words), confirmed)


def wanted_pairs(comparison: Comparison) -> np.ndarray:
    """A group of n images in order of their keys -> (n, n) bool, true at i < j for the pairs that it compares.

    Without a list of pairs these are all pairs across its two blocks, or inside its one.
    """
    features = comparison.features
    if comparison.pairs is None:
        own, other = comparison.group
        block = np.array([part_of(f.key, comparison.blocks) for f in features])
        return (block[:, None] == own) & (block[None, :] == other)
    wanted = np.zeros((len(features), len(features)), bool)
    index = {f.key: i for i, f in enumerate(features)}
    for a, b in np.frombuffer(comparison.pairs, PAIR).tolist():
        wanted[index[a], index[b]] = True
    return wanted


def _pair(a: bytes, b: bytes, proposed: tuple[str, ...], cosine: float, words: float, found: Confirmation) -> Pair:
    agreed = found.agreement
    return Pair(
        a, b, "near", proposed, cosine, words,
        agreed.ssim, agreed.luminance, agreed.contrast, agreed.structure,
        agreed.overlap, agreed.covered, found.mirrored, tuple(found.matrix.ravel().tolist()),
    )  # fmt: skip
