"""The block `sketch`."""

from typing import Annotated

from pydantic import Field

from lookalike.transforms.core.settings.kinds import Seed, Settings


class SketchSettings(Settings):
    """How the local fingerprint, a MinHash signature of visual words, is computed."""

    keypoints: Annotated[int, Field(ge=1, le=10_000)] = 250
    """Largest number of keypoints that are kept of one image; where it is composed of several pictures, such as a
    collage, as many more for each of up to nine of these."""
    permutations: Annotated[int, Field(ge=1, le=65_536)] = 320
    """Number of values in a MinHash signature. Each takes 8 bytes, together with its residual bits."""
    seed: Seed = 1
    """Seed of the MinHash permutations."""
    thumbnail_quality: Annotated[int, Field(ge=1, le=95)] = 88
    """JPEG quality of the stored thumbnail."""
