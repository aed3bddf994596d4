"""The records that travel between stages."""

from typing import Any, NamedTuple

import numpy as np

from lookalike.transforms.functional.images.pdq import Pdq
from lookalike.transforms.functional.images.picture import Planes, Properties
from lookalike.transforms.functional.images.pixels.detail import Detail
from lookalike.transforms.functional.keypoints.keypoints import Panels


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
    detail: Detail
    pdq: Pdq | None = None


class Sketch(NamedTuple):
    """The local fingerprint of one image. minhash: (permutations,) uint32, of its shingles; residual: (permutations,)
    uint32, what the descriptors have beyond the shingle of each value (`functional.shingles`). keypoints: packed, 22
    bytes each (`functional.keypoints.PACKED`). panels: those of the pictures of which it is composed. thumbnail: a
    JPEG. textured: share of it with structure, 0..1.
    """

    minhash: np.ndarray
    residual: np.ndarray
    keypoints: bytes
    panels: Panels
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
    vanished: Vanished
    kept: list[Source]
    moved: list[Moved]
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
    panels: Panels
    thumbnail: bytes
    scope: int = 0


class Pair(NamedTuple):
    """One confirmed pair, by keys; the columns of the pairs table. transform: 6 floats, row by row, pixel
    coordinates of the upright a -> b. overlap: share of b that a covers; covered: share of a that lies on b.
    match: 'exact', 'pixels', 'near', 'part' (near, but only one of several frames was compared) or 'verdict';
    'tie' between equal pixels whose pair is not asked for, and which go together all the same: it is in no table.
    recoloured: how far colours differ, as `functional.verification.colours` measures it. least: where both were
    compared in detail, as pages are, how alike the place of a letter or two is that is least alike, up to 1; 1 where
    they were not. relation: of a to b, of `functional.verification.relations.RELATIONS`; probability: that it holds.
    worst: left, top, width and height, as shares of b's picture, of the box that disagrees most; zeros where none does.
    laid: of an overlaid pair, which has something laid over it: 1: a, 2: b, 0: that can't be told. cut: of a part and
    its whole, it was cut out of it, and does not lie there as a picture of its own. near_misses: of that one of the two
    that has fewer with other images; see `functional.verification.near_misses`.
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
    least: float = 1.0
    relation: str = "same"
    probability: float = 1.0
    worst: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    laid: int = 0
    cut: bool = False
    near_misses: int = 0


class Node(NamedTuple):
    """What clustering needs of one image: everything by which the best copy is chosen, and what tells whether it
    shows what another does. columns: carried along with it, by name.
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
    detail: Detail = Detail()
