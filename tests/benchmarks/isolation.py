"""What it costs to decode images in a process of their own: CPU milliseconds an image, with and without.

    python -m tests.benchmarks.isolation FOLDER

The same images are decoded by turns in this process and in the decoder's, in blocks of 50. Figures are CPU seconds of
both processes together, user and system; the decoder's start is told apart.
"""

import argparse
import contextlib
import resource
import time

from lookalike.transforms.core.records import Source
from lookalike.transforms.core.runtime import prepare_worker
from lookalike.transforms.decoding.answers import UnreadableError
from lookalike.transforms.decoding.isolation import Decoder, Limits
from lookalike.transforms.decoding.read_images import ReadImages, read_bytes
from lookalike.transforms.embedding.settings import DEFAULT_PLANE
from lookalike.transforms.functional.images.decode import decode
from lookalike.transforms.functional.images.reduction import picture_of
from lookalike.transforms.ingest.listing import list_images
from tests.benchmarks.tables import Table, tell

BLOCK = 50
NOTHING = b"no picture"


def of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def here(data: bytes, limits: Limits) -> None:
    with contextlib.suppress(ValueError):
        picture_of(decode(data, limits.max_pixels, limits.full_side), DEFAULT_PLANE)


def apart(data: bytes, limits: Limits, decoder: Decoder) -> None:
    with contextlib.suppress(UnreadableError):
        decoder.picture(data, limits, DEFAULT_PLANE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    prepare_worker()
    stage = ReadImages()
    limits, decoder = stage.limits, Decoder()
    before = of_children()
    apart(NOTHING, limits, decoder)
    decoder.close()
    start = of_children() - before
    sources = [record for record in list_images([options.folder]) if isinstance(record, Source)]
    within, beyond = 0.0, -start
    before = of_children()
    for first in range(0, len(sources), BLOCK):
        block = [read_bytes(source, stage.settings.max_bytes) for source in sources[first : first + BLOCK]]
        begun = time.process_time()
        for data in block:
            here(data, limits)
        turned = time.process_time()
        for data in block:
            apart(data, limits, decoder)
        within, beyond = within + turned - begun, beyond + time.process_time() - turned
    decoder.close()
    beyond += of_children() - before
    scale = 1000 / len(sources)
    rows = [
        ["decoded in the worker", within * scale],
        ["decoded apart", beyond * scale],
        ["isolation", (beyond - within) * scale],
        ["start of the decoder, once a worker", start * 1000],
    ]
    tell([Table(f"Isolation: {len(sources):,} images", ["", "CPU ms"], rows)], options.json)


if __name__ == "__main__":
    main()
