"""The block `pair`."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from lookalike.transforms.core.settings.kinds import SEVERAL, Cosine, Count, CountOrNone, Seed, Settings, refusal
from lookalike.transforms.core.settings.values import RIGHT, shown

WITHIN, ACROSS = "within", "across"
FOLDER = "folder"
"""Instead of a carried column: the folder that an image lies in."""
Scope = Annotated[
    str,
    Field(
        pattern=rf"^$|^({WITHIN}|{ACROSS}):[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        json_schema_extra={RIGHT: "empty, or within:NAME or across:NAME, the name of a carried column or folder"},
    ),
]


class PairSettings(Settings):
    """Which pairs of images become candidates (docs/explanation/scale.md)."""

    scope: Scope = ""
    """Restricts the search to some pairs (docs/how-to/scopes.md). within:NAME: pairs of images that have the same value
    in the carried column NAME. across:NAME: pairs of images that have different values. If NAME is folder, the value is
    the folder that the image lies in. Empty: all pairs."""
    exhaustive: CountOrNone = 10_000
    """Up to this number of images, the fingerprints of all pairs are compared. Larger corpora are searched with LSH
    bands."""
    assumed_corpus_size: Annotated[int, Field(ge=0, le=10**12)] = 0
    """The search is as strict as in a corpus of this many images. 0: the actual number of images."""
    chance_collisions: Count = 100_000
    """How many unrelated images an image may share an LSH bucket with. How widely the search reaches follows from
    this."""
    chance_candidates: Count = 20
    """How many of these may agree in both fingerprints as well, and so become candidates."""
    chance_cosines: Annotated[tuple[Cosine, ...], Field(min_length=2, max_length=16), SEVERAL] = (
        0.15,
        0.27,
        0.4,
        0.47,
        0.53,
    )
    """Quantiles: the cosine similarities that one in 100, one in 1,000, one in 10,000 ... unrelated pairs exceed. Taken
    for corpora of up to 4,096 images; in a larger one they are measured."""
    bucket: Count = 2000
    """If a bucket has more images than this, they are compared with its first `heads` images only, and the bucket is
    reported in `failures`."""
    crowd: Count = 64
    """If an image is nearly equal to more others than this, it is compared with the first `heads` of them only."""
    heads: Count = 2
    """Number of images that represent a bucket or crowd that is too large."""
    seed: Seed = 7
    """Seed of the random rotations by which embeddings are hashed."""

    @field_validator("chance_cosines")
    @classmethod
    def _rising(cls, cosines: tuple[float, ...]) -> tuple[float, ...]:
        if list(cosines) != sorted(set(cosines)):
            raise refusal("cosines of which each is above the one before")
        return cosines

    @field_validator("heads")
    @classmethod
    def _within_a_crowd(cls, heads: int, others: ValidationInfo) -> int:
        if heads > (crowd := others.data.get("crowd", heads)):
            raise refusal(f"at most pair.crowd, which is {shown(crowd)}")
        return heads
