"""What is filled in on a design, and how much of it one content has of its own.

A design has a value for every field. A content keeps most of them or few: it has another letter, another word, another
value of one field, of a few, of half or of all of them. So two contents of one design differ by anything between a
digit and everything.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image

Colour = tuple[int, int, int]
Rng = np.random.Generator
Maker = Callable[[Rng], Any]
"""Draws a value: a text, a whole number, a share (float within 0..1), a colour, or PHOTOGRAPH."""

LEVELS = {"letter": 0.1, "word": 0.1, "one": 0.2, "few": 0.2, "half": 0.15, "all": 0.25}
"""How much a content has of its own, and how often."""
SLIGHT = {"letter": 0.15, "word": 0.2, "one": 0.35, "few": 0.3}
"""The same where most of the picture is to stay."""
WHOLLY = {"all": 1.0}
LEAST_SHARE, LEAST_COLOUR = 0.12, 70
"""By how much another share, and another colour in one channel, differs from the first."""
TRIES = 100


def photograph(rng: Rng) -> str:
    """Stands for the design's photograph, or the content's own where the field is the content's."""
    return ""


class Fields:
    """One design and one content of it.

    Attributes: design: draws all that contents share. ground, shown: photographs of the design's, and of the content's.
    """

    def __init__(
        self,
        design: Rng,
        content: Rng,
        ground: Image.Image,
        shown: Image.Image,
        levels: dict[str, float],
        pictured: bool = True,
    ) -> None:
        """levels: how much a content has of its own, with the probability of each. pictured: a photograph may be."""
        self.design, self.ground, self.shown = design, ground, shown
        self._content, self._pictured = content, pictured
        self._level = str(content.choice(list(levels), p=list(levels.values())))

    def fill(self, *makers: Maker) -> list[Any]:
        """The value of each field. To be called once for a picture, else a content may have nothing of its own."""
        base = np.random.default_rng(self.design.integers(2**62))
        values: list[Any] = [self.ground if maker is photograph else maker(base) for maker in makers]
        for number in self._own(makers, values):
            if makers[number] is photograph:
                values[number] = self.shown
            elif self._level in ("letter", "word") and isinstance(values[number], str):
                values[number] = _retyped(values[number], self._content, self._level)
            else:
                values[number] = _another(makers[number], self._content, values[number])
        return values

    def rows(self, count: int, *makers: Maker) -> list[list[Any]]:
        """The values of rows that have the same fields each; instead of `fill`."""
        values, width = self.fill(*makers * count), len(makers)
        return [values[width * row : width * (row + 1)] for row in range(count)]

    def _own(self, makers: Sequence[Maker], values: Sequence[Any]) -> list[int]:
        """Numbers of the fields that are the content's."""
        fields = [number for number, maker in enumerate(makers) if self._pictured or maker is not photograph]
        if self._level in ("letter", "word"):
            texts = [number for number in fields if isinstance(values[number], str)]
            return [int(self._content.choice(texts or fields))]
        few = int(self._content.integers(2, 5))
        count = {"one": 1, "few": min(few, len(fields)), "half": (len(fields) + 1) // 2}.get(self._level, len(fields))
        return [int(number) for number in self._content.choice(fields, count, replace=False)]


def _another(maker: Maker, rng: Rng, was: Any) -> Any:
    for _ in range(TRIES):
        value = maker(rng)
        if _differ(was, value):
            return value
    raise ValueError(f"{maker} draws nothing but {was!r}")


def _differ(a: Any, b: Any) -> bool:
    if isinstance(a, float):
        return abs(a - b) >= LEAST_SHARE
    if isinstance(a, tuple):
        return max(abs(x - y) for x, y in zip(a, b, strict=True)) >= LEAST_COLOUR
    return bool(a != b)


def _retyped(text: str, rng: Rng, level: str) -> str:
    """Another letter or digit, or another word of the same length, in one place."""
    if level == "word":
        parts = text.split(" ")
        place = int(rng.choice([number for number, part in enumerate(parts) if any(map(str.isalnum, part))] or [0]))
        parts[place] = "".join(_letter(letter, rng) for letter in parts[place])
        return " ".join(parts)
    places = [number for number, letter in enumerate(text) if letter.isalnum()]
    place = int(rng.choice(places or [0]))
    return text[:place] + _letter(text[place], rng) + text[place + 1 :]


def _letter(was: str, rng: Rng) -> str:
    if not was.isalnum():
        return was
    alphabet = "0123456789" if was.isdigit() else "abcdefghijklmnopqrstuvwxyz"
    new = str(rng.choice([letter for letter in alphabet if letter != was.lower()]))
    return new.upper() if was.isupper() else new


def share(rng: Rng) -> float:
    """A number within 0..1."""
    return float(rng.random())


def flag(rng: Rng) -> bool:
    """Yes or no."""
    return bool(rng.random() < 0.5)


def one_of(count: int) -> Maker:
    """A whole number below `count`."""
    return lambda rng: int(rng.integers(count))


def colour(low: int = 0, high: int = 255) -> Maker:
    """A colour with channels within the bounds."""
    return lambda rng: tuple(int(v) for v in rng.integers(low, high + 1, 3))
