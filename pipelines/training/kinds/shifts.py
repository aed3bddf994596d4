"""Long pages that are scrolled on, and maps that are dragged: each view shows something that the other does not."""

import functools
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.pages import charts, layouts, papers
from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import WHOLLY, Fields, Rng
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, put
from lookalike.pipelines.training.kinds.tools.looks import Look, between, block, line, look, photo, tint

Shift = Callable[[Rng, Rng, Image.Image, Image.Image], list[Image.Image]]
"""(design, content, a photograph, another one) -> two views that overlap."""
LEAST, MOST = 0.1, 0.6
"""How far the second view is from the first, as a share of its height or width."""
LONG = 2.0
"""Heights of a view that a page has."""


def article(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """Headings, prose and two photographs."""
    d = f.design
    image = Image.new("RGB", (width, height), style.ground)
    draw = ImageDraw.Draw(image)
    size, margin, y = between(d, 13, 18), between(d, 16, 60), 20.0
    pictures = [f.ground, f.shown]
    while y < height:
        if d.random() < 0.3:
            line(
                draw,
                (margin, y),
                write.words(3, 5)(d).capitalize(),
                size * 1.7,
                width - 2 * margin,
                style.ink,
                style.bold,
            )
            y += size * 2.6
        if pictures and d.random() < 0.3:
            tall = (width - 2 * margin) * float(d.uniform(0.4, 0.7))
            photo(image, pictures.pop(), (margin, y, width - margin, y + tall))
            y += tall + size
        words = between(d, 15, 50)
        y = block(draw, (margin, y), write.prose(words)(d), size, width - 2 * margin, style.ink, style.face) + size
    return image


def conversation(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """Bubbles at the left and the right, some with a photograph."""
    d = f.design
    image = Image.new("RGB", (width, height), style.ground)
    draw = ImageDraw.Draw(image)
    pictures, y = [f.ground, f.shown], 16.0
    while y < height:
        mine, lines = bool(d.random() < 0.5), between(d, 1, 4)
        wide = width * float(d.uniform(0.45, 0.72))
        left = width - wide - 12 if mine else 12.0
        if pictures and d.random() < 0.12:
            photo(image, pictures.pop(), (left, y, left + wide, y + wide * 0.7))
            y += wide * 0.7 + 12
            continue
        fill, ink = (style.accent, "white") if mine else (style.panel, style.ink)
        draw.rounded_rectangle((left, y, left + wide, y + 20 + 20 * lines), 14, fill=fill)
        for row in range(lines):
            line(draw, (left + 12, y + 8 + 20 * row), write.words(3, 6)(d), 15, wide - 24, ink, style.face)
        y += 30 + 20 * lines
    return image


def code(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """Lines of a program, numbered."""
    d = f.design
    image = Image.new("RGB", (width, height), style.ground)
    draw = ImageDraw.Draw(image)
    step, inks = between(d, 20, 26), [style.ink, style.accent, style.second, style.faint]
    for row in range(height // step + 1):
        x = 50.0 + 24 * between(d, 0, 3)
        put(draw, (10, row * step), str(row + 1), 12, style.faint, "mono")
        for _ in range(between(d, 0, 4)):
            text = write.word(d)
            put(draw, (x, row * step), text, 14, inks[between(d, 0, 3)], "mono")
            x += (len(text) + 1) * 8.6
    return image


def rows(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """A long table."""
    d = f.design
    image = Image.new("RGB", (width, height), style.ground)
    draw = ImageDraw.Draw(image)
    step, columns, striped = between(d, 24, 40), between(d, 2, 5), bool(d.random() < 0.5)
    wide = (width - 20) / columns
    sorts = (write.words(1, 2), write.amount, write.date, write.codes(6), write.name)
    kinds = [sorts[between(d, 0, 4)] for _ in range(columns)]
    for row in range(height // step + 1):
        y = row * step
        if striped and row % 2:
            draw.rectangle((0, y, width, y + step), fill=style.panel)
        else:
            draw.line((0, y, width, y), fill=style.panel)
        for column, kind in enumerate(kinds):
            line(draw, (10 + column * wide, y + 5), kind(d), 14, wide - 10, style.ink, style.face)
    return image


def feed(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """Posts: who, a text, a drawn tile or a photograph."""
    d = f.design
    image = Image.new("RGB", (width, height), style.panel)
    draw = ImageDraw.Draw(image)
    pictures, y = [f.ground, f.shown], 10.0
    while y < height:
        tall = width * float(d.uniform(0.35, 0.7))
        draw.rectangle((8, y, width - 8, y + tall + 110), fill=style.ground)
        draw.ellipse((18, y + 10, 54, y + 46), fill=tint(d, 50, 220))
        line(draw, (64, y + 16), write.name(d), 16, width - 90, style.ink, style.bold)
        box = (8.0, y + 58, width - 8.0, y + 58 + tall)
        if pictures and d.random() < 0.6:
            photo(image, pictures.pop(), box)
        else:
            draw.rectangle(box, fill=tint(d, 60, 230))
            put(
                draw,
                (width / 2, y + 58 + tall / 2),
                ICONS[between(d, 0, len(ICONS) - 1)],
                tall * 0.5,
                "white",
                "icons",
                anchor="mm",
            )
        block(draw, (18, y + 68 + tall), write.words(6, 9)(d), 15, width - 40, style.ink, style.face)
        y += tall + 124
    return image


def entries(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """A list with icons: settings, people, results, mails."""
    d = f.design
    image = Image.new("RGB", (width, height), style.ground)
    draw = ImageDraw.Draw(image)
    step, round_, toned = between(d, 48, 84), bool(d.random() < 0.5), bool(d.random() < 0.5)
    for row in range(height // step + 1):
        y = row * step + 6
        fill = tint(d, 50, 220) if toned else style.accent
        draw.rounded_rectangle((14, y, 50, y + 36), 18 if round_ else 6, fill=fill)
        put(draw, (32, y + 18), ICONS[between(d, 0, len(ICONS) - 1)], 18, "white", "icons", anchor="mm")
        line(draw, (62, y), write.words(2, 4)(d).capitalize(), 16, width - 150, style.ink, style.bold)
        line(draw, (62, y + 20), write.words(3, 7)(d), 13, width - 90, style.faint, style.face)
        put(draw, (width - 14, y), write.hour(d), 13, style.faint, style.face, anchor="ra")
        draw.line((62, y + step - 6, width, y + step - 6), fill=style.panel)
    return image


def tiles(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """A shop's or gallery's long grid."""
    d = f.design
    image = Image.new("RGB", (width, height), style.ground)
    draw = ImageDraw.Draw(image)
    columns = between(d, 2, 4)
    wide = (width - 8) / columns
    tall, told = wide * float(d.uniform(0.8, 1.4)), bool(d.random() < 0.7)
    pictured = {between(d, 0, 11): f.ground, between(d, 12, 23): f.shown}
    for number in range(columns * (int(height / tall) + 1)):
        x, y = 4 + number % columns * wide, number // columns * tall
        box = (x + 4, y + 4, x + wide - 4, y + tall - (40 if told else 4))
        if number in pictured:
            photo(image, pictured[number], box)
        else:
            draw.rectangle(box, fill=style.panel)
            icon, place = ICONS[between(d, 0, len(ICONS) - 1)], ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            put(draw, place, icon, wide * 0.4, tint(d, 30, 220), "icons", anchor="mm")
        if told:
            line(draw, (x + 8, y + tall - 36), write.words(1, 2)(d).title(), 14, wide - 16, style.ink, style.face)
            line(draw, (x + 8, y + tall - 19), write.price(d), 14, wide - 16, style.accent, style.bold)
    return image


def composed(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """Parts by chance below one another."""
    image = Image.new("RGB", (width, height), style.ground)
    for part in layouts.planned(f.design, style, (8.0, 8.0, width - 8.0, height - 8.0), False):
        part.draw(image, [maker(f.design) for maker in part.makers])
    return image


def papers_in_a_row(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """Pages of a document with gaps, as programs that show them."""
    d = f.design
    drawings = (papers.form, papers.invoice, papers.table, papers.ticked_form, papers.receipt, papers.timetable)
    image, y = Image.new("RGB", (width, height), style.panel), 10
    while y < height:
        page = drawings[between(d, 0, len(drawings) - 1)](f)
        tall = (width - 28) * page.height // page.width
        image.paste(page.resize((width - 28, tall), Image.Resampling.BILINEAR), (14, y))
        y += tall + 14
    return image


def strip(f: Fields, style: Look, width: int, height: int) -> Image.Image:
    """A comic's long strip: panels with shapes, figures and balloons."""
    d = f.design
    image = Image.new("RGB", (width, height), "white" if d.random() < 0.6 else style.panel)
    draw = ImageDraw.Draw(image)
    y = 10.0
    while y < height:
        tall = float(d.uniform(150, 360))
        draw.rectangle((12, y, width - 12, y + tall), fill=tint(d, 140, 250), outline="black", width=3)
        for _ in range(between(d, 2, 6)):
            x, v, r = d.uniform(40, width - 40), d.uniform(y + 40, y + tall - 40), d.uniform(10, 38)
            draw.ellipse((x - r, v - r, x + r, v + r), fill=tint(d, 30, 255), outline="black", width=2)
        icon = ICONS[between(d, 0, len(ICONS) - 1)]
        put(
            draw,
            (width * d.uniform(0.25, 0.75), y + tall * 0.6),
            icon,
            tall * 0.5,
            tint(d, 0, 150),
            "icons",
            anchor="mm",
        )
        draw.rounded_rectangle((24, y + 10, width * 0.62, y + 58), 20, fill="white", outline="black")
        line(draw, (36, y + 20), write.words(2, 5)(d).upper(), 22, width * 0.55, "black", "hand")
        y += tall + float(d.uniform(8, 60))
    return image


def _furniture(d: Rng, style: Look, width: int, height: int) -> Callable[[Image.Image, float], None]:
    """What stays in its place while a page is scrolled: bars above and below, a button; and a scroll bar that moves."""
    header, footer = between(d, 36, 84) * (d.random() < 0.5), between(d, 36, 60) * (d.random() < 0.25)
    title, bar, button = write.words(1, 3)(d).title(), bool(d.random() < 0.4), bool(d.random() < 0.15)
    icons = [ICONS[between(d, 0, len(ICONS) - 1)] for _ in range(4)]
    ground = (style.accent, style.ground)[between(d, 0, 1)]
    ink = style.ground if ground == style.accent else style.ink

    def put_on(view: Image.Image, share: float) -> None:
        draw = ImageDraw.Draw(view)
        if header:
            draw.rectangle((0, 0, width, header), fill=ground)
            line(draw, (16, header / 2), title, header * 0.45, width * 0.6, ink, style.bold, "lm")
            put(draw, (width - 28, header / 2), icons[0], header * 0.35, ink, "icons", anchor="mm")
        if footer:
            draw.rectangle((0, height - footer, width, height), fill=style.panel)
            for number, icon in enumerate(icons):
                place = (width * (number + 0.5) / 4, height - footer / 2)
                put(draw, place, icon, footer * 0.45, style.accent, "icons", anchor="mm")
        if bar:
            top = header + share * (height - header - footer) * 0.7
            draw.rounded_rectangle((width - 9, top, width - 3, top + (height - header) * 0.22), 3, fill=style.faint)
        if button:
            draw.ellipse((width - 76, height - 96, width - 20, height - 40), fill=style.second)

    return put_on


def _scrolled(
    page: Callable[[Fields, Look, int, int], Image.Image],
    design: Rng,
    content: Rng,
    ground: Image.Image,
    shown: Image.Image,
) -> list[Image.Image]:
    f = Fields(design, content, ground, shown, WHOLLY)
    style = look(design, 0.3)
    tall_ones = design.random() < 0.5
    width = between(design, 320, 440) if tall_ones else between(design, 520, 760)
    height = between(design, 560, 760) if tall_ones else between(design, 380, 520)
    long = page(f, style, width, int(LONG * height))
    put_on = _furniture(design, style, width, height)
    by = int(height * content.uniform(LEAST, MOST))
    first = int(content.uniform(0, long.height - height - by))
    views = []
    for top in (first, first + by):
        view = long.crop((0, top, width, top + height))
        put_on(view, top / long.height)
        views.append(view)
    return views


def dragged_map(design: Rng, content: Rng, ground: Image.Image, shown: Image.Image) -> list[Image.Image]:
    """One map, dragged in any direction under its program's buttons."""
    style = look(design, 0.3)
    width, height = between(design, 360, 680), between(design, 360, 560)
    wide = charts.town(design, 2 * width, 2 * height, style)
    put_on = _furniture(design, style, width, height)
    turn, by = content.uniform(0, 2 * np.pi), content.uniform(LEAST, 0.45)
    x, y = int(width / 2), int(height / 2)
    dx, dy = int(by * width * np.cos(turn)), int(by * height * np.sin(turn))
    views = []
    for left, top in ((x, y), (x + dx, y + dy)):
        view = wide.crop((left, top, left + width, top + height))
        put_on(view, 0.0)
        views.append(view)
    return views


PAGES = (article, conversation, code, rows, feed, entries, tiles, composed, papers_in_a_row, strip)

SHIFTS: dict[str, tuple[str, Shift]] = {
    **{f"scrolled_{page.__name__}": ("overlap", functools.partial(_scrolled, page)) for page in PAGES},
    "dragged_map": ("overlap", dragged_map),
}
"""Name -> what the two views are to one another, and how they are made."""
