"""The block `confirm`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import Cosine, Count, Settings


class ConfirmSettings(Settings):
    """Which candidates are aligned, and which of these count as copies (docs/explanation/accuracy.md)."""

    cosine: Cosine = 0.39
    """Pairs whose embeddings have at least this cosine are aligned."""
    max_hamming: Count = 3
    """So are pairs with a shingle in common of whose residual bits at most so many differ."""
    probability: Annotated[float, Field(gt=0, le=1)] = 0.5
    """The least probability, that two pictures are the same in what they have in common, at which they count as copies.
    `lookalike calibrate` recommends one for a precision that you name."""
