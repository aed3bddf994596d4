"""What is common to all that is written back: how it ended, and that it is what was audited."""

from typing import NamedTuple

from lookalike.transforms.io.parquet_sink import ChangedError
from lookalike.transforms.io.write_back.fates import Fate

DUPLICATE_OF = "duplicate_of"
"""What is called so names the image that another one is a copy of."""


class Outcome(NamedTuple):
    """Of one shard or table. images: that were written. dropped: that were left out since a kept copy shows them.
    left: (name, why) of what could not be taken along.
    """

    images: int
    dropped: int
    left: list[tuple[str, str]]


def check_content(fate: Fate, content_hash: bytes) -> None:
    """See that an image is what was audited.

    Raises:
        ChangedError: it is not.
    """
    if fate.content_hash and fate.content_hash != content_hash:
        raise ChangedError(f"{fate.uri} was changed since the audit; run `lookalike audit` again")
