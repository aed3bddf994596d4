"""Draws a random sample of the listed images, the same every time."""

import hashlib
import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lookalike.transforms.core.records import Source
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.ingest.selection.carried import Carried
from lookalike.transforms.ingest.selection.choice import Choice


class Sample(NamedTuple):
    """A sample of the listed images.

    Attributes:
        listed: number of images that it was drawn from.
        size: their mean size in bytes.
        chosen: the images of the sample.
        carried: the columns that come along with them.
    """

    listed: int
    size: float
    chosen: list[Source]
    carried: Carried


def lot(source: Source) -> bytes:
    """The key that sorts images at random, but always in the same order.

    The keys of the tables would not do, because they keep neighbours together.
    """
    return hashlib.blake2b(source.uri.encode(), digest_size=8).digest()


def choose(inputs: list[str], count: int, sniff: bool, columns: Sequence[str] = ()) -> Sample:
    """Draw a sample of the images of the inputs, in memory that does not grow with their number.

    Args:
        inputs: as for an audit.
        count: number of images; all are taken if there are fewer.
        sniff: as in `Choice`.
        columns: names of the columns of the inputs that come along.

    Raises:
        InputError: an input does not exist or lacks a column, or there are no images.
    """
    listed, sizes, known = 0, 0, 0
    choice = Choice(sniff, columns)

    def counted() -> Iterator[Source]:
        nonlocal listed, sizes, known
        for record in list_images(inputs, choice):
            if isinstance(record, Source):
                listed += 1
                sizes += max(0, record.bytes)
                known += record.bytes >= 0
                yield record

    chosen = heapq.nsmallest(count, counted(), key=lot)
    if not chosen:
        raise InputError(f"no images in {', '.join(inputs)}")
    return Sample(listed, sizes / max(1, known), chosen, choice.carried)
