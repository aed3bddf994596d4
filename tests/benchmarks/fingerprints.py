"""Synthetic fingerprints: as many as wanted, whose pairs meet and agree as those of photographs and their copies do.

The match half's cost depends on how often two images meet in a bucket, how well they agree there, and how unevenly
buckets are filled: these are drawn from what was measured on real photographs and edited copies
(`python -m tests.benchmarks.chances` holds the two against each other). Everything is a function of an image's number.
"""

import functools
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from lookalike.transforms.core.keys import key_of
from lookalike.transforms.core.partitions import part_of
from lookalike.transforms.core.schemas import fingerprints_schema
from lookalike.transforms.functional.images.pixels.detail import OCTAVES
from lookalike.transforms.io.generate import part_path
from lookalike.transforms.io.parquet_sink import Part, write_table

WORDS, DIMS = 320, 512
EVERY = 5
"""Every so many images, one is an edited copy of the one before."""
SHARES = np.cumsum([162, 487, 668, 633, 292]) / 2242
"""Of the tiers among copies: exact, light, medium, strong, extreme."""
AGREE = np.array(
    [
        [0.141, 0.574, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [0.009, 0.1, 0.162, 0.209, 0.248, 0.294, 0.347, 0.403, 0.459, 0.53, 0.981],
        [0, 0.019, 0.034, 0.047, 0.062, 0.081, 0.109, 0.151, 0.216, 0.353, 0.603],
        [0, 0.003, 0.012, 0.022, 0.031, 0.044, 0.062, 0.108, 0.264, 0.369, 0.628],
        [0, 0, 0.003, 0.006, 0.009, 0.016, 0.019, 0.025, 0.031, 0.044, 0.119],
    ]
)
"""Deciles, by tier, of the share of MinHash values that a copy has in common with its original."""
NEAR = np.array(
    [
        [0.982, 0.995, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        [0.72, 0.907, 0.948, 0.971, 0.979, 0.984, 0.986, 0.989, 0.992, 0.994, 0.999],
        [0.349, 0.726, 0.791, 0.82, 0.845, 0.871, 0.897, 0.92, 0.939, 0.957, 0.997],
        [0.087, 0.438, 0.512, 0.574, 0.617, 0.654, 0.698, 0.736, 0.776, 0.819, 0.953],
        [0.115, 0.273, 0.339, 0.399, 0.449, 0.489, 0.53, 0.567, 0.609, 0.683, 0.867],
    ]
)
"""The same of the cosine of their embeddings."""
KEPT = (8, 6, 5, 5, 4)
"""One in 2 to so many bits that are kept beside a value differs between a copy and its original, by tier."""
HOT = 0.107
"""Share of values that are drawn from the common ones."""
COMMON = np.exp(16)
SPREAD = 129
"""Dimensions that embeddings of photographs really spread over."""
MOTIFS, MOTIF = 500, 0.27
"""So many kinds of pictures there are, and so similar are the embeddings of two of a kind on average: unrelated pairs
have high cosines more often than normal numbers would.
"""


class Skew(NamedTuple):
    """What makes a corpus uneven. placeholders: copies of one picture, with noise. blanks: pictures without structure.
    clusters: of sizes that follow a power law.
    """

    placeholders: int = 0
    blanks: int = 0
    clusters: int = 0


def numbers(values: np.ndarray, purpose: int) -> np.ndarray:
    """Uint64 -> pseudo-random uint64 (splitmix64)."""
    x = values + np.uint64(purpose * 0x9E3779B97F4A7C15 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(values: np.ndarray, purpose: int) -> np.ndarray:
    """The same in 0..1."""
    return (numbers(values, purpose) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)


class Corpus:
    """`images` synthetic images. original: (images,) int64, what each is a copy of, or itself. blank: bool."""

    def __init__(self, images: int, skew: Skew | None = None) -> None:
        skew = skew or Skew()
        number = np.arange(images)
        self.original = np.where(number % EVERY == EVERY - 1, number - 1, number)
        self.blank = np.zeros(images, bool)
        at = images
        if skew.clusters:  # sizes 2 and more, as 1 / size^2
            sizes = 1 + np.minimum(1 / (1 - uniform(np.arange(skew.clusters, dtype=np.uint64), 90)), 10_000).astype(int)
            for size in sizes.tolist():
                at -= size
                self.original[at : at + size] = at
        if skew.placeholders:
            at -= skew.placeholders
            self.original[at : at + skew.placeholders] = at
        if skew.blanks:
            at -= skew.blanks
            self.original[at : at + skew.blanks] = at
            self.blank[at : at + skew.blanks] = True
        self.light = np.zeros(images, bool)  # copies that are noise on their original
        self.light[at:] = True

    def tier(self, image: np.ndarray) -> np.ndarray:
        """(n,) numbers -> (n,) 0 .. 4; of originals it means nothing."""
        tier = np.searchsorted(SHARES, uniform(image.astype(np.uint64), 1), "right").clip(0, 4)
        return np.where(self.light[image], 1, tier)

    def signatures(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) numbers -> (n, WORDS) uint32 values and the bits beside them."""
        own, origin = image, self.original[image]
        values, residual = _words(origin)
        copied = np.flatnonzero(own != origin)
        tier = self.tier(own[copied])
        agree = _drawn(AGREE[tier], uniform(own[copied].astype(np.uint64), 2))[:, None]
        agree = np.where(self.light[own[copied], None], 0.4 + 0.5 * agree, agree)
        cell = _cells(own[copied])
        other_values, other_residual = _words(own[copied])
        same = uniform(cell, 3) < agree
        values[copied] = np.where(same, values[copied], other_values)
        differ = numbers(cell, 4) & numbers(cell, 5) & numbers(cell, 6) & numbers(cell, 7)
        for extra, bits in enumerate((5, 6, 7, 8)):
            more = np.array(KEPT)[tier] >= bits
            differ[more] &= numbers(cell[more], 8 + extra)
        kept = residual[copied] ^ differ.astype(np.uint32)
        residual[copied] = np.where(same, kept, other_residual)
        return values, residual

    def cosines(self, image: np.ndarray) -> np.ndarray:
        """(n,) numbers of copies -> (n,) cosine of the embedding of each with that of its original."""
        cosine = _drawn(NEAR[self.tier(image)], uniform(image.astype(np.uint64), 12))
        return np.where(self.light[image], 0.9 + 0.1 * cosine, cosine)

    def embeddings(self, image: np.ndarray) -> np.ndarray:
        """(n,) numbers -> (n, DIMS) float16 of unit length."""
        origin = self.original[image]
        vectors = _vectors(origin)
        copied = np.flatnonzero(image != origin)
        cosine = self.cosines(image[copied])[:, None]
        own = _vectors(image[copied])
        base = vectors[copied]
        own -= (own * base).sum(1, keepdims=True) * base
        own /= np.linalg.norm(own, axis=1, keepdims=True)
        vectors[copied] = cosine * base + np.sqrt(np.maximum(0, 1 - cosine**2)) * own
        return vectors.astype(np.float16)


def _cells(image: np.ndarray) -> np.ndarray:
    return image.astype(np.uint64)[:, None] * np.uint64(1024) + np.arange(WORDS, dtype=np.uint64)


def _words(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What images have that are nobody's copy: values, some of them common, and bits that agree a little in those."""
    cell = _cells(image)
    drawn = numbers(cell, 20)
    # common values by Zipf's law: the r-th is drawn in proportion to 1 / r
    rank = np.exp(uniform(cell, 21) * np.float32(np.log(COMMON))).astype(np.uint64)
    band = np.arange(WORDS, dtype=np.uint64) << np.uint64(32)
    common = uniform(cell, 22) < HOT
    values = np.where(common, numbers(rank + band, 23), drawn).astype(np.uint32)
    noise = [numbers(cell, 24 + k).astype(np.uint32) for k in range(4)]
    quarter = noise[0] & noise[1]
    rare, often = quarter & noise[2], noise[0] & (noise[1] | noise[2])
    differ = np.where(noise[3] & 1, quarter, np.where((noise[3] >> 1 & 15) < 5, rare, often))
    template = numbers(rank + band, 28).astype(np.uint32)
    return values, np.where(common, template ^ differ, noise[2])


def _vectors(image: np.ndarray) -> np.ndarray:
    """(n,) -> (n, DIMS) float32 of unit length: what is an image's own, and what it shares with those of its kind."""
    kind = numbers(image.astype(np.uint64), 31) % np.uint64(MOTIFS)
    vectors = np.sqrt(1 - MOTIF) * _faded(image, 30) + np.sqrt(MOTIF) * _motifs()[kind]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@functools.cache
def _motifs() -> np.ndarray:
    return _faded(np.arange(MOTIFS), 32)


def _faded(number: np.ndarray, purpose: int) -> np.ndarray:
    """(n,) -> (n, DIMS) float32 of unit length: normal numbers by the count of bits, on axes that fade."""
    cell = number.astype(np.uint64)[:, None] * np.uint64(1024) + np.arange(DIMS, dtype=np.uint64)
    normal = (np.bitwise_count(numbers(cell, purpose)).astype(np.float32) - 32) / 4
    vectors = normal * np.exp(-np.arange(DIMS, dtype=np.float32) / SPREAD)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _drawn(quantiles: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(n, 11) deciles and (n,) in 0..1 -> (n,) values."""
    place = at * 10
    low = np.minimum(place.astype(int), 9)
    rows = np.arange(len(at))
    below, above = quantiles[rows, low], quantiles[rows, low + 1]
    return below + (place - low) * (above - below)


def key(number: int) -> bytes:
    """An image's number -> its key."""
    return key_of(f"synthetic://{number:010d}")


def heads(image: np.ndarray) -> np.ndarray:
    """(n,) numbers -> (n,) uint64, the first halves of their keys, in whose order they are."""
    return np.frombuffer(b"".join(key(n) for n in image.tolist()), ">u8")[::2].astype(np.uint64)


def write(corpus: Corpus, root: str, parts: int) -> tuple[list[Part], np.ndarray]:
    """The fingerprints table of a corpus, without keypoints and thumbnails; (images,) its numbers in order of key."""
    count = len(corpus.original)
    head = heads(np.arange(count))
    order = np.argsort(head, kind="stable")
    starts = np.searchsorted(head[order], [(part << 64) // parts for part in range(parts)]).tolist()
    schema = fingerprints_schema(DIMS, WORDS)
    written = []
    for part, (first, last) in enumerate(zip(starts, [*starts[1:], count], strict=True)):
        chosen = np.sort(order[first:last])
        table = _table(corpus, chosen, [f"synthetic://{n:010d}" for n in chosen.tolist()], schema)
        written.append(write_table(root, part_path("fingerprints", part, parts), table))
        assert first == last or part_of(key(int(order[first])), parts) == part
    return written, order


def _table(corpus: Corpus, image: np.ndarray, uris: list[str], schema: pa.Schema) -> pa.Table:
    count = len(image)
    values, residual = corpus.signatures(image) if count else (np.zeros((0, WORDS), np.uint32),) * 2
    vectors = corpus.embeddings(image) if count else np.zeros((0, DIMS), np.float16)
    # pictures without structure have the same pixels; of the others none has another's
    named = numbers(np.where(corpus.blank[image], 2**40, image).astype(np.uint64), 40)
    hashes = pa.array([int(n).to_bytes(8, "big") * 4 for n in named.tolist()], pa.binary(32))
    lists = {"embedding": vectors, "minhash": values, "minhash_residual": residual}
    columns = []
    for field in schema:
        if field.name in lists:
            flat = pa.array(lists[field.name].ravel(), field.type.value_type)
            columns.append(pa.FixedSizeListArray.from_arrays(flat, type=field.type))
            continue
        plain = {
            "uri": uris, "content_hash": hashes, "pixel_hash": hashes, "bytes": [100_000] * count,
            "modified": ["2026-01-01"] * count, "etag": [""] * count, "width": [500] * count, "height": [375] * count,
            "format": ["JPEG"] * count, "exif": [False] * count, "frames": [1] * count, "samples": ["RGB"] * count,
            "file": [""] * count, "decoded_width": [500] * count, "detail": [(4.0,) * OCTAVES] * count,
            "grid": [1.0] * count, "few_colours": [False] * count,
            "keypoints": [b""] * count, "panel_keypoints": [b""] * count, "thumbnail": [b""] * count,
            "panels_width": [0] * count, "panels_height": [0] * count,
            "keypoint_count": np.where(corpus.blank[image], 0, 250), "textured": np.where(corpus.blank[image], 0, 0.9),
        }  # fmt: skip
        columns.append(pa.array(plain[field.name], field.type))
    return pa.Table.from_arrays(columns, schema=schema)
