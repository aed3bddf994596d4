"""The block `confirm`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import Cosine, Count, Settings


class ConfirmSettings(Settings):
    """Which candidate pairs are aligned, and which of these count as copies (docs/explanation/accuracy.md)."""

    cosine: Cosine = 0.41
    """Pairs whose embeddings have at least this cosine similarity are aligned; in large corpora it takes more."""
    max_hamming: Count = 7
    """Pairs that share a shingle (a small arrangement of keypoints) are aligned too, if at most this many of its
    residual bits differ, and if the cosine similarity is as high as chance asks for: it must be the higher, the more
    bits differ, and the larger the corpus is."""
    probability: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Two images count as copies if the probability that they are the same picture, in what they have in common, is at
    least this. `lookalike calibrate` recommends a value for the precision that you need."""
