"""Makes edited copies of a sample of the user's images, which a calibration has to find."""

import io
from typing import NamedTuple

import numpy as np
from PIL import Image

from lookalike.pipelines.evaluate.sample import lot
from lookalike.transforms.core.keys import content_hash
from lookalike.transforms.core.records import Source
from lookalike.transforms.core.settings.read import ReadSettings
from lookalike.transforms.decoding.answers import UnreadableError
from lookalike.transforms.decoding.isolation import decoder
from lookalike.transforms.decoding.read_images import ReadImages, read_bytes
from lookalike.transforms.functional.drawing.edits import EDITS, edited
from lookalike.transforms.functional.images.decode import TooLargeError
from lookalike.transforms.ingest.listing import InputError, list_images
from lookalike.transforms.ingest.selection.choice import Choice
from lookalike.transforms.storage.writing import write_bytes

LARGEST_SIDE = 1024
"""The copies are made from a picture of at most this size, in pixels of its longer side."""


class Original(NamedTuple):
    """An image of the sample. uri: where the user has it. content: hash of its bytes."""

    uri: str
    content: bytes


def make_copies(
    inputs: list[str], folder: str, sample: int, copies: int, settings: ReadSettings
) -> tuple[dict[str, Original], int]:
    """Write a sample of the images and edited copies of each into a folder.

    The copies of `00012` are named `00012-crop.jpg` and so on. The sample is random, but the same every time.

    Args:
        inputs: the user's images, as for an audit.
        folder: local folder for the files.
        sample: number of originals.
        copies: number of copies of each.
        settings: the block `read` of the configuration.

    Returns:
        The originals by name of their files, and the number of images that the sample was drawn from.

    Raises:
        InputError: fewer than two of the images can be used.
    """
    read = ReadImages(settings)
    listed = list_images(inputs, Choice(settings.sniff))
    sources = [record for record in listed if isinstance(record, Source)]
    originals: dict[str, Original] = {}
    for source in sorted(sources, key=lot):
        if len(originals) == sample:
            break
        try:
            data = read_bytes(source, settings.max_bytes)
            small = decoder().reduced(data, read.limits, LARGEST_SIDE)
        except (OSError, UnreadableError, TooLargeError):
            continue
        number = f"{len(originals):05d}"
        seed = int.from_bytes(content_hash(data)[:6], "big")
        rng = np.random.default_rng(seed)
        for name in rng.permutation(sorted(EDITS))[:copies].tolist():
            copy = Image.fromarray(edited(small, name, seed))
            saved = io.BytesIO()
            copy.save(saved, "JPEG", quality=85)
            write_bytes(f"{folder}/{number}-{name}.jpg", saved.getvalue())
        write_bytes(f"{folder}/{number}.png", data)  # whatever its format: files are decoded by content
        originals[f"{number}.png"] = Original(source.uri, content_hash(data))
    if len(originals) < 2:
        raise InputError(
            f"calibration needs at least two images that can be used; {', '.join(inputs)} has {len(originals)}"
        )
    return originals, len(sources)


def made_from(name: str) -> str:
    """The name of the original's file, from that of a copy or of the original itself."""
    return f"{name[:5]}.png"
