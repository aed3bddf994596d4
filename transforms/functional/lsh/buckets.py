"""What images bring to the buckets of a band, how widely these are compared, and what is found in them."""

from typing import NamedTuple

import numpy as np

from lookalike.transforms.functional.native.kernels import compiled


class Entries(NamedTuple):
    """What n images bring to the bands of one kind. code: (n, bands, codes) uint32; of those of one band none is
    another one of the same image. residual: (n, bands, words) uint32, residual bits; of no words where there are none.
    sketches: (n, words) uint64, of embeddings. present: (n,) bool, false for images that have no code. apart: of the
    bands' `Limits`.
    """

    code: np.ndarray
    residual: np.ndarray
    sketches: np.ndarray
    present: np.ndarray
    apart: tuple[int, ...]

    def band(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The images that have a code in a band, once for each: (m,) their numbers, codes, and (m, words) bits."""
        rows = np.flatnonzero(self.present)
        code = self.code[rows, number]
        rows = np.repeat(rows, code.shape[1])
        return rows, code.ravel(), self.residual[rows, number]


class Bucket(NamedTuple):
    """One that is too large to be compared. members: (k,) indices in order."""

    code: int
    members: np.ndarray


class Collisions(NamedTuple):
    """Pairs that collide and agree. pairs: (k, 2) int64, i < j, each once. bits: (k,) uint16, how many differ. crowded:
    (m,) int64, images of which pairs were left out.
    """

    pairs: np.ndarray
    bits: np.ndarray
    crowded: np.ndarray = np.zeros(0, np.int64)


class Limits(NamedTuple):
    """How widely the buckets of a band are compared.

    apart: bits of sketches that may differ in a pair at most where 0, 1 ... residual bits do; where more of those do,
    the two do not agree. most: images in a bucket; a larger one is compared with
    its first `heads` images only. near: bits of their sketches that differ at most between images that are all but the
    same. crowd: an image that is near more than so many of those before it is compared with the first `heads` of these:
    among thousands of copies of one picture all pairs would be millions, and say nothing more.
    """

    apart: tuple[int, ...]
    most: int
    near: int
    crowd: int
    heads: int


def similar(apart: tuple[int, ...], bits: np.ndarray, differ: np.ndarray) -> np.ndarray:
    """Residual bits that differ in pairs, and bits of their sketches that do -> bool: which pairs agree (`Limits`)."""
    most = np.array([*apart, -1], np.int16)
    agree: np.ndarray = differ <= most[np.minimum(bits, len(apart))]
    return agree


def hamming(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(..., words) bits of images and of others, which broadcast -> (...,) uint16, how many differ."""
    total = np.zeros(np.broadcast_shapes(some.shape[:-1], others.shape[:-1]), np.uint16)
    for word in range(some.shape[-1]):  # several times as fast as a sum over so short an axis
        total += np.bitwise_count(some[..., word] ^ others[..., word])
    return total


def runs(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) uint32 -> (n,) the order in which equal ones stand together, by code and then by place; and of each run
    of equal ones, where it starts in that order and how many it has, all int64.

    In `functional/native/order.c`, or, where that was not built, here.
    """
    if compiled is not None:
        order, start = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
        start = start[: compiled.order(np.ascontiguousarray(codes, np.uint32), order, start)].copy()
        return order, start, np.diff(start, append=len(codes))
    # as one array of numbers, which numpy sorts several times as fast as it finds an order; in place, since to be given
    # fresh memory takes as long as sorting
    keys = codes.astype("<u8")
    keys <<= np.uint64(32)
    keys |= np.arange(len(codes), dtype=np.uint64)
    keys.sort()
    sorted_codes = keys.view("<u4")[1::2]
    start = np.flatnonzero(np.r_[True, sorted_codes[1:] != sorted_codes[:-1]][: len(keys)])
    keys &= np.uint64(0xFFFFFFFF)
    return keys.astype(np.int64, copy=False), start, np.diff(np.r_[start, len(keys)])


def order_of(numbers: np.ndarray) -> np.ndarray:
    """(n,) numbers of 64 bits, none negative -> (n,) int64, the order in which they rise; equal ones by place."""
    by_lower = runs((numbers & numbers.dtype.type(0xFFFFFFFF)).astype(np.uint32))[0]
    upper = (numbers[by_lower] >> numbers.dtype.type(32)).astype(np.uint32)
    return np.asarray(by_lower[runs(upper)[0]])


def thinned(pairs: np.ndarray, near: np.ndarray, crowded: np.ndarray, heads: int) -> np.ndarray:
    """(k, 2) pairs i < j in order, which of them are near, and which images are crowded -> (k,) bool: true but where
    a crowded image is the second of a near pair, and has `heads` such before.
    """
    keep = np.ones(len(pairs), bool)
    asked = np.flatnonzero(near & crowded[pairs[:, 1]])
    by_image = asked[np.argsort(pairs[asked, 1], kind="stable")]
    image = pairs[by_image, 1]
    nth = np.arange(len(image)) - np.searchsorted(image, image, "left")
    keep[by_image[nth >= heads]] = False
    return keep
