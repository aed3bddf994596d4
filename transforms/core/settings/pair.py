"""The block `pair`."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from lookalike.transforms.core.settings.kinds import SEVERAL, Cosine, Count, CountOrNone, Seed, Settings, refusal
from lookalike.transforms.core.settings.words import RIGHT, shown

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
    """Which images are brought together as candidates (docs/explanation/scale.md)."""

    scope: Scope = ""
    """Pairs that are asked for at all: within:NAME, only those of images with one value in a carried column (one
    product, one user); across:NAME, only those of images with different values; folder as NAME is the folder that an
    image lies in (docs/how-to/scopes.md). Empty: all pairs."""
    exhaustive: CountOrNone = 10_000
    """A corpus of at most so many images is compared pair by pair; a larger one is searched by LSH bands."""
    assumed_corpus_size: Annotated[int, Field(ge=0, le=10**12)] = 0
    """The search is as strict as in a corpus of so many images; 0: as in one of its own size."""
    chance_collisions: Count = 20_000
    """Images that an image may share a bucket with by chance; how wide the search is follows from it."""
    chance_candidates: Count = 44
    """Of these, images that may also agree by chance in the residual bits, and so become candidates."""
    chance_cosine: Annotated[float, Field(gt=-1, lt=1)] = 0.03
    """Cosine of the embeddings of unrelated pictures."""
    chance_cosines: Annotated[tuple[Cosine, ...], Field(min_length=2, max_length=16), SEVERAL] = (
        0.14,
        0.24,
        0.38,
        0.46,
    )
    """Cosines that one in 100, 1,000, 10,000 ... of unrelated pairs exceeds."""
    cosine: Cosine = 0.39
    """The least cosine of two embeddings at which the images should meet in a bucket."""
    bands: Annotated[int, Field(ge=1, le=4096)] = 64
    """Most bands of hyperplanes."""
    bucket: Count = 2000
    """A larger bucket is compared with its first `heads` images only, and reported among the failures."""
    crowd: Count = 64
    """An image nearly equal to more than so many others is compared with the first `heads` of them only."""
    heads: Count = 2
    """Images that stand for a large bucket or a crowd."""
    seed: Seed = 7
    """Seed of the hyperplanes."""

    @field_validator("cosine")
    @classmethod
    def _above_chance(cls, cosine: float, others: ValidationInfo) -> float:
        if cosine <= (chance := others.data.get("chance_cosine", -1)):
            raise refusal(f"above pair.chance_cosine, which is {chance}")
        return cosine

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
