"""What changed in, what of that concerns the whole corpus out.

Whether a pair is confirmed depends on its two pictures alone. Whether it is looked at at all the whole corpus decides
where a bucket is too large, or many of its images are all but the same: where a change concerns such, the whole corpus
is matched again.
"""

import dataclasses
import functools
import pickle
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import numpy as np

from transforms.bands import HYPERPLANES, MINHASH, Banded, entries_of, read_banded
from transforms.candidates import NEAR, NO_RANK, FindCandidates
from transforms.changes import Appearance, Changes
from transforms.functional.meetings import Entries, best_of, differing, meet_across
from transforms.functional.screening import rank_of


@dataclasses.dataclass(eq=False)
class FindEffects(beam.PTransform):
    """{'paths', 'followers', 'changes'} -> one value: does no change concern a bucket that is too large, or a crowd?"""

    pair: FindCandidates

    def expand(self, inputs):
        """See the class."""
        changes = beam.pvalue.AsSingleton(inputs["changes"])
        followers = beam.pvalue.AsSingleton(inputs["followers"])
        return (
            inputs["paths"]
            | "Count" >> beam.Map(self._count, followers=followers, changes=changes).with_output_types(tuple[int, Any])
            | "OnePlace" >> beam.GroupByKey()
            | "Settled" >> beam.Map(self._settled, changes=changes)
        )

    def _count(self, path: str, followers: bytes, changes: bytes) -> tuple[int, np.ndarray]:
        probe = probe_of(changes, self.pair)
        assert self.pair.collapse is not None
        images = read_banded(path, self.pair.collapse, followers)
        return 0, probe.count(entries_of(images, probe.plan, probe.seed))

    def _settled(self, counted: tuple[int, Iterable[np.ndarray]], changes: bytes) -> bool:
        probe = probe_of(changes, self.pair)
        now = np.sum(list(counted[1]), axis=0)
        before = now - probe.count(probe.sides[0]) + probe.count(probe.sides[1])
        return bool((np.maximum(now, before) <= probe.most).all())


def banded_of(images: list[Appearance], dims: int, permutations: int) -> Banded:
    """Appearances -> what banding needs of them."""
    return Banded(
        np.array([a.features.key for a in images], "V16"),
        np.stack([a.features.embedding for a in images]) if images else np.zeros((0, dims), np.float16),
        np.stack([a.signature for a in images]) if images else np.zeros((0, permutations), np.uint32),
        np.stack([a.rest for a in images]) if images else np.zeros((0, permutations), np.uint32),
    )


class Probe:
    """The bucket codes of all changed images, which are looked for in the whole corpus."""

    def __init__(self, changes: Changes, pair: FindCandidates) -> None:
        self.plan, self.seed = pair.plan(), pair.seed
        banded = [banded_of(images, pair.dims, pair.permutations) for images in changes]
        self.added = banded[0]
        self.sides = [entries_of(images, self.plan, self.seed) for images in banded]
        both = [_codes(entries) for entries in self.sides]
        self.codes = [np.unique(np.concatenate(codes)) for codes in zip(*both, strict=True)]
        self.sketches = np.concatenate([side[HYPERPLANES].beside[:, 0] for side in self.sides])
        self.most = np.repeat([pair.bucket, pair.crowd], [sum(map(len, self.codes)), len(self.sketches)])
        """What `count` may come to, and all is settled by the pictures alone."""

    def count(self, entries: dict[str, Entries]) -> np.ndarray:
        """What images bring to bands -> how many of them have each probed code, and how many are about as each changed
        image.

        Those which are near one that is near a changed image differ from that in twice as many bits at most. Where they
        are no crowd, the change is near nobody who is crowded, or was.
        """
        probed = zip(self.codes, _codes(entries), strict=True)
        members = [_occurrences(codes, values) for codes, values in probed]
        every = entries[HYPERPLANES].beside[:, 0]
        about = [np.count_nonzero(differing(every, sketch) <= 2 * NEAR) for sketch in self.sketches]
        return np.concatenate([*members, np.array(about, np.int64)])


def _codes(entries: dict[str, Entries]) -> list[np.ndarray]:
    return [code for e in entries.values() for code in e.code[e.present].T]


def _occurrences(probed: np.ndarray, values: np.ndarray) -> np.ndarray:
    if not len(probed):
        return np.zeros(0, np.int64)
    at = np.minimum(np.searchsorted(probed, values), len(probed) - 1)
    return np.bincount(at[probed[at] == values], minlength=len(probed))


@functools.lru_cache(maxsize=2)
def probe_of(changes: bytes, pair: FindCandidates) -> Probe:
    """Pickled Changes -> what is looked for; kept, since many parts are looked through one after another."""
    return Probe(unpickled(changes), pair)


@functools.lru_cache(maxsize=2)
def unpickled(value: bytes) -> Any:
    """A side input -> what it holds; kept, since many elements are met with the same one."""
    return pickle.loads(value)


def probe_meetings(probe: Probe, images: Banded) -> tuple[np.ndarray, np.ndarray]:
    """Images -> (k, 2) int64: each with the added images that it meets in a bucket, by index, in order; and the (k,)
    ranks of their best meetings.
    """
    mine, added = entries_of(images, probe.plan, probe.seed), probe.sides[0]
    many = max(1, len(added[MINHASH].present))
    codes, ranks = [np.zeros(0, np.int64)], [np.zeros(0, np.uint16)]
    for kind, entries in mine.items():
        for band in range(entries.code.shape[1]):
            met = meet_across(entries, added[kind], band)
            i, j = met.pairs.T
            codes.append(i * many + j)
            if kind == MINHASH:
                ranks.append(rank_of(met.bits, images.rest[i, band], probe.added.rest[j, band]))
            else:
                ranks.append(np.full(len(i), NO_RANK))
    code, rank = best_of(np.concatenate(codes), np.concatenate(ranks))
    return np.stack([code // many, code % many], 1), rank
