"""Pages, screens, cards, charts, products and signs: a design and a content in, a picture out.

A template draws the same ground for the same design, and what is written, shown or filled in for the content. Two
contents of one design are look-alikes, never copies; how much they have in common is drawn too (fields).
"""

import functools
from collections.abc import Callable, Iterator

from PIL import Image

from lookalike.pipelines.training.kinds.pages import (
    cards,
    charts,
    drawings,
    layouts,
    papers,
    phones,
    pictures,
    products,
    screens,
    sheets,
)
from lookalike.pipelines.training.kinds.tools.fields import LEVELS, SLIGHT, WHOLLY, Fields, Rng

Template = Callable[[Rng, Rng, Image.Image, Image.Image], Image.Image]
"""(design, content, a photograph of the design's, a photograph of the content's) -> picture."""
Drawing = Callable[[Fields], Image.Image]

GROUNDS: tuple[Drawing, ...] = (
    *(*papers.GROUNDS, *cards.GROUNDS, *screens.GROUNDS, *phones.GROUNDS),
    *(*charts.GROUNDS, *drawings.GROUNDS, *products.GROUNDS, *pictures.GROUNDS),
    *(*layouts.GROUNDS, *sheets.GROUNDS),
)
"""What stays is a ground: two contents are variants, whatever is filled in."""
TEXTS: tuple[Drawing, ...] = (
    *papers.TEXTS,
    *screens.TEXTS,
    *phones.TEXTS,
    *drawings.TEXTS,
    *products.TEXTS,
    *layouts.TEXTS,
    *sheets.TEXTS,
)
"""Mostly content: two contents are variants where most of it is the same, and share a frame where all differs."""
FRAMES: tuple[Drawing, ...] = (*screens.FRAMES, *charts.FRAMES, *pictures.FRAMES)
"""One photograph or drawing fills most: another one there shares a frame."""
TOLD: tuple[Drawing, ...] = (*screens.TOLD, *phones.TOLD, *pictures.TOLD)
"""The same with texts of the content's: two contents are variants where the photograph stays."""


def _drawn(
    drawing: Drawing,
    levels: dict[str, float],
    pictured: bool,
    design: Rng,
    content: Rng,
    ground: Image.Image,
    shown: Image.Image,
) -> Image.Image:
    return drawing(Fields(design, content, ground, shown, levels, pictured))


def _named() -> Iterator[tuple[str, tuple[str, Template]]]:
    for drawing in GROUNDS:
        yield drawing.__name__, ("variant", functools.partial(_drawn, drawing, LEVELS, True))
    for drawing in TEXTS:
        yield drawing.__name__, ("", functools.partial(_drawn, drawing, WHOLLY, True))
        yield f"{drawing.__name__}_edited", ("variant", functools.partial(_drawn, drawing, SLIGHT, True))
    for drawing in (*FRAMES, *TOLD):
        yield drawing.__name__, ("", functools.partial(_drawn, drawing, WHOLLY, True))
    for drawing in TOLD:
        yield f"{drawing.__name__}_edited", ("variant", functools.partial(_drawn, drawing, LEVELS, False))


TEMPLATES: dict[str, tuple[str, Template]] = dict(_named())
"""Name -> what two contents of one design are to one another ('': nothing, they share a frame), and the template."""

PICTURED = frozenset(
    name
    for module in (cards, layouts, phones, pictures, products, screens)
    for drawing in module.PICTURED
    for name in (drawing.__name__, f"{drawing.__name__}_edited")
    if name in TEMPLATES
)
"""Names of the templates that show photographs; to the others it is all one which are given."""
