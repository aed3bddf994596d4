"""The look of a design: its theme, colours and type, and what is set in it."""

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from lookalike.pipelines.training.kinds.tools.fields import Colour, Fields, Rng
from lookalike.pipelines.training.kinds.tools.lettering import broken, fitted, font, put

FAMILIES = (("", ""), ("sans", "sans bold"), ("sans light", "sans"), ("serif", "serif bold"), ("book", "book bold"))


class Look(NamedTuple):
    """Colours and type. ground: under everything. panel: a little off it. faint: of lines and small print. accent,
    second: of what stands out. face, bold: of lettering.FACES.
    """

    dark: bool
    ground: Colour
    panel: Colour
    ink: Colour
    faint: Colour
    accent: Colour
    second: Colour
    face: str
    bold: str


def tint(rng: Rng, low: int, high: int) -> Colour:
    """A colour with channels within the bounds."""
    r, g, b = (int(v) for v in rng.integers(low, high + 1, 3))
    return r, g, b


def look(design: Rng, dark: float = 0.0) -> Look:
    """A theme by chance, dark in so large a share of the designs."""
    family = FAMILIES[int(design.integers(len(FAMILIES)))]
    night = design.random() < dark
    paper = int(design.integers(248, 256)) if design.random() < 0.6 else int(design.integers(225, 248))
    ground = tint(design, 10, 45) if night else tint(design, min(paper, 247), 255)
    panel = _shifted(ground, 16 if night else -int(design.integers(8, 22)))
    ink = tint(design, 205, 255) if night else tint(design, 0, 60)
    faint = tint(design, 105, 140) if night else tint(design, 120, 165)
    bright = (120, 240) if night else (10, 190)
    return Look(night, ground, panel, ink, faint, tint(design, *bright), tint(design, *bright), *family)


def _shifted(value: Colour, by: int) -> Colour:
    r, g, b = (max(0, min(255, channel + by)) for channel in value)
    return r, g, b


def between(design: Rng, low: int, high: int) -> int:
    """A whole number of px within the bounds."""
    return int(design.integers(low, high + 1))


def sheet(design: Rng, width: tuple[int, int], height: tuple[int, int], ground: object) -> Image.Image:
    """A plain picture with a size by chance."""
    return Image.new("RGB", (between(design, *width), between(design, *height)), ground)  # type: ignore[arg-type]


def page(
    f: Fields, dark: float, width: tuple[int, int], height: tuple[int, int]
) -> tuple[Rng, Look, Image.Image, ImageDraw.ImageDraw]:
    """The design, a theme by chance (`look`), and an empty page of it, with a size by chance, to draw on."""
    style = look(f.design, dark)
    image = sheet(f.design, width, height, style.ground)
    return f.design, style, image, ImageDraw.Draw(image)


def line(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: float,
    width: float,
    fill: object,
    face: str = "",
    anchor: str = "la",
) -> None:
    """One line of text, made smaller where it would be wider than `width`."""
    put(draw, place, text, fitted(text, width, size, face), fill, face, anchor=anchor)


def block(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    size: float,
    width: float,
    fill: object,
    face: str = "",
    leading: float = 1.35,
) -> float:
    """Text in lines of a width; where the next line would begin."""
    x, y = place
    for row in broken(text, width, size, face):
        draw.text((x, y), row, fill=fill, font=font(size, face))  # type: ignore[arg-type]
        y += size * leading
    return y


def photo(
    image: Image.Image, picture: Image.Image, box: tuple[float, float, float, float], round_: bool = False
) -> None:
    """A picture cut and scaled to fill a box (left, top, right, bottom); within the ellipse of the box where asked."""
    left, top, right, bottom = (round(v) for v in box)
    size = max(1, right - left), max(1, bottom - top)
    scaled = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.BILINEAR)
    if round_:
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).ellipse((0, 0, size[0] - 1, size[1] - 1), fill=255)
        image.paste(scaled, (left, top), mask)
    else:
        image.paste(scaled, (left, top))


def bars(draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], key: str, ink: object = "black") -> None:
    """A bar code of a text."""
    left, top, right, bottom = box
    bits = np.unpackbits(np.frombuffer(key.encode(), np.uint8)).tolist()
    unit = (right - left) / sum(1 + bit for bit in bits)
    x = left
    for number, bit in enumerate(bits):
        wide = unit * (1 + bit)
        if number % 2 == 0:
            draw.rectangle((x, top, max(x, x + wide - 1), bottom), fill=ink)  # type: ignore[arg-type]
        x += wide


def squares(side: int, key: int, cells: int, ink: Colour = (0, 0, 0), paper: Colour = (255, 255, 255)) -> Image.Image:
    """A code of black and white squares with three finders, as readers look for; `key` decides on all other squares."""
    bits = np.random.default_rng(key).integers(0, 2, (cells, cells)).astype(bool)
    for top, left in ((0, 0), (0, cells - 7), (cells - 7, 0)):
        bits[max(0, top - 1) : top + 8, max(0, left - 1) : left + 8] = False
        bits[top : top + 7, left : left + 7] = True
        bits[top + 1 : top + 6, left + 1 : left + 6] = False
        bits[top + 2 : top + 5, left + 2 : left + 5] = True
    shown = np.where(bits[..., None], np.array(ink), np.array(paper)).astype(np.uint8)
    return Image.fromarray(shown).resize((side, side), Image.Resampling.NEAREST)
