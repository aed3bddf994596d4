"""The records that travel between stages, and the Parquet schema of every table."""

import hashlib
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from lookalike.transforms.functional.images.pdq import Pdq
from lookalike.transforms.functional.images.picture import Planes, Properties

KEY_BYTES = 16
ROWS_READ_TOGETHER = 128
"""Neighbouring rows of a Parquet file that stay together wherever a corpus is divided."""


def key_of(uri: str) -> bytes:
    """The image's key inside shuffles: the 16-byte BLAKE2b digest of its URI.

    A row of a Parquet file can only be read with its whole row group. The first half of its key is therefore the
    digest of a run of rows, and a worker reads them together.
    """
    if uri.startswith("parquet://"):
        name, _, container = uri.partition("::")
        run = f"{int(name.rpartition('/')[2]) // ROWS_READ_TOGETHER}::{container}"
        half = KEY_BYTES // 2
        return _digest(run, half) + _digest(uri, half)
    return _digest(uri, KEY_BYTES)


def content_hash(data: bytes) -> bytes:
    """32-byte BLAKE2b of a file's bytes."""
    return hashlib.blake2b(data, digest_size=32).digest()


def _digest(text: str, size: int) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


class Source(NamedTuple):
    """One listed file. bytes: size, or -1 where the store does not tell. modified: ISO 8601 in UTC, or ''.
    etag: the store's version of the content, or ''. at: where a member of an archive lies in it (`containers`), or ''.
    file: of a local file with several names, what tells them (`links`), or ''. columns: values that are carried along,
    from where it is listed to where the list is written (`written_listing`), and never further: they are of the list,
    and no part of what the file is.
    """

    uri: str
    bytes: int
    modified: str
    etag: str
    at: str = ""
    file: str = ""
    columns: tuple[Any, ...] = ()

    @property
    def row(self) -> tuple[str, int, str, str, str]:
        """What the fingerprints table keeps of it: its first columns."""
        return self.uri, self.bytes, self.modified, self.etag, self.file


class Failure(NamedTuple):
    """One input that could not be used, or one bucket that was cut. error: the exception's class or a short name."""

    uri: str
    stage: str
    error: str
    message: str


class Moved(NamedTuple):
    """A source whose content an earlier audit has fingerprinted under another URI, in part number `part`."""

    source: Source
    content_hash: bytes
    part: int


class Vanished(NamedTuple):
    """Content hashes of images that are gone from their URIs, in order, each once: 20 bytes an image.

    heads, tails: (n,) uint64, the first 16 bytes of the hashes. parts: (n,) uint32, of the earlier fingerprints table.
    """

    heads: np.ndarray
    tails: np.ndarray
    parts: np.ndarray

    def part_of(self, content: bytes) -> int | None:
        """The earlier part that has the fingerprint of this content, or None."""
        head, tail = int.from_bytes(content[:8], "big"), int.from_bytes(content[8:16], "big")
        first, last = (int(np.searchsorted(self.heads, np.uint64(head), side)) for side in ("left", "right"))
        found = np.flatnonzero(self.tails[first:last] == np.uint64(tail))
        return int(self.parts[first + found[0]]) if len(found) else None


NOTHING_VANISHED = Vanished(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32))


class Image(NamedTuple):
    """One decoded image of a corpus: what is known of it, and the planes that its fingerprints are made from. pdq: its
    PDQ hash, if that was asked for.
    """

    source: Source
    content_hash: bytes
    properties: Properties
    planes: Planes
    pdq: Pdq | None = None


class Sketch(NamedTuple):
    """The local fingerprint of one image. minhash: (permutations,) uint32, of its shingles; residual: (permutations,)
    uint32, what the descriptors have beyond the shingle of each value (`functional.shingles`). keypoints: packed, 22
    bytes each (`functional.keypoints.PACKED`). thumbnail: a JPEG. textured: share of it with structure, 0..1.
    """

    minhash: np.ndarray
    residual: np.ndarray
    keypoints: bytes
    thumbnail: bytes
    textured: float


class Chunk(NamedTuple):
    """All images of one part of the fingerprints table on their way through the first half.

    digest: of the sources and of what is done with them. listed: how many there are. sources: those that are
    still to be read. vanished: content that an earlier audit knows under a URI that is gone. kept: sources that are
    as they were; moved: those that were found to be vanished content. images: decoded, in order of URI; embeddings:
    (images, dims) float16. done: the part that an earlier try of this run wrote, which lacks `sources` alone, or ''.
    """

    part: int
    digest: str
    listed: int
    sources: list[Source]
    vanished: "Vanished"
    kept: list[Source]
    moved: list["Moved"]
    images: list[Image]
    failures: list[Failure]
    embeddings: np.ndarray | None
    sketches: list[Sketch]
    done: str = ""


class Features(NamedTuple):
    """What the comparison needs of one image, for 16-byte keys. pixels: the first 8 bytes of its pixel hash. scope: as
    `functional.lsh.scopes` has it.
    """

    key: bytes
    pixels: bytes
    width: int
    height: int
    embedding: np.ndarray
    keypoints: bytes
    thumbnail: bytes
    scope: int = 0


class Pair(NamedTuple):
    """One confirmed pair, by keys; the columns of the pairs table. transform: 6 floats, row by row, pixel
    coordinates of the upright a -> b. overlap: share of b that a covers; covered: share of a that lies on b.
    match: 'exact', 'pixels', 'near', 'part' (near, but only one of several frames was compared) or 'verdict';
    'tie' between equal pixels whose pair is not asked for, and which go together all the same: it is in no table.
    recoloured: how far colours differ, as `functional.verification.colours` measures it. relation: of a to b, of
    `functional.verification.relations.RELATIONS`; probability: that it holds. worst: left, top, width and height, as
    shares of b's picture, of the box that disagrees most; zeros where none does. laid: of an overlaid pair, which has
    something laid over it: 1: a, 2: b, 0: that can't be told. cut: of a part and its whole, it was cut out of it, and
    does not lie there as a picture of its own.
    """

    a: bytes
    b: bytes
    match: str
    proposed_by: tuple[str, ...]
    cosine: float
    jaccard: float
    ssim: float
    luminance: float
    contrast: float
    structure: float
    overlap: float
    covered: float
    mirrored: bool
    transform: tuple[float, ...]
    recoloured: float = 0.0
    relation: str = "same"
    probability: float = 1.0
    worst: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    laid: int = 0
    cut: bool = False


class Node(NamedTuple):
    """What clustering needs of one image: everything by which the best copy is chosen. columns: carried along with it,
    by name.
    """

    key: bytes
    uri: str
    content_hash: bytes
    pixel_hash: bytes
    width: int
    height: int
    bytes: int
    modified: str
    format: str
    exif: bool
    frames: int = 1
    samples: str = "RGB"
    file: str = ""
    columns: dict[str, Any] | None = None


FAILURES = pa.schema([("uri", pa.string()), ("stage", pa.string()), ("error", pa.string()), ("message", pa.string())])

PAIRS = pa.schema(
    [
        ("uri_a", pa.string()),
        ("uri_b", pa.string()),
        ("match", pa.string()),
        ("relation", pa.string()),
        ("probability", pa.float64()),
        ("proposed_by", pa.list_(pa.string())),
        ("cosine", pa.float32()),
        ("jaccard", pa.float32()),
        ("ssim", pa.float32()),
        ("luminance", pa.float32()),
        ("contrast", pa.float32()),
        ("structure", pa.float32()),
        ("overlap", pa.float32()),
        ("mirrored", pa.bool_()),
        ("transform", pa.list_(pa.float64(), 6)),
        ("worst", pa.list_(pa.float32(), 4)),
    ]
)

MATCHES = pa.schema(
    [
        ("query", pa.string()),
        ("match", pa.string()),
        PAIRS.field("match").with_name("kind"),
        *(PAIRS.field(name) for name in PAIRS.names[3:]),
        ("query_set", pa.string()),
        ("match_set", pa.string()),
    ]
)


def matches_schema(query: pa.Schema, match: pa.Schema) -> pa.Schema:
    """Schema of the matches table of images that carry columns along: those of the query and those of the match."""
    sides = (("query", query), ("match", match))
    return pa.schema([*MATCHES, *(field.with_name(f"{side}_{field.name}") for side, some in sides for field in some)])


KNOWN = pa.schema(
    [
        ("query", pa.string()),
        ("hash", pa.string()),
        ("label", pa.string()),
        ("distance", pa.uint16()),
        ("quality", pa.uint8()),
    ]
)

CLUSTERS = pa.schema(
    [
        ("cluster_id", pa.string()),
        ("uri", pa.string()),
        ("is_representative", pa.bool_()),
        ("representative_uri", pa.string()),
        ("cosine", pa.float32()),
        ("jaccard", pa.float32()),
        ("ssim", pa.float32()),
        ("match", pa.string()),
        ("relation", pa.string()),
        ("size", pa.int32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("bytes", pa.int64()),
        ("reclaimable", pa.bool_()),
        ("reclaimable_bytes", pa.int64()),
        ("reason", pa.string()),
    ]
)


CONFLICTS = pa.schema(
    [
        ("cluster_id", pa.string()),
        ("column", pa.string()),
        ("uri", pa.string()),
        ("value", pa.string()),
        ("agreeing", pa.int32()),
        ("values", pa.int32()),
        ("is_representative", pa.bool_()),
        ("representative_uri", pa.string()),
        ("match", pa.string()),
        ("relation", pa.string()),
    ]
)

MERGES = pa.schema(
    [
        ("cluster_id", pa.string()),
        ("uri", pa.string()),
        ("members", pa.list_(pa.string())),
        ("folders", pa.list_(pa.string())),
    ]
)
"""What comes before the carried columns, each of which is a list here."""


FOLDERS = pa.schema(
    [
        ("folder", pa.string()),
        ("contained_in", pa.string()),
        ("images", pa.int64()),
        ("images_there", pa.int64()),
        ("copies", pa.int64()),
        ("exact_copies", pa.int64()),
        ("share", pa.float64()),
    ]
)


PDQ = (pa.field("pdq", pa.binary(32)), pa.field("pdq_quality", pa.uint8()))
"""Columns that the fingerprints table has where `read.pdq` asks for them."""


def fingerprints_schema(dims: int, permutations: int, pdq: bool = False) -> pa.Schema:
    """Schema of the fingerprints table for embeddings of `dims` and signatures of `permutations` values, and perhaps
    with PDQ hashes.
    """
    return pa.schema(
        [
            ("uri", pa.string()),
            ("bytes", pa.int64()),
            ("modified", pa.string()),
            ("etag", pa.string()),
            ("file", pa.string()),
            ("content_hash", pa.binary(32)),
            ("pixel_hash", pa.binary(32)),
            ("width", pa.int32()),
            ("height", pa.int32()),
            ("format", pa.string()),
            ("exif", pa.bool_()),
            ("frames", pa.int32()),
            ("samples", pa.string()),
            ("embedding", pa.list_(pa.float16(), dims)),
            ("minhash", pa.list_(pa.uint32(), permutations)),
            ("minhash_residual", pa.list_(pa.uint32(), permutations)),
            ("keypoint_count", pa.int32()),
            ("keypoints", pa.binary()),
            ("thumbnail", pa.binary()),
            ("textured", pa.float32()),
            *(PDQ if pdq else ()),
        ]
    )
