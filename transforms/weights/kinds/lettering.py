"""Words, names, numbers and sentences by chance, and how they are set on a picture."""

import numpy as np
from PIL import ImageDraw, ImageFont

SYLLABLES = (
    *("ba", "ber", "cor", "da", "den", "el", "fi", "ga", "han", "in", "jo", "ka", "lan", "le", "mar", "mi", "na", "no"),
    *("or", "pel", "qui", "ra", "ros", "sa", "sen", "ta", "ti", "ul", "va", "ven", "wil", "xan", "yor", "zim"),
)


def word(rng: np.random.Generator, least: int = 1, most: int = 4) -> str:
    """A word that can be pronounced."""
    return "".join(rng.choice(SYLLABLES, int(rng.integers(least, most + 1))).tolist())


def name(rng: np.random.Generator) -> str:
    """A first and a last name."""
    return f"{word(rng, 1, 3).title()} {word(rng, 2, 3).title()}"


def sentence(rng: np.random.Generator, words: int) -> str:
    """So many words, the first with a capital, and a full stop."""
    return " ".join(word(rng) for _ in range(words)).capitalize() + "."


def amount(rng: np.random.Generator) -> str:
    """A sum of money."""
    return f"{rng.integers(1, 9999):,}.{rng.integers(0, 100):02d}"


def date(rng: np.random.Generator) -> str:
    """A day of this century."""
    return f"20{rng.integers(10, 30)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"


def code(rng: np.random.Generator, length: int) -> str:
    """Letters and digits."""
    return "".join(rng.choice(list("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"), length).tolist())


def font(size: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """The font that Pillow carries, at a height in px."""
    return ImageFont.load_default(max(6.0, size))


def fitted(text: str, wide: float, tall: float) -> float:
    """The height of letters at which a text is no wider and no taller than that."""
    return max(6.0, min(tall, tall * wide / max(1.0, font(tall).getlength(text))))


def put(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size: float, fill: object = "black", **how: object
) -> None:
    """Text with its upper left corner at a place."""
    draw.text(place, text, fill=fill, font=font(size), **how)  # type: ignore[arg-type]


def paragraph(
    draw: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    rng: np.random.Generator,
    size: float,
    fill: object,
) -> None:
    """Lines of running text that fill a box (left, top, right, bottom)."""
    left, top, right, bottom = box
    per_line = max(2, int((right - left) / (size * 2.6)))
    for y in np.arange(top, bottom - size, size * 1.35):
        put(draw, (left, float(y)), sentence(rng, per_line)[: int((right - left) / (size * 0.52))], size, fill)
