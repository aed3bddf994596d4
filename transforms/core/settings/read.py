"""The block `read`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import Count, Settings


class ReadSettings(Settings):
    """How files are read and decoded."""

    max_bytes: Count = 256_000_000
    """Larger files are refused unread."""
    max_pixels: Count = 200_000_000
    """Larger images are refused undecoded: they may be bombs, and a pixel takes 6 to 19 bytes
    (docs/reference/formats.md)."""
    seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    """Processor time that decoding one image may take."""
    memory: Annotated[int, Field(ge=100_000_000, le=1 << 50)] = 800_000_000
    """Bytes that decoding one image may take, or 24 for each of its pixels if those are more."""
    connections: Annotated[int, Field(ge=1, le=1024)] = 8
    """Files of a remote store that a worker reads at once."""
    pdq: bool = False
    """`fingerprints/` has the PDQ hash of each image, and its quality, for exchanges of hashes. It needs the package
    `pdqhash` (`lookalike[pdq]`), and decodes each image once more."""
    sniff: bool = False
    """Files of unknown suffix, or of none, are listed if they begin as images do (docs/reference/inputs.md)."""
