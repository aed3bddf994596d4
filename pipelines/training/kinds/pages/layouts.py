"""Pages out of parts by chance: no two designs have the same layout.

The box of a page is divided into rows and columns, and in each cell stands a part: a title, prose, a table, a chart, a
list, figures, a photograph, buttons. A part of the design's is the same in every content.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, Maker, colour, flag, one_of, photograph, share
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, amount, date, name, put
from lookalike.pipelines.training.kinds.tools.looks import Look, Rng, between, block, line, look, photo, sheet

Box = tuple[float, float, float, float]
ICON = one_of(len(ICONS))


class Part(NamedTuple):
    """What stands in a cell. makers: of its fields. draw: sets their values."""

    makers: list[Maker]
    draw: Callable[[Image.Image, list[Any]], None]


Planner = Callable[[Rng, Look, Box], Part]


def _title(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    size = min(bottom - top, float(d.uniform(22, 44)))
    tone = (style.ink, style.accent)[between(d, 0, 1)]
    place = (left, (top + bottom) / 2)

    def draw(image: Image.Image, values: list[Any]) -> None:
        line(ImageDraw.Draw(image), place, values[0].capitalize(), size, right - left, tone, style.bold, "lm")

    return Part([write.words(2, 4)], draw)


def _prose(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    size = between(d, 11, 16)
    rows = int((bottom - top) / (size * 1.35))
    words = max(2, min(90, int((rows - 1) * (right - left) / (size * 4.8))))

    def draw(image: Image.Image, values: list[Any]) -> None:
        block(ImageDraw.Draw(image), (left, top), values[0], size, right - left, style.ink, style.face)

    return Part([write.prose(words)], draw)


def _list(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    step = between(d, 22, 40)
    rows = max(1, int((bottom - top) / step))
    mark = between(d, 0, 3)
    keys = [write.word(d, 1, 2).title() for _ in range(rows)]

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        for row, text in enumerate(values):
            y, x = top + row * step, left
            if mark == 0:
                pen.ellipse((left, y + 6, left + 8, y + 14), fill=style.accent)
                x += 18
            elif mark == 1:
                put(pen, (left, y), f"{row + 1}.", 15, style.accent, style.bold)
                x += 26
            elif mark == 2:
                line(pen, (left, y), keys[row], 14, (right - left) * 0.38, style.faint, style.face)
                x += (right - left) * 0.42
            line(pen, (x, y), text, 15, right - x, style.ink, style.face)

    return Part([write.words(1, 4)] * rows, draw)


def _table(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    step, columns = between(d, 20, 32), max(2, min(between(d, 2, 6), int((right - left) / 60)))
    rows = max(2, int((bottom - top) / step))
    wide = (right - left) / columns
    heads = [write.word(d, 1, 3).title() for _ in range(columns)]
    sorts = (write.words(1, 2), write.digits(1, 5), amount, date, name)
    kinds = [sorts[between(d, 0, 4)] for _ in range(columns)]
    fashion = between(d, 0, 2)

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        pen.rectangle((left, top, right, top + step), fill=style.accent if fashion else style.panel)
        for column, head in enumerate(heads):
            tone = style.ground if fashion else style.ink
            line(pen, (left + column * wide + 4, top + 3), head, 13, wide - 8, tone, style.bold)
        for number, text in enumerate(values):
            x, y = left + number % columns * wide, top + (number // columns + 1) * step
            if fashion == 2 and number % columns == 0 and number // columns % 2:
                pen.rectangle((left, y, right, y + step), fill=style.panel)
            elif fashion == 1:
                pen.rectangle((x, y, x + wide, y + step), outline=style.panel)
            line(pen, (x + 4, y + 3), text, 13, wide - 8, style.ink, style.face)

    return Part(kinds * (rows - 1), draw)


def _chart(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    count, kind = between(d, 4, 14), between(d, 0, 3)
    step, tall = (right - left) / count, bottom - top - 10
    tones = (style.accent, style.second, style.faint)

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        places = [(left + (n + 0.5) * step, bottom - tall * (0.05 + 0.9 * v)) for n, v in enumerate(values)]
        if kind == 3:
            side, start = min(right - left, bottom - top), 0.0
            total = sum(values) + 0.1 * count
            for n, value in enumerate(values):
                end = start + 360 * (value + 0.1) / total
                pen.pieslice((left, top, left + side, top + side), start, end, fill=tones[n % 3], outline=style.ground)
                start = end
            return
        pen.line((left, top, left, bottom, right, bottom), fill=style.faint)
        if kind == 0:
            for x, y in places:
                pen.rectangle((x - step * 0.35, y, x + step * 0.35, bottom), fill=style.accent)
        elif kind == 1:
            pen.line(places, fill=style.accent, width=3)
        else:
            for x, y in places:
                pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=style.second)

    return Part([share] * count, draw)


def _figure(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    label, sort = write.words(1, 2)(d).title(), (amount, write.digits(2, 6), write.hour)[between(d, 0, 2)]

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        pen.rounded_rectangle(box, 8, fill=style.panel)
        line(pen, (left + 12, top + 8), label, 13, right - left - 24, style.faint, style.face)
        place = (left + 12, (top + bottom) / 2 + 8)
        line(pen, place, values[0], min(46, (bottom - top) * 0.5), right - left - 24, style.accent, style.bold, "lm")

    return Part([sort], draw)


def _fields(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    step = between(d, 44, 56)
    rows = max(1, int((bottom - top) / step))
    labels = [write.words(1, 2)(d).title() for _ in range(rows)]
    kinds = [(name, date, write.codes(8), write.phone, write.address)[between(d, 0, 4)] for _ in range(rows)]

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        for row, text in enumerate(values):
            y = top + row * step
            line(pen, (left, y), labels[row], 12, right - left, style.faint, style.face)
            pen.rectangle((left, y + 15, right, y + 38), outline=style.faint)
            line(pen, (left + 6, y + 18), text, 15, right - left - 12, style.ink, style.face)

    return Part(kinds, draw)


def _choices(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    step = between(d, 26, 40)
    rows = max(1, int((bottom - top) / step))
    labels = [write.words(2, 4)(d) for _ in range(rows)]
    round_ = between(d, 0, 2)

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        for row, chosen in enumerate(values):
            y = top + row * step
            if round_ == 2:
                pen.rounded_rectangle((left, y, left + 34, y + 18), 9, fill=style.accent if chosen else style.faint)
                x = left + 25 if chosen else left + 9
                pen.ellipse((x - 7, y + 2, x + 7, y + 16), fill=style.ground)
            else:
                shape = pen.ellipse if round_ else pen.rectangle
                shape((left, y, left + 17, y + 17), outline=style.ink, fill=style.accent if chosen else None)
            line(pen, (left + 44, y), labels[row], 14, right - left - 46, style.ink, style.face)

    return Part([flag] * rows, draw)


def _icons(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    columns = max(1, int((right - left) / between(d, 60, 110)))
    rows = max(1, int((bottom - top) / between(d, 60, 110)))
    wide, tall = (right - left) / columns, (bottom - top) / rows
    toned = bool(d.random() < 0.5)

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        for number in range(columns * rows):
            x, y = left + (number % columns + 0.5) * wide, top + (number // columns + 0.5) * tall
            icon, tone = values[2 * number : 2 * number + 2] if toned else (values[number], style.accent)
            put(pen, (x, y), ICONS[icon], min(wide, tall) * 0.5, tone, "icons", anchor="mm")

    return Part([ICON, colour(40, 230)] * (columns * rows) if toned else [ICON] * (columns * rows), draw)


def _people(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    step = between(d, 46, 64)
    rows = max(1, int((bottom - top) / step))

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        for row in range(rows):
            who, text, tone = values[3 * row : 3 * row + 3]
            y = top + row * step
            pen.ellipse((left, y, left + 36, y + 36), fill=tone)
            line(pen, (left + 46, y), who, 15, right - left - 48, style.ink, style.bold)
            line(pen, (left + 46, y + 19), text, 13, right - left - 48, style.faint, style.face)

    return Part([name, write.words(3, 6), colour(50, 220)] * rows, draw)


def _buttons(d: Rng, style: Look, box: Box) -> Part:
    left, top, right, bottom = box
    count = max(1, int((right - left) / 150))
    wide, tall = (right - left) / count, min(44.0, bottom - top)
    round_ = between(d, 0, 20)

    def draw(image: Image.Image, values: list[Any]) -> None:
        pen = ImageDraw.Draw(image)
        for number, text in enumerate(values):
            x = left + number * wide
            fill = style.accent if number == 0 else style.panel
            pen.rounded_rectangle((x, top, x + wide - 10, top + tall), round_, fill=fill)
            ink = style.ground if number == 0 else style.ink
            line(pen, (x + wide / 2 - 5, top + tall / 2), text.title(), 16, wide - 30, ink, style.face, "mm")

    return Part([write.words(1, 2)] * count, draw)


def _photo(d: Rng, style: Look, box: Box) -> Part:
    def draw(image: Image.Image, values: list[Any]) -> None:
        photo(image, values[0], box)

    return Part([photograph], draw)


PARTS: tuple[tuple[Planner, float], ...] = (
    *((_title, 22.0), (_prose, 60.0), (_list, 50.0), (_table, 70.0), (_chart, 90.0), (_figure, 70.0)),
    *((_fields, 50.0), (_choices, 40.0), (_icons, 60.0), (_people, 50.0), (_buttons, 30.0)),
)
"""Parts, and the least height of each in px."""


def cells(d: Rng, box: Box, least: float = 150.0) -> list[Box]:
    """A box divided by chance, each cell with a margin about it."""
    left, top, right, bottom = box
    wide, tall = right - left, bottom - top
    if (wide < 2 * least and tall < 2 * least * 0.7) or (max(wide, tall) < 3 * least and d.random() < 0.25):
        return [(left + 8, top + 8, right - 8, bottom - 8)]
    cut = float(d.uniform(0.3, 0.7))
    if wide > tall * float(d.uniform(0.8, 1.6)) and wide >= 1.6 * least:
        x = left + cut * wide
        return [*cells(d, (left, top, x, bottom), least), *cells(d, (x, top, right, bottom), least)]
    y = top + cut * tall
    return [*cells(d, (left, top, right, y), least), *cells(d, (left, y, right, bottom), least)]


def planned(d: Rng, style: Look, box: Box, photographs: bool) -> list[Part]:
    """A part for every cell of a box; photographs: one of them may be a photograph."""
    parts = []
    for cell in cells(d, box):
        tall, wide = cell[3] - cell[1], cell[2] - cell[0]
        if photographs and tall > 80 and wide > 80 and d.random() < 0.2:
            parts.append(_photo(d, style, cell))
            photographs = False
            continue
        fitting = [plan for plan, least in PARTS if least <= tall]
        if fitting and wide > 50:
            parts.append(fitting[between(d, 0, len(fitting) - 1)](d, style, cell))
    return parts


def _frame(d: Rng, style: Look, image: Image.Image) -> Box:
    """A bar above, at the left or below, by chance; the box that is left."""
    pen = ImageDraw.Draw(image)
    w, h = image.size
    left, top, right, bottom = 12.0, 12.0, w - 12.0, h - 12.0
    if d.random() < 0.6:
        tall = between(d, 34, 70)
        pen.rectangle((0, 0, w, tall), fill=style.accent)
        line(pen, (16, tall / 2), write.words(1, 3)(d).title(), tall * 0.5, w * 0.5, style.ground, style.bold, "lm")
        top = tall + 8
    if d.random() < 0.3 and w > 480:
        wide = between(d, 90, 160)
        pen.rectangle((0, top - 8, wide, h), fill=style.panel)
        for row in range(between(d, 4, 10)):
            line(pen, (12, top + 8 + row * 32), write.words(1, 1)(d).title(), 14, wide - 20, style.ink, style.face)
        left = wide + 8
    if d.random() < 0.3:
        pen.rectangle((0, h - 40, w, h), fill=style.panel)
        line(pen, (w / 2, h - 20), write.words(3, 6)(d), 13, w - 40, style.faint, style.face, "mm")
        bottom = h - 48
    return left, top, right, bottom


def _composed(f: Fields, of_content: float) -> Image.Image:
    """of_content: the share of the parts that contents may fill in; at least one."""
    d, style = f.design, look(f.design, 0.3)
    image = sheet(d, (340, 900), (340, 900), style.ground)
    box = _frame(d, style, image)
    parts = planned(d, style, box, of_content < 1) or [_title(d, style, box)]
    own = [bool(d.random() < of_content) for _ in parts]
    own[between(d, 0, len(own) - 1)] = True
    for part, filled in zip(parts, own, strict=True):
        if not filled:
            part.draw(image, [f.ground if maker is photograph else maker(d) for maker in part.makers])
    values = iter(f.fill(*(maker for part, filled in zip(parts, own, strict=True) if filled for maker in part.makers)))
    for part, filled in zip(parts, own, strict=True):
        if filled:
            part.draw(image, [next(values) for _ in part.makers])
    return image


def composed_page(f: Fields) -> Image.Image:
    """A page whose parts are all the content's."""
    return _composed(f, 1.0)


def composed_form(f: Fields) -> Image.Image:
    """A page of which contents fill in a part or a few, the rest is the design's."""
    return _composed(f, 0.3)


GROUNDS = (composed_form,)
"""What stays is enough for a ground: two of them are variants whatever is filled in."""
TEXTS = (composed_page,)
"""Mostly content: variants only while most of it is the same."""
PICTURED = (composed_form,)
"""Show photographs."""
