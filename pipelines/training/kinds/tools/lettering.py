"""Words, names, numbers and sentences by chance, and how they are set on a picture."""

import functools
from collections.abc import Callable
from importlib import util
from pathlib import Path

import numpy as np
from PIL import ImageDraw, ImageFont

SYLLABLES = (
    *("ba", "ber", "cor", "da", "den", "el", "fi", "ga", "han", "in", "jo", "ka", "lan", "le", "mar", "mi", "na", "no"),
    *("or", "pel", "qui", "ra", "ros", "sa", "sen", "ta", "ti", "ul", "va", "ven", "wil", "xan", "yor", "zim"),
)


def word(rng: np.random.Generator, least: int = 1, most: int = 4) -> str:
    """A word that can be pronounced."""
    return "".join([SYLLABLES[i] for i in rng.integers(0, len(SYLLABLES), int(rng.integers(least, most + 1)))])


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


FACES = {
    "sans": ("font_roboto", "Roboto-Regular.ttf"),
    "sans bold": ("font_roboto", "Roboto-Bold.ttf"),
    "sans light": ("font_roboto", "Roboto-Light.ttf"),
    "serif": ("font_source_serif_pro", "SourceSerifPro-Regular.ttf"),
    "serif bold": ("font_source_serif_pro", "SourceSerifPro-Bold.ttf"),
    "serif italic": ("font_caladea", "Caladea-Italic.ttf"),
    "book": ("font_caladea", "Caladea-Regular.ttf"),
    "book bold": ("font_caladea", "Caladea-Bold.ttf"),
    "mono": ("fontpkg_fira_code", "FiraCode[wght].ttf"),
    "hand": ("fontpkg_caveat", "Caveat[wght].ttf"),
    "round": ("font_fredoka_one", "FredokaOne-Regular.ttf"),
    "icons": ("font_font_awesome", "FontAwesome5-Free-Solid.otf"),
}
"""Name -> the package that carries the font, and its file. '' is Pillow's own."""


@functools.lru_cache(maxsize=512)
def font(size: float, face: str = "") -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """A font of FACES at a height in px.

    Raises:
        ModuleNotFoundError: the package that carries it is not installed (`pip install lookalike[dev]`).
    """
    size = max(6.0, size)
    if not face:
        return ImageFont.load_default(size)
    package, file = FACES[face]
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"the font {face!r} needs the package {package} (pip install lookalike[dev])")
    return ImageFont.truetype(Path(spec.origin).parent / "files" / file, size, layout_engine=ImageFont.Layout.BASIC)


def fitted(text: str, wide: float, tall: float, face: str = "") -> float:
    """The height of letters at which a text is no wider and no taller than that."""
    return max(6.0, min(tall, tall * wide / max(1.0, font(tall, face).getlength(text))))


def put(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: float,
    fill: object = "black",
    face: str = "",
    **how: object,
) -> None:
    """Text with its upper left corner at a place."""
    draw.text(place, text, fill=fill, font=font(size, face), **how)  # type: ignore[arg-type]


def broken(text: str, width: float, size: float, face: str = "") -> list[str]:
    """Lines of a text that fit a width."""
    lines: list[list[str]] = [[]]
    space, used = _length(" ", size, face), 0.0
    for part in text.split():
        used += space + _length(part, size, face)
        if lines[-1] and used > width:
            lines.append([])
            used = _length(part, size, face)
        lines[-1].append(part)
    return [" ".join(line) for line in lines]


@functools.lru_cache(maxsize=20_000)
def _length(text: str, size: float, face: str) -> float:
    return font(size, face).getlength(text)


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


Rng = np.random.Generator
Maker = Callable[[np.random.Generator], str]


def words(least: int, most: int) -> Maker:
    """Draws so many words, without a stop."""
    return lambda rng: " ".join(word(rng) for _ in range(int(rng.integers(least, most + 1))))


def prose(count: int) -> Maker:
    """Draws so many words in sentences."""

    def drawn(rng: np.random.Generator) -> str:
        lengths = [10] * (count // 10) + ([count % 10] if count % 10 else [])
        return " ".join(sentence(rng, length) for length in lengths)

    return drawn


def codes(length: int) -> Maker:
    """Draws letters and digits."""
    return lambda rng: code(rng, length)


def digits(least: int, most: int) -> Maker:
    """Draws a number with so many digits."""
    return lambda rng: str(rng.integers(10 ** (least - 1), 10 ** int(rng.integers(least, most + 1))))


def price(rng: np.random.Generator) -> str:
    """A small sum of money."""
    return f"{rng.integers(1, 200)}.{rng.integers(0, 100):02d}"


def hour(rng: np.random.Generator) -> str:
    """A time of the day."""
    return f"{rng.integers(0, 24):02d}:{rng.integers(0, 60):02d}"


def address(rng: np.random.Generator) -> str:
    """A street and a number."""
    return f"{word(rng, 2, 4).title()} {word(rng, 1, 2)} {rng.integers(1, 200)}"


def measured(rng: np.random.Generator) -> str:
    """How much of what."""
    return f"{rng.integers(1, 900)} {('g', 'ml', 'x')[int(rng.integers(3))]} {word(rng)} {word(rng)}"


def letters(length: int) -> Maker:
    """Draws capital letters."""
    return lambda rng: "".join(chr(65 + int(i)) for i in rng.integers(0, 26, length))


def seat(rng: np.random.Generator) -> str:
    """A row and a letter."""
    return f"{rng.integers(1, 60)}{chr(65 + int(rng.integers(6)))}"


def phone(rng: np.random.Generator) -> str:
    """A number to call."""
    return f"+{rng.integers(1, 99)} {rng.integers(100, 999)} {rng.integers(10**5, 10**7)}"


ICONS = tuple(
    chr(place)
    for place in (
        *(0xF000, 0xF005, 0xF00A, 0xF00E, 0xF013, 0xF019, 0xF022, 0xF026, 0xF02A, 0xF02E, 0xF032, 0xF036, 0xF03A),
        *(0xF03E, 0xF044, 0xF04B, 0xF050, 0xF054, 0xF058, 0xF05E, 0xF063, 0xF067, 0xF06B, 0xF070, 0xF074, 0xF078),
        *(0xF07C, 0xF085, 0xF091, 0xF098, 0xF0A0, 0xF0A5, 0xF0A9, 0xF0AD, 0xF0B2, 0xF0C3, 0xF0C7, 0xF0CC, 0xF0D1),
        *(0xF0D9, 0xF0DD, 0xF0E3, 0xF0EA, 0xF0F2, 0xF0F9, 0xF0FD, 0xF102, 0xF106, 0xF10A, 0xF110, 0xF11A, 0xF120),
        *(0xF125, 0xF129, 0xF12D, 0xF133, 0xF138, 0xF13E, 0xF143, 0xF14B, 0xF151, 0xF155, 0xF159, 0xF15E, 0xF163),
        *(0xF183, 0xF188, 0xF195, 0xF19D, 0xF1AE, 0xF1B8, 0xF1C0, 0xF1C4, 0xF1C8, 0xF1D8, 0xF1DE, 0xF1E3, 0xF1EA),
        *(0xF1F8, 0xF1FC, 0xF201, 0xF207, 0xF218, 0xF21D, 0xF223, 0xF227, 0xF22B, 0xF234, 0xF239, 0xF243, 0xF247),
        *(0xF24E, 0xF254, 0xF258, 0xF25C, 0xF272, 0xF276, 0xF28B, 0xF292, 0xF29E, 0xF2A3, 0xF2B5, 0xF2BD, 0xF2C8),
        *(0xF2CC, 0xF2D1, 0xF2E5, 0xF2F1, 0xF2F9, 0xF304, 0xF30B, 0xF337, 0xF35A, 0xF362, 0xF3BE, 0xF3C9, 0xF3E0),
        *(0xF3FD, 0xF433, 0xF43A, 0xF443, 0xF44E, 0xF45C, 0xF462, 0xF46A, 0xF470, 0xF477, 0xF47E, 0xF484, 0xF48B),
        *(0xF491, 0xF496, 0xF4B3, 0xF4BD, 0xF4C4, 0xF4D6, 0xF4DA, 0xF4E2, 0xF4FB, 0xF4FF, 0xF503, 0xF507, 0xF518),
        *(0xF51C, 0xF520, 0xF524, 0xF528, 0xF52C, 0xF530, 0xF534, 0xF538, 0xF53C, 0xF540, 0xF544, 0xF548, 0xF54C),
        *(0xF550, 0xF554, 0xF558, 0xF55C, 0xF560, 0xF564, 0xF568, 0xF56C, 0xF570, 0xF574, 0xF578, 0xF57C, 0xF580),
        *(0xF584, 0xF588, 0xF58C, 0xF590, 0xF595, 0xF599, 0xF59D, 0xF5A2, 0xF5A7, 0xF5AD, 0xF5B1, 0xF5B7, 0xF5BC),
        *(0xF5C1, 0xF5C5, 0xF5CA, 0xF5D0, 0xF5DA, 0xF5E1, 0xF5EE, 0xF613),
    )
)
"""Pictograms of the face 'icons'."""
