"""The fingerprints table in, groups of images that are to be compared out: the LSH half of the match.

Small corpora are compared block by block, every image with every other: with a few thousand images that costs less
than banding and loses nothing. Larger ones are banded; only images that meet in a bucket come together.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np

from transforms.collapse import CollapseDuplicates
from transforms.fingerprints import keys_of, matrix
from transforms.functional import banding, hyperplanes
from transforms.functional.minhash import EMPTY
from transforms.numbered import Each
from transforms.partitions import blocks_for, scale_of
from transforms.records import Group, all_groups
from transforms.schemas import KEY_BYTES, Failure
from transforms.stores import read_parquet

PAIR = np.dtype([("a", f"V{KEY_BYTES}"), ("b", f"V{KEY_BYTES}")])
"""A pair of keys, a < b, as it is packed between stages."""
CAPPED = "capped"
COLUMNS = ["uri", "textured", "keypoint_count", "embedding", "minhash"]

Asked = tuple[Group, bytes | None]
"""A group, and the pairs in it that are to be compared, packed in order; None: all of them."""


def asked_of_all(blocks: int, pairs: bytes | None) -> Iterator[Asked]:
    """Every group, each with the same `pairs`."""
    return ((group, pairs) for group in all_groups(blocks))


class Banded(NamedTuple):
    """What banding needs of n images. keys: (n,) V16. vectors: (n, dims) float16. signatures: (n, permutations)
    uint32.
    """

    keys: np.ndarray
    vectors: np.ndarray
    signatures: np.ndarray


class Plan(NamedTuple):
    """How a corpus of this size is searched; goes into audit.json. scale: the step that it stands on. blocks: of
    keys, whose pairs are the groups of work. words, vectors: the bands of MinHash and of hyperplanes, None where all
    pairs are compared.
    """

    scale: int
    blocks: int
    words: banding.Bands | None
    vectors: banding.Bands | None


@dataclasses.dataclass(eq=False)
class FindCandidates(beam.PTransform):
    """{'paths', 'followers'} -> {'asked', 'capped'}: every group with its pairs, and Failures of buckets that were cut.

    paths: of the fingerprints table. followers: as `CollapseDuplicates` makes them.

    exhaustive: corpora of up to so many images are compared pair by pair. jaccard, cosine: similarities at which
    a pair should meet. chance_jaccard, chance_cosine: of unrelated pictures. budget: chance meetings of an image
    that the choice of bands may cause. bands: most of either kind. bucket: a larger bucket is compared with
    its first `heads` images only. seed: of the hyperplanes. permutations, images, collapse: of the fingerprints, and
    which of them are searched; filled in at launch.
    """

    exhaustive: int = 10_000
    jaccard: float = 0.02
    cosine: float = 0.28
    chance_jaccard: float = 0.0012
    chance_cosine: float = 0.04
    budget: int = 500
    bands: int = 64
    bucket: int = 1000
    heads: int = 8
    seed: int = 7
    permutations: int = 256
    dims: int = 256
    images: int = 0
    collapse: CollapseDuplicates | None = None

    def __post_init__(self) -> None:
        """Refuse thresholds that chance reaches, and sizes below 1."""
        if not (0 < self.chance_jaccard < self.jaccard <= 1 and -1 < self.chance_cosine < self.cosine <= 1):
            raise ValueError("pair.jaccard and pair.cosine must lie above their chance values, and at most 1")
        if min(self.budget, self.bands, self.bucket, self.heads) < 1 or self.exhaustive < 0:
            raise ValueError("pair.budget, pair.bands, pair.bucket and pair.heads must be at least 1")

    def plan(self) -> Plan:
        """The bands for the scale of `images`, by the S-curve."""
        scale, blocks = scale_of(self.images), blocks_for(self.images)
        if self.images <= self.exhaustive:
            return Plan(scale, blocks, None, None)
        words = banding.choose_bands(
            self.jaccard, self.chance_jaccard, scale, self.permutations, 8, self.budget, self.permutations
        )
        row, chance = hyperplanes.collision(self.cosine), hyperplanes.collision(self.chance_cosine)
        # inside a bucket, embeddings are compared by a matrix product: twenty meetings cost what one pair of words does
        vectors = banding.choose_bands(float(row), float(chance), scale, self.bands, 48, 20 * self.budget)
        return Plan(scale, blocks, words, vectors)

    def expand(self, inputs):
        """See the class."""
        plan = self.plan()
        paths = inputs["paths"]
        if plan.words is None:
            asked = paths.pipeline | "AllPairs" >> Each(Asked, asked_of_all, (plan.blocks, None))
            nothing = paths.pipeline | "NoBuckets" >> beam.Create([]).with_output_types(Failure)
            return {"asked": asked, CAPPED: nothing}
        every = paths.pipeline | "Groups" >> Each(Asked, asked_of_all, (plan.blocks, b""))
        met = (
            paths
            | "Band" >> beam.FlatMap(self._band, followers=beam.pvalue.AsSingleton(inputs["followers"]))
            | "Collide" >> beam.GroupByKey()
            | "Pair"
            >> beam.ParDo(_Meet(self, plan.blocks))
            .with_output_types(tuple[Group, bytes])
            .with_outputs(CAPPED, main="pairs")
        )
        asked = (
            (met.pairs, every)
            | "Together" >> beam.Flatten()
            | "Gather" >> beam.GroupByKey()
            | "Merge" >> beam.MapTuple(merge_pairs)
        )
        return {"asked": asked, CAPPED: met[CAPPED]}

    def _band(self, path: str, followers: bytes) -> Iterator[tuple[tuple[str, int, int], bytes]]:
        assert self.collapse is not None
        yield from bucket_entries(read_banded(path, self.collapse, followers), self.plan(), self.seed)


def read_banded(path: str, collapse: CollapseDuplicates, followers: bytes) -> Banded:
    """A part of the fingerprints table -> what banding needs of the images that are searched."""
    table = read_parquet(path, COLUMNS)
    keys = keys_of(table)
    searched = collapse.searched(table, keys.tolist(), followers)
    return Banded(keys[searched], matrix(table["embedding"])[searched], matrix(table["minhash"])[searched])


def band_codes(images: Banded, plan: Plan, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images -> (n, bands) uint64 codes of MinHash, (n,) bool: those that have words at all, and (n, bands) uint64
    codes of hyperplanes.
    """
    assert plan.words is not None and plan.vectors is not None
    bands, rows = plan.words.bands, plan.words.rows
    words = _mix(images.signatures[:, : bands * rows].reshape(len(images.keys), bands, rows))
    vectors = hyperplanes.band_codes(images.vectors, plan.vectors.bands, plan.vectors.rows, seed)
    return words, (images.signatures != EMPTY).any(1), vectors


def bucket_entries(images: Banded, plan: Plan, seed: int) -> Iterator[tuple[tuple[str, int, int], bytes]]:
    """Images -> packed entries (bucket, key, payload) by kind, band and partition of buckets.

    One packed blob a partition instead of one record a band: a tenth of the shuffle's cost.
    """
    if len(images.keys):
        words, full, vectors = band_codes(images, plan, seed)
        yield from _packed("minhash", words[full], images.keys[full], None, plan)
        yield from _packed("rmac", vectors, images.keys, images.vectors, plan)


def _mix(values: np.ndarray) -> np.ndarray:
    """(n, bands, rows) uint32 -> (n, bands) uint64 by FNV-1a over the rows."""
    code = np.full(values.shape[:2], 0xCBF29CE484222325, np.uint64)
    for row in range(values.shape[2]):
        code = (code ^ values[:, :, row].astype(np.uint64)) * np.uint64(0x100000001B3)
    return code


def _entry(dims: int) -> np.dtype:
    fields: list[Any] = [("code", "<u8"), ("key", f"V{KEY_BYTES}")]
    return np.dtype([*fields, ("vector", "<f2", (dims,))] if dims else fields)


def unpacked(blobs: Iterable[bytes], dims: int) -> np.ndarray:
    """Packed entries of one partition of one band -> the same as one array, in order of code and key."""
    entries = np.frombuffer(b"".join(blobs), _entry(dims))
    return entries[np.lexsort((np.argsort(np.argsort(entries["key"].tolist())), entries["code"]))]


def _packed(
    kind: str, codes: np.ndarray, keys: np.ndarray, vectors: np.ndarray | None, plan: Plan
) -> Iterator[tuple[tuple[str, int, int], bytes]]:
    """Entries of every band, by partition; a partition holds about 4096 images of one band."""
    parts = max(1, plan.scale // 4096)
    spread = (codes * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)) % np.uint64(parts)
    for band in range(codes.shape[1]):
        for part in np.unique(spread[:, band]).tolist():
            chosen = spread[:, band] == part
            out = np.zeros(int(chosen.sum()), _entry(0 if vectors is None else vectors.shape[1]))
            out["code"], out["key"] = codes[chosen, band], keys[chosen]
            if vectors is not None:
                out["vector"] = vectors[chosen]
            yield (kind, band, part), out.tobytes()


class _Meet(beam.DoFn):
    """One partition of one band -> packed pairs by group; buckets above the cap are reported."""

    def __init__(self, stage: FindCandidates, blocks: int) -> None:
        self.blocks, self.dims = blocks, stage.dims
        self.cosine, self.bucket, self.heads = stage.cosine, stage.bucket, stage.heads

    def process(self, element: tuple[tuple[str, int, int], Iterable[bytes]]) -> Iterator[Any]:
        (kind, band, _), blobs = element
        entries = unpacked(blobs, self.dims if kind == "rmac" else 0)
        found = []
        for members in banding.buckets(entries["code"]):
            bucket = entries[members]
            if kind == "rmac":
                pairs = close_pairs(bucket["vector"], self.cosine)
            elif len(bucket) <= self.bucket:
                pairs = banding.all_pairs(len(bucket))
            else:
                pairs = banding.star_pairs(len(bucket), self.heads)
                yield beam.pvalue.TaggedOutput(CAPPED, self._capped(bucket, band))
            found.append(np.stack([bucket["key"][pairs[:, 0]], bucket["key"][pairs[:, 1]]], 1))
        yield from by_group(np.concatenate(found) if found else None, self.blocks)

    def _capped(self, bucket: np.ndarray, band: int) -> Failure:
        message = (
            f"bucket {int(bucket['code'][0]):016x} of MinHash band {band} holds {len(bucket)} images, more than "
            f"pair.bucket = {self.bucket}: compared with its first {self.heads} only"
        )
        return Failure("", "pair", "bucket_capped", message)


def close_pairs(vectors: np.ndarray, cosine: float, block: int = 1024) -> np.ndarray:
    """(n, dims) float16 embeddings -> (k, 2) pairs i < j whose cosine is at least this, by products of blocks, which
    are exact (see `functional.screening.propose_by_cosine`).
    """
    rows = vectors.astype(np.float64)
    found = [np.zeros((0, 2), np.int64)]
    for top in range(0, len(rows), block):
        for left in range(top, len(rows), block):
            i, j = np.nonzero(rows[top : top + block] @ rows[left : left + block].T >= cosine)
            pairs = np.stack([i + top, j + left], 1)
            found.append(pairs[pairs[:, 0] < pairs[:, 1]])
    return np.concatenate(found)


def by_group(pairs: np.ndarray | None, blocks: int) -> Iterator[tuple[Group, bytes]]:
    """(k, 2) keys, in order inside each pair -> the pairs, packed, of each group of work."""
    if pairs is None or not len(pairs):
        return
    keys = np.ascontiguousarray(pairs).view(">u8").reshape(len(pairs), 2, 2)[:, :, 0]
    # part_of on arrays: the product needs 128 bits, of which the top 32 of the key decide up to 2^32 blocks
    block = (keys.astype(np.uint64) >> np.uint64(32)) * np.uint64(blocks) >> np.uint64(32)
    code = block[:, 0] * np.uint64(blocks) + block[:, 1]
    for value in np.unique(code).tolist():
        chosen = np.ascontiguousarray(pairs[code == np.uint64(value)])
        yield divmod(value, blocks), chosen.tobytes()


def merge_pairs(group: Group, blobs: Iterable[bytes]) -> tuple[Group, bytes]:
    """Packed pairs of one group from all buckets -> the same without repeats, in order."""
    raw = b"".join(blobs)
    size = PAIR.itemsize
    return group, b"".join(sorted({raw[i : i + size] for i in range(0, len(raw), size)}))
