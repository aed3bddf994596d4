"""What all blocks of settings have in common, and the kinds of values that several of them take.

A block is a class of `Settings`, a key is a field of it, and the docstring below a field explains it. From these are
made `configs/default.yaml`, the page docs/reference/configuration.md, and what is said where a value is refused.
"""

import dataclasses
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from lookalike.transforms.core.settings.values import LARGEST, PRINTABLE, RIGHT, right_of

SEED = 2**32 - 1
"""The greatest seed that all of our generators take."""


class Settings(BaseModel):
    """One block of the configuration, which is never changed once it is made. Types are strict: only a whole number is
    taken for a number.

    Raises:
        ValidationError: of pydantic; a `ValueError` that names keys, values and what would be right.
    """

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_default=True,  # rules between keys hold for those that nobody set too
        use_attribute_docstrings=True,
    )

    def plain(self) -> dict[str, Any]:
        """The values as YAML and JSON have them."""
        return self.model_dump(mode="json")

    @classmethod
    def schemas(cls) -> dict[str, dict[str, Any]]:
        """Key -> its JSON schema, with `description` and `default`."""
        return cls.model_json_schema()["properties"]

    @classmethod
    def right(cls, key: str) -> str:
        """What a key can be, in words that complete 'it must be ...'."""
        return right_of(cls.schemas()[key])


@dataclasses.dataclass(frozen=True)
class OneOf:
    """Marks text that is one of some words: `Annotated[str, OneOf(("full", "half"))]`."""

    choices: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """As pydantic asks for it."""
        return core_schema.literal_schema(list(self.choices))


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


SEVERAL = BeforeValidator(_as_tuple)
"""Marks tuples, which YAML and JSON have as lists: `Annotated[tuple[Name, ...], SEVERAL]`. Bounds of the length come
before it.
"""
Count = Annotated[int, Field(ge=1, le=LARGEST)]
CountOrNone = Annotated[int, Field(ge=0, le=LARGEST)]
Seed = Annotated[int, Field(ge=0, le=SEED)]
Share = Annotated[float, Field(ge=0, le=1)]
Cosine = Annotated[float, Field(ge=-1, le=1)]
Text = Annotated[str, Field(pattern=PRINTABLE, json_schema_extra={RIGHT: "text"})]
Name = Annotated[str, Field(min_length=1, pattern=PRINTABLE, json_schema_extra={RIGHT: "text that is not empty"})]
Names = Annotated[tuple[Name, ...], SEVERAL]


def refusal(right: str) -> PydanticCustomError:
    """What a validator raises where a value is of its kind and yet can't be; `right` completes 'it must be ...'."""
    return PydanticCustomError(RIGHT, "it must be {right}", {"right": right})
