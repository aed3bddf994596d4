"""What changed in, what of that concerns the whole corpus out.

Whether a pair is confirmed depends on its two pictures alone, but for two things that the whole corpus decides. Where a
change makes a word hot, or no longer so, the images that have the word are compared with one another again. Where it
concerns a bucket that is too large, the whole corpus is matched again.
"""

import dataclasses
import functools
import pickle
from collections.abc import Iterable
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np

from transforms.bands import Banded, entries_of
from transforms.candidates import FindCandidates
from transforms.changes import Appearance, Changes, appearances
from transforms.collapse import CollapseDuplicates
from transforms.fingerprints import keys_of, matrix
from transforms.functional.meetings import Entries, meet_across
from transforms.hot_words import FindHotWords, distinct_words
from transforms.stores import read_parquet


class Effects(NamedTuple):
    """settled: no change concerns a bucket that is too large. hot: the sorted words that say nothing, now. crossed:
    those that have become so or no longer are.
    """

    settled: bool
    hot: np.ndarray
    crossed: np.ndarray


@dataclasses.dataclass(eq=False)
class FindEffects(beam.PTransform):
    """{'paths', 'followers', 'changes'} -> one value: the Effects of the changes on what the whole corpus decides.

    earlier: sorted hot words of the earlier audit.
    """

    pair: FindCandidates
    words: FindHotWords
    earlier: tuple[int, ...]

    def expand(self, inputs):
        """See the class."""
        changes = beam.pvalue.AsSingleton(inputs["changes"])
        followers = beam.pvalue.AsSingleton(inputs["followers"])
        return (
            inputs["paths"]
            | "Count" >> beam.Map(self._count, followers=followers, changes=changes).with_output_types(tuple[int, Any])
            | "OnePlace" >> beam.GroupByKey()
            | "Effects" >> beam.Map(self._effects, changes=changes)
        )

    def _count(self, path: str, followers: bytes, changes: bytes) -> tuple[int, np.ndarray]:
        probe = probe_of(changes, self.pair, self.words.bits)
        columns = ["uri", "textured", "keypoint_count", "keypoints", "embedding", "minhash", "minhash_rest"]
        table = read_parquet(path, columns)
        assert self.pair.collapse is not None
        table = self.pair.collapse.searched_rows(table, followers)
        words, _ = distinct_words(table["keypoints"].to_pylist(), self.words.bits)
        banded = Banded(keys_of(table), *(matrix(table[name]) for name in columns[-3:]))
        return 0, probe.count(words, entries_of(banded, probe.plan, probe.seed))

    def _effects(self, counted: tuple[int, Iterable[np.ndarray]], changes: bytes) -> Effects:
        probe = probe_of(changes, self.pair, self.words.bits)
        now = np.sum(list(counted[1]), axis=0)
        before = now - probe.count_changes(0) + probe.count_changes(1)
        number = len(probe.words)
        hot, was_hot = (probe.words[count[:number] > self.words.most] for count in (now, before))
        larger = np.maximum(now[number:], before[number:])
        settled = bool((larger <= self.pair.bucket).all())
        others = np.setdiff1d(np.array(self.earlier, np.uint32), probe.words)
        return Effects(settled, np.union1d(others, hot), np.setxor1d(hot, was_hot))


@dataclasses.dataclass(eq=False)
class FindAffected(beam.PTransform):
    """{'paths', 'followers', 'changes', 'effects'} -> one value: pickled Appearances, in order of key, of the images
    that did not change and have a word that crossed.
    """

    collapse: CollapseDuplicates
    bits: int

    def expand(self, inputs):
        """See the class."""
        sides = {name: beam.pvalue.AsSingleton(inputs[name]) for name in ("followers", "changes", "effects")}
        return (
            inputs["paths"]
            | "Having" >> beam.Map(self._having, **sides).with_output_types(tuple[int, Any])
            | "OnePlace" >> beam.GroupByKey()
            | "InOrder" >> beam.MapTuple(_in_order)
        )

    def _having(self, path: str, followers: bytes, changes: bytes, effects: Effects) -> tuple[int, list[Appearance]]:
        if not effects.settled or not len(effects.crossed):
            return 0, []
        added = {a.features.key for a in unpickled(changes).added}
        table = self.collapse.searched_rows(read_parquet(path), followers)
        words, image = distinct_words(table["keypoints"].to_pylist(), self.bits)
        having = np.unique(image[np.isin(words, effects.crossed)])
        return 0, [a for a in appearances(table.take(having)) if a.features.key not in added]


def _in_order(_: int, found: Iterable[list[Appearance]]) -> bytes:
    return pickle.dumps(sorted((a for images in found for a in images), key=lambda a: a.features.key))


def banded_of(images: list[Appearance], dims: int, permutations: int) -> Banded:
    """Appearances -> what banding needs of them."""
    return Banded(
        np.array([a.features.key for a in images], "V16"),
        np.stack([a.features.embedding for a in images]) if images else np.zeros((0, dims), np.float16),
        np.stack([a.signature for a in images]) if images else np.zeros((0, permutations), np.uint32),
        np.stack([a.rest for a in images]) if images else np.zeros((0, permutations), np.uint32),
    )


class Probe:
    """The words and bucket codes of all changed images, which are looked for in the whole corpus."""

    def __init__(self, changes: Changes, pair: FindCandidates, bits: int) -> None:
        self.plan, self.seed, self.bits = pair.plan(), pair.seed, bits
        self.sides = []
        for images in changes:
            entries = entries_of(banded_of(images, pair.dims, pair.permutations), self.plan, self.seed)
            words, _ = distinct_words([a.features.keypoints for a in images], bits)
            self.sides.append((entries, words))
        self.words = np.unique(np.concatenate([words for _, words in self.sides]))
        both = [[code for e in entries.values() for code in e.code[e.present].T] for entries, _ in self.sides]
        self.codes = [np.unique(np.concatenate(codes)) for codes in zip(*both, strict=True)]

    def count(self, words: np.ndarray, entries: dict[str, Entries]) -> np.ndarray:
        """(m,) words, each once an image, and what images bring to bands -> how many have each probed word and code."""
        codes = [code for e in entries.values() for code in e.code[e.present].T]
        counts = [_occurrences(self.words, words)]
        counts += [_occurrences(probed, values) for probed, values in zip(self.codes, codes, strict=True)]
        return np.concatenate(counts)

    def count_changes(self, side: int) -> np.ndarray:
        """The same of the added (0) or removed (1) images."""
        entries, words = self.sides[side]
        return self.count(words, entries)


def _occurrences(probed: np.ndarray, values: np.ndarray) -> np.ndarray:
    if not len(probed):
        return np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(probed, values), len(probed) - 1)
    return np.bincount(at[probed[at] == values], minlength=len(probed))


@functools.lru_cache(maxsize=2)
def probe_of(changes: bytes, pair: FindCandidates, bits: int) -> Probe:
    """Pickled Changes -> what is looked for; kept, since many parts are looked through one after another."""
    return Probe(unpickled(changes), pair, bits)


@functools.lru_cache(maxsize=2)
def unpickled(value: bytes) -> Any:
    """A side input -> what it holds; kept, since many elements are met with the same one."""
    return pickle.loads(value)


def probe_meetings(probe: Probe, images: Banded) -> np.ndarray:
    """Images -> (k, 2) int64: each with the added images that it meets in a bucket, by index."""
    added, _ = probe.sides[0]
    mine = entries_of(images, probe.plan, probe.seed)
    return np.unique(np.concatenate([meet_across(mine[kind], added[kind]) for kind in mine]), axis=0)
