"""What changed since an earlier audit, compared with everything: cost in proportion to the changes.

Whether a pair is confirmed depends on its two pictures alone, but for two things that the whole corpus decides. Where a
change makes a word hot, or no longer so, the images that have the word are compared with one another again. Where it
concerns a bucket that is too large, the whole corpus is matched again.
"""

import dataclasses
import functools
import pickle
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
import pyarrow as pa

from transforms.candidates import Banded, FindCandidates, band_codes
from transforms.chunks import Known
from transforms.collapse import CollapseDuplicates
from transforms.confirm import PARTS, Comparison, ConfirmPairs
from transforms.fingerprints import features_of, keys_of, matrix
from transforms.hot_words import FindHotWords, distinct_words
from transforms.output import read_parquet
from transforms.partitions import part_of
from transforms.records import RECORD, Group, all_groups, pairs_of
from transforms.runtime import prepare_worker
from transforms.schemas import Features

TOGETHER = 2000
"""Changed images that are compared with a part at once."""


class Appearance(NamedTuple):
    """What the search knows of one image. signature: (permutations,) uint32."""

    features: Features
    signature: np.ndarray


class Changes(NamedTuple):
    """added: images searched now, in order of key, that were not, or looked otherwise. removed: the reverse."""

    added: list[Appearance]
    removed: list[Appearance]


class Effects(NamedTuple):
    """settled: no change concerns a bucket that is too large. hot: the sorted words that say nothing, now. crossed:
    those that have become so or no longer are.
    """

    settled: bool
    hot: np.ndarray
    crossed: np.ndarray


@dataclasses.dataclass(eq=False)
class FindChanges(beam.PTransform):
    """{'numbered', 'followers', 'earlier_followers'} -> one value: pickled Changes.

    numbered: (part number, path) of the fingerprints table of `parts` parts. known: the earlier audit's.
    """

    pair: FindCandidates
    known: Known
    parts: int

    def expand(self, inputs):
        """See the class."""
        return (
            inputs["numbered"]
            | "Differ"
            >> beam.FlatMap(
                self._differ,
                followers=beam.pvalue.AsSingleton(inputs["followers"]),
                earlier=beam.pvalue.AsSingleton(inputs["earlier_followers"]),
            ).with_output_types(tuple[int, Any])
            | "OnePlace" >> beam.GroupByKey()
            | "Changes" >> beam.MapTuple(_changes)
        )

    def _differ(self, numbered: tuple[int, str], followers: bytes, earlier: bytes) -> Iterator[tuple[int, Any]]:
        number, path = numbered
        now = self._rows([path], followers, number)
        before = self._rows(self.known.paths(number, self.parts), earlier, number)
        same = {key for key in now.keys() & before.keys() if now[key][0] == before[key][0]}
        yield 0, ([now[key][1]() for key in now if key not in same], [before[k][1]() for k in before if k not in same])

    def _rows(self, paths: list[str], followers: bytes, number: int) -> dict[bytes, Any]:
        """Key -> pixel hash, and how to get the appearance, of the searched images of one part."""
        collapse = self.pair.collapse
        assert collapse is not None
        found: dict[bytes, Any] = {}
        for path in paths:
            light = read_parquet(path, ["uri", "pixel_hash", "textured", "keypoint_count"])
            keys = keys_of(light).tolist()
            searched = collapse.searched(light, keys, followers)
            table = functools.cache(functools.partial(read_parquet, path))
            for index, (key, pixels) in enumerate(zip(keys, light["pixel_hash"].to_pylist(), strict=True)):
                if searched[index] and part_of(key, self.parts) == number:
                    found[key] = (pixels, functools.partial(_appearance, table, index))
        return found


def _appearance(table: Any, index: int) -> Appearance:
    (row,) = appearances(table().slice(index, 1))
    return row


def appearances(table: pa.Table) -> list[Appearance]:
    """Rows of the fingerprints table -> their Appearances."""
    return [Appearance(f, s) for f, s in zip(features_of(table), matrix(table["minhash"]), strict=True)]


def _changes(_: int, found: Iterable[tuple[list[Appearance], list[Appearance]]]) -> bytes:
    sides = list(zip(*found, strict=True))
    added, removed = (sorted((a for part in side for a in part), key=lambda a: a.features.key) for side in sides)
    return pickle.dumps(Changes(added, removed))


def banded_of(images: list[Appearance], dims: int, permutations: int) -> Banded:
    """Appearances -> what banding needs of them."""
    return Banded(
        np.array([a.features.key for a in images], "V16"),
        np.stack([a.features.embedding for a in images]) if images else np.zeros((0, dims), np.float16),
        np.stack([a.signature for a in images]) if images else np.zeros((0, permutations), np.uint32),
    )


class _Probe:
    """The words and MinHash codes of all changed images, which are looked for in the whole corpus."""

    def __init__(self, changes: Changes, pair: FindCandidates, bits: int) -> None:
        self.plan, self.seed, self.bits = pair.plan(), pair.seed, bits
        self.sides = []
        for images in changes:
            banded = banded_of(images, pair.dims, pair.permutations)
            codes, full, vectors = band_codes(banded, self.plan, self.seed)
            words, _ = distinct_words([a.features.keypoints for a in images], bits)
            self.sides.append((banded, codes, full, vectors, words))
        self.words = np.unique(np.concatenate([words for *_, words in self.sides]))
        both = [codes[full] for _, codes, full, _, _ in self.sides]
        self.codes = [np.unique(np.concatenate([c[:, band] for c in both])) for band in range(both[0].shape[1])]

    def count(self, words: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """(m,) words, each once an image, and (n, bands) codes -> how many images have each probed word and code."""
        counts = [_occurrences(self.words, words)]
        counts += [_occurrences(probed, codes[:, band]) for band, probed in enumerate(self.codes)]
        return np.concatenate(counts)

    def count_changes(self, side: int) -> np.ndarray:
        """The same of the added (0) or removed (1) images."""
        _, codes, full, _, words = self.sides[side]
        return self.count(words, codes[full])


def _occurrences(probed: np.ndarray, values: np.ndarray) -> np.ndarray:
    if not len(probed):
        return np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(probed, values), len(probed) - 1)
    return np.bincount(at[probed[at] == values], minlength=len(probed))


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
        table = read_parquet(path, ["uri", "textured", "keypoint_count", "keypoints", "minhash", "embedding"])
        assert self.pair.collapse is not None
        searched = self.pair.collapse.searched(table, keys_of(table).tolist(), followers)
        table = table.filter(searched)
        words, _ = distinct_words(table["keypoints"].to_pylist(), self.words.bits)
        banded = Banded(keys_of(table), matrix(table["embedding"])[:0], matrix(table["minhash"]))
        codes, full, _ = band_codes(banded, probe.plan, probe.seed)
        return 0, probe.count(words, codes[full])

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
        added = {a.features.key for a in pickle.loads(changes).added}
        table = read_parquet(path)
        table = table.filter(self.collapse.searched(table, keys_of(table).tolist(), followers))
        words, image = distinct_words(table["keypoints"].to_pylist(), self.bits)
        having = np.unique(image[np.isin(words, effects.crossed)])
        return 0, [a for a in appearances(table.take(having)) if a.features.key not in added]


def _in_order(_: int, found: Iterable[list[Appearance]]) -> bytes:
    return pickle.dumps(sorted((a for images in found for a in images), key=lambda a: a.features.key))


@functools.lru_cache(maxsize=2)
def probe_of(changes: bytes, pair: FindCandidates, bits: int) -> _Probe:
    """Pickled Changes -> what is looked for; kept, since many parts are looked through one after another."""
    return _Probe(pickle.loads(changes), pair, bits)


@dataclasses.dataclass(eq=False)
class ConfirmChanges(beam.PTransform):
    """{'paths', 'followers', 'changes', 'effects', 'affected'} -> {'pairs', 'parts'}, as `ConfirmPairs` makes them.

    Added images are compared with all, affected ones with one another; the records of other pairs are taken over.
    """

    pair: FindCandidates
    confirm: ConfirmPairs

    def expand(self, inputs):
        """See the class."""
        changes, effects = (beam.pvalue.AsSingleton(inputs[name]) for name in ("changes", "effects"))
        place = self.confirm.place
        assert place is not None
        groups = inputs["paths"].pipeline | "Groups" >> beam.Create([(g, b"") for g in all_groups(place.blocks)])
        new = inputs["paths"] | "Compare" >> beam.ParDo(
            _CompareAdded(self),
            followers=beam.pvalue.AsSingleton(inputs["followers"]),
            changes=changes,
            effects=effects,
        ).with_output_types(tuple[Group, bytes])
        done = (
            (new, groups)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Take over"
            >> beam.ParDo(
                _TakeOver(self), changes=changes, effects=effects, affected=beam.pvalue.AsSingleton(inputs["affected"])
            )
            .with_output_types(Any)
            .with_outputs(PARTS, main="pairs")
        )
        return {"pairs": done.pairs, PARTS: done[PARTS]}


class _CompareAdded(beam.DoFn):
    """A part -> the records, by group, of its images with the added ones."""

    def __init__(self, stage: ConfirmChanges) -> None:
        self.pair, self.confirm = stage.pair, stage.confirm

    def setup(self) -> None:
        prepare_worker()

    def process(self, path: str, followers: bytes, changes: bytes, effects: Effects) -> Iterator[tuple[Group, bytes]]:
        probe = probe_of(changes, self.pair, self.confirm.word_bits)
        added = pickle.loads(changes).added
        if not effects.settled or not added:
            return
        collapse, place = self.pair.collapse, self.confirm.place
        assert collapse is not None and place is not None
        table = read_parquet(path)
        table = table.filter(collapse.searched(table, keys_of(table).tolist(), followers))
        images = appearances(table)
        met = probe_meetings(probe, banded_of(images, self.pair.dims, self.pair.permutations), self.pair.cosine)
        found = [np.zeros(0, RECORD)]
        for first in range(0, len(added), TOGETHER):
            chosen = met[(met[:, 1] >= first) & (met[:, 1] < first + TOGETHER)]
            found.append(self._records(images, added, chosen, effects.hot))
        yield from records_by_group(np.concatenate(found), place.blocks)

    def _records(
        self, images: list[Appearance], added: list[Appearance], met: np.ndarray, hot: np.ndarray
    ) -> np.ndarray:
        """met: (k, 2) index of an image of the part and of an added one."""
        rows, columns = (np.unique(ends) for ends in met.T)
        mine, theirs = [images[i].features for i in rows], [added[j].features for j in columns]
        fresh, known = {f.key for f in theirs}, {a.features.key for a in added}
        ordered = sorted((*(f for f in mine if f.key not in fresh), *theirs), key=lambda f: f.key)
        place = {f.key: i for i, f in enumerate(ordered)}
        x = np.array([place[f.key] for f in mine], np.int64)[np.searchsorted(rows, met[:, 0])]
        y = np.array([place[f.key] for f in theirs], np.int64)[np.searchsorted(columns, met[:, 1])]
        # two added images meet twice, once in the part of each
        once = (x < y) | ~np.array([f.key in known for f in mine], bool)[np.searchsorted(rows, met[:, 0])]
        wanted = np.zeros((len(ordered), len(ordered)), bool)
        wanted[np.minimum(x, y)[once], np.maximum(x, y)[once]] = True
        np.fill_diagonal(wanted, False)
        return Comparison(ordered, self.confirm, hot).records(wanted, np.zeros(0, RECORD))


def probe_meetings(probe: _Probe, images: Banded, cosine: float) -> np.ndarray:
    """Images -> (k, 2) int64: each with the added images that it meets in a bucket, by index."""
    added, added_codes, added_full, added_vectors, _ = probe.sides[0]
    codes, full, vectors = band_codes(images, probe.plan, probe.seed)
    found = [np.zeros((0, 2), np.int64)]
    rows, columns = np.flatnonzero(full), np.flatnonzero(added_full)
    for band in range(codes.shape[1]):
        order = columns[np.argsort(added_codes[columns, band], kind="stable")]
        values, mine = added_codes[order, band], codes[rows, band]
        low, high = np.searchsorted(values, mine, "left"), np.searchsorted(values, mine, "right")
        count = high - low
        at = np.repeat(low, count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        found.append(np.stack([np.repeat(rows, count), order[at]], 1))
    i, j = np.nonzero(images.vectors.astype(np.float64) @ added.vectors.astype(np.float64).T >= cosine)
    near = (vectors[i] == added_vectors[j]).any(1)
    found.append(np.stack([i[near], j[near]], 1))
    return np.unique(np.concatenate(found), axis=0)


def records_by_group(records: np.ndarray, blocks: int) -> Iterator[tuple[Group, bytes]]:
    """Records -> the same, packed, by the group that they belong to."""
    ends = zip(records["a"].tolist(), records["b"].tolist(), strict=True)
    groups = [(part_of(a, blocks), part_of(b, blocks)) for a, b in ends]
    for group in sorted(set(groups)):
        yield group, records[[g == group for g in groups]].tobytes()


class _TakeOver(beam.DoFn):
    """A group's new records -> all of them, committed."""

    def __init__(self, stage: ConfirmChanges) -> None:
        assert stage.confirm.place is not None
        self.pair, self.confirm, self.place = stage.pair, stage.confirm, stage.confirm.place

    def setup(self) -> None:
        prepare_worker()

    def process(
        self, gathered: tuple[Group, Iterable[bytes]], changes: bytes, effects: Effects, affected: bytes
    ) -> Iterator[Any]:
        if not effects.settled:
            return
        group, blobs = gathered
        known = self.place.known(group)
        touched = {a.features.key for side in pickle.loads(changes) for a in side}
        images = pickle.loads(affected)
        again = {a.features.key for a in images}
        ends = zip(known["a"].tolist(), known["b"].tolist(), strict=True)
        holds = [a not in touched and b not in touched and not (a in again and b in again) for a, b in ends]
        new = np.frombuffer(b"".join(blobs), RECORD)
        renewed = self._renewed(group, images, effects.hot, known)
        records = np.concatenate([known[np.array(holds, bool)], new, renewed])
        yield beam.pvalue.TaggedOutput(PARTS, self.place.commit(group, records))
        yield from pairs_of(records)

    def _renewed(self, group: Group, images: list[Appearance], hot: np.ndarray, known: np.ndarray) -> np.ndarray:
        """The records of the pairs of affected images that belong to a group."""
        own, other = ([a for a in images if part_of(a.features.key, self.place.blocks) == side] for side in group)
        if not own or not other:
            return np.zeros(0, RECORD)
        probe = _Probe(Changes(other, []), self.pair, self.confirm.word_bits)
        met = probe_meetings(probe, banded_of(own, self.pair.dims, self.pair.permutations), self.pair.cosine)
        ordered = [a.features for a in (own if group[0] == group[1] else own + other)]
        wanted = np.zeros((len(ordered), len(ordered)), bool)
        wanted[met[:, 0], met[:, 1] + (0 if group[0] == group[1] else len(own))] = True
        return Comparison(ordered, self.confirm, hot).records(np.triu(wanted, 1), known)
