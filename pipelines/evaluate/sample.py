"""Some of the listed images, chosen by chance and the same every time."""

import hashlib
import heapq
from collections.abc import Iterator
from typing import NamedTuple

from lookalike.transforms.core.schemas import Source
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.ingest.selection.choice import Choice


class Sample(NamedTuple):
    """listed: images that there are. size: their mean in bytes. chosen: some of them."""

    listed: int
    size: float
    chosen: list[Source]


def lot(source: Source) -> bytes:
    """Sorts images by chance, and the same every time: not by their keys, which keep rows of tables together."""
    return hashlib.blake2b(source.uri.encode(), digest_size=8).digest()


def choose(inputs: list[str], count: int, sniff: bool) -> Sample:
    """`count` of the images of the inputs, or all if there are fewer, whatever their number. sniff: as `Choice` has it.

    Raises:
        InputError: an input is not there, or there are no images.
    """
    listed, sizes, known = 0, 0, 0

    def counted() -> Iterator[Source]:
        nonlocal listed, sizes, known
        for record in list_images(inputs, Choice(sniff)):
            if isinstance(record, Source):
                listed += 1
                sizes += max(0, record.bytes)
                known += record.bytes >= 0
                yield record

    chosen = heapq.nsmallest(count, counted(), key=lot)
    if not chosen:
        raise InputError(f"no images in {', '.join(inputs)}")
    return Sample(listed, sizes / max(1, known), chosen)
