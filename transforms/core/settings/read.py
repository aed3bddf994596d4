"""The block `read`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import Count, Settings


class ReadSettings(Settings):
    """How files are read and decoded."""

    max_bytes: Count = 256_000_000
    """Bytes of the largest file that is read. Larger files become failures."""
    max_pixels: Count = 200_000_000
    """Pixels of the largest image that is decoded. Larger ones become failures: they may be decompression bombs, and
    decoding takes 6 to 19 bytes for each pixel (docs/reference/formats.md)."""
    seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    """Seconds of processor time that decoding one image may take."""
    memory: Annotated[int, Field(ge=100_000_000, le=1 << 50)] = 800_000_000
    """Bytes of memory that decoding one image may take, or 24 for each of its pixels if that is more."""
    connections: Annotated[int, Field(ge=1, le=1024)] = 8
    """Number of files that a worker reads from a remote store at the same time."""
    pdq: bool = False
    """Whether `fingerprints` has the PDQ hash of each image and its quality, to be compared with lists of such hashes.
    This needs the package `pdqhash` (`lookalike[pdq]`), and decodes each image a second time."""
    sniff: bool = False
    """Whether files with an unknown suffix, or without one, are listed if their first bytes are those of an image
    (docs/reference/inputs.md)."""
