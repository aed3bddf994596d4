"""Charts, maps and diagrams."""

import itertools

import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, colour, flag, one_of, share
from lookalike.pipelines.training.kinds.tools.lettering import put
from lookalike.pipelines.training.kinds.tools.looks import Look, between, line, look, page, sheet, tint

Box = tuple[float, float, float, float]


def _plot(f: Fields, style: Look) -> tuple[Image.Image, ImageDraw.ImageDraw, Box]:
    """A title, axes and a grid; and the box between them."""
    d = f.design
    image = sheet(d, (420, 760), (300, 560), style.ground)
    draw = ImageDraw.Draw(image)
    box = (60.0, 56.0, image.width - 24.0, image.height - 46.0)
    left, top, right, bottom = box
    line(draw, (image.width / 2, 26), write.sentence(d, 3)[:-1], 20, image.width - 60, style.ink, style.bold, "mm")
    grid, rows = between(d, 0, 2), between(d, 4, 7)
    for row in range(rows + 1):
        y = bottom - row * (bottom - top) / rows
        if grid:
            draw.line((left, y, right, y), fill=style.panel, width=1)
        put(draw, (left - 8, y), str(row * between(d, 1, 9) * 10), 12, style.faint, style.face, anchor="rm")
    if grid == 2:
        for x in np.linspace(left, right, rows + 2).tolist():
            draw.line((x, top, x, bottom), fill=style.panel)
    if d.random() < 0.3:
        draw.rectangle(box, outline=style.ink)
    else:
        draw.line((left, top, left, bottom, right, bottom), fill=style.ink, width=2)
    return image, draw, box


def _labels(f: Fields, draw: ImageDraw.ImageDraw, box: Box, style: Look, count: int) -> None:
    left, _, right, bottom = box
    for number in range(count):
        x = left + (number + 0.5) * (right - left) / count
        line(
            draw,
            (x, bottom + 14),
            write.word(f.design, 1, 2),
            12,
            (right - left) / count,
            style.faint,
            style.face,
            "mm",
        )


def _tones(f: Fields, style: Look, count: int) -> list[tuple[int, int, int]]:
    return [style.accent, style.second, *(tint(f.design, 60, 220) for _ in range(count))][:count]


def bar_chart(f: Fields) -> Image.Image:
    """Upright bars, alone, in groups or on one another."""
    d, style = f.design, look(f.design, 0.25)
    image, draw, box = _plot(f, style)
    left, top, right, bottom = box
    count, series, stacked = between(d, 4, 12), between(d, 1, 3), bool(d.random() < 0.4)
    _labels(f, draw, box, style, count)
    tones = _tones(f, style, series)
    step = (right - left) / count
    values = f.fill(*[share] * (count * series))
    for place in range(count):
        base = bottom
        for number in range(series):
            tall = (bottom - top) * (0.04 + 0.9 * values[place * series + number])
            x = left + step * (place + 0.14)
            if stacked:
                tall /= series
                draw.rectangle((x, base - tall, x + step * 0.72, base), fill=tones[number])
                base -= tall
            else:
                wide = step * 0.72 / series
                draw.rectangle(
                    (x + number * wide, bottom - tall, x + (number + 1) * wide - 1, bottom), fill=tones[number]
                )
    return image


def lying_bars(f: Fields) -> Image.Image:
    """Bars from the left, with names and values."""
    d, style, image, draw = page(f, 0.25, (420, 720), (300, 560))
    line(draw, (16, 12), write.sentence(d, 3)[:-1], 20, image.width - 32, style.ink, style.bold)
    rows = between(d, 4, 12)
    step, left = (image.height - 60) / rows, image.width * 0.26
    for row, value in enumerate(f.fill(*[share] * rows)):
        y = 50 + row * step
        line(draw, (left - 10, y + step / 2), write.word(d, 2, 3).title(), 15, left - 20, style.ink, style.face, "rm")
        end = left + (image.width - left - 60) * (0.03 + 0.97 * value)
        draw.rectangle((left, y + step * 0.15, end, y + step * 0.8), fill=style.accent)
        put(draw, (end + 6, y + step / 2), str(int(value * 1000)), 13, style.faint, style.face, anchor="lm")
    return image


def line_chart(f: Fields) -> Image.Image:
    """Curves over time, with marks or filled below."""
    d, style = f.design, look(f.design, 0.3)
    image, draw, box = _plot(f, style)
    left, top, right, bottom = box
    count, series = between(d, 5, 24), between(d, 1, 4)
    _labels(f, draw, box, style, min(count, 8))
    fashion, tones = between(d, 0, 2), _tones(f, style, series)
    values = f.fill(*[share] * (count * series))
    for number in range(series):
        run = values[number * count : (number + 1) * count]
        points = [
            (left + i * (right - left) / (count - 1), bottom - (bottom - top) * (0.05 + 0.9 * v))
            for i, v in enumerate(run)
        ]
        if fashion == 2 and series == 1:
            draw.polygon([(left, bottom), *points, (right, bottom)], fill=tones[0])
        draw.line(points, fill=tones[number], width=between(d, 2, 4))
        if fashion == 1:
            for x, y in points:
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=tones[number])
    return image


def scatter(f: Fields) -> Image.Image:
    """Dots of two sorts."""
    d, style = f.design, look(f.design, 0.25)
    image, draw, box = _plot(f, style)
    left, top, right, bottom = box
    count, slope, r = between(d, 12, 60), float(d.uniform(-0.8, 0.8)), between(d, 3, 7)
    tones = _tones(f, style, 2)
    values = f.fill(*[share] * (2 * count))
    for number in range(count):
        x, y = values[2 * number : 2 * number + 2]
        y = min(1.0, max(0.0, 0.5 + slope * (x - 0.5) + (1 - abs(slope)) * (y - 0.5)))
        a, b = left + x * (right - left), bottom - y * (bottom - top)
        draw.ellipse((a - r, b - r, a + r, b + r), fill=tones[number % 2])
    return image


def pie(f: Fields) -> Image.Image:
    """Slices or a ring, with a legend."""
    d, style, image, draw = page(f, 0.25, (420, 660), (300, 460))
    w, h = image.size
    line(draw, (w / 2, 24), write.sentence(d, 2)[:-1], 20, w - 40, style.ink, style.bold, "mm")
    count, ring = between(d, 3, 7), bool(d.random() < 0.4)
    tones = _tones(f, style, count)
    values = [0.15 + value for value in f.fill(*[share] * count)]
    side, start = h - 80.0, -90.0
    for value, tone in zip(values, tones, strict=True):
        end = start + 360 * value / sum(values)
        draw.pieslice((24, 56, 24 + side, 56 + side), start, end, fill=tone, outline=style.ground, width=2)
        start = end
    if ring:
        a = side * 0.28
        draw.ellipse((24 + a, 56 + a, 24 + side - a, 56 + side - a), fill=style.ground)
    for row, (value, tone) in enumerate(zip(values, tones, strict=True)):
        x, y = side + 44, 70 + row * 30
        draw.rectangle((x, y, x + 16, y + 16), fill=tone)
        text = f"{write.word(d, 1, 2)} {100 * value / sum(values):.0f}%"
        line(draw, (x + 24, y), text, 15, w - x - 30, style.ink, style.face)
    return image


def radar(f: Fields) -> Image.Image:
    """A web with one or two outlines."""
    d, style, image, draw = page(f, 0.25, (360, 520), (360, 520))
    w, h = image.size
    spokes, series = between(d, 5, 9), between(d, 1, 2)
    r = min(w, h) * 0.38
    angles = [2 * np.pi * i / spokes - np.pi / 2 for i in range(spokes)]
    for ring in range(1, 5):
        points = [(w / 2 + r * ring / 4 * np.cos(a), h / 2 + r * ring / 4 * np.sin(a)) for a in angles]
        draw.polygon(points, outline=style.faint)
    for a in angles:
        x, y = w / 2 + r * np.cos(a), h / 2 + r * np.sin(a)
        draw.line((w / 2, h / 2, x, y), fill=style.faint)
        put(draw, (x + 14 * np.cos(a), y + 14 * np.sin(a)), write.word(d, 1, 2), 13, style.ink, style.face, anchor="mm")
    values = f.fill(*[share] * (spokes * series))
    for number, tone in enumerate(_tones(f, style, series)):
        run = values[number * spokes : (number + 1) * spokes]
        points = [
            (w / 2 + r * (0.1 + 0.9 * v) * np.cos(a), h / 2 + r * (0.1 + 0.9 * v) * np.sin(a))
            for v, a in zip(run, angles, strict=True)
        ]
        draw.line([*points, points[0]], fill=tone, width=4)
    return image


def heat_map(f: Fields) -> Image.Image:
    """A matrix of coloured cells, some with figures."""
    d, style, image, draw = page(f, 0.15, (360, 600), (320, 560))
    w, h = image.size
    columns, rows, written = between(d, 5, 12), between(d, 5, 12), bool(d.random() < 0.4)
    line(draw, (w / 2, 22), write.sentence(d, 2)[:-1], 18, w - 30, style.ink, style.bold, "mm")
    wide, tall = (w - 80) / columns, (h - 80) / rows
    low, high = np.array(style.ground), np.array(style.accent)
    for number, value in enumerate(f.fill(*[share] * (columns * rows))):
        x, y = 60 + number % columns * wide, 44 + number // columns * tall
        fill = tuple(int(v) for v in low + (high - low) * value)
        draw.rectangle((x, y, x + wide - 1, y + tall - 1), fill=fill)
        if written:
            put(draw, (x + wide / 2, y + tall / 2), f"{value:.1f}"[1:], 12, style.ink, style.face, anchor="mm")
    for row in range(rows):
        line(draw, (54, 44 + (row + 0.5) * tall), write.word(d, 1, 2), 12, 50, style.ink, style.face, "rm")
    return image


def candles(f: Fields) -> Image.Image:
    """A share's days: up or down, from where to where."""
    d, style = f.design, look(f.design, 0.6)
    image, draw, box = _plot(f, style)
    left, top, right, bottom = box
    count = between(d, 12, 30)
    step = (right - left) / count
    values = f.fill(*[share, share, flag] * count)
    for number in range(count):
        middle, body, up = values[3 * number : 3 * number + 3]
        x, y = left + (number + 0.5) * step, bottom - (bottom - top) * (0.15 + 0.7 * middle)
        tall = (bottom - top) * (0.02 + 0.1 * body)
        tone = (40, 170, 100) if up else (215, 60, 60)
        draw.line((x, y - tall * 1.5, x, y + tall * 1.5), fill=tone, width=1)
        draw.rectangle((x - step * 0.32, y - tall, x + step * 0.32, y + tall), fill=tone)
    return image


def gantt(f: Fields) -> Image.Image:
    """A plan: bars over weeks."""
    d, style, image, draw = page(f, 0.2, (520, 820), (300, 520))
    rows, weeks = between(d, 5, 11), between(d, 6, 14)
    left, step = image.width * 0.22, (image.height - 50) / rows
    for week in range(weeks + 1):
        x = left + week * (image.width - left - 16) / weeks
        draw.line((x, 36, x, image.height - 10), fill=style.panel)
        put(draw, (x + 4, 14), str(week + 1), 12, style.faint, style.face)
    values = f.fill(*[share, share] * rows)
    for row in range(rows):
        y = 40 + row * step
        line(draw, (12, y + step / 2), write.sentence(d, 2)[:-1], 14, left - 24, style.ink, style.face, "lm")
        start, length = values[2 * row], 0.1 + 0.5 * values[2 * row + 1]
        x = left + start * 0.6 * (image.width - left - 16)
        end = min(image.width - 16.0, x + length * (image.width - left - 16))
        fill = style.accent if row % 3 else style.second
        draw.rounded_rectangle((x, y + step * 0.2, end, y + step * 0.75), 6, fill=fill)
    return image


def choropleth(f: Fields) -> Image.Image:
    """Districts of one country, each in one of a few tones."""
    d, style = f.design, look(f.design, 0.2)
    image = sheet(d, (400, 640), (360, 560), style.ground)
    w, h = image.size
    count = between(d, 12, 34)
    seeds = d.uniform(0.2, 0.8, (count, 2)) * (w, h)
    ys, xs = np.mgrid[0:h:3, 0:w:3]
    distance = (xs[..., None] - seeds[:, 0]) ** 2 + (ys[..., None] - seeds[:, 1]) ** 2
    nearest = distance.argmin(-1)
    angle = np.arctan2(ys - h / 2, (xs - w / 2) * h / w)
    waves = d.uniform(-0.08, 0.08, (2, 6))
    rim = 0.4 + sum(waves[0, k] * np.cos((k + 1) * angle) + waves[1, k] * np.sin((k + 1) * angle) for k in range(6))
    inside = np.hypot((xs - w / 2) * h / w, ys - h / 2) < rim * h
    shades = [
        style.panel,
        *(tuple(int(a + (b - a) * s) for a, b in zip(style.panel, style.accent, strict=True)) for s in (0.35, 0.7, 1)),
    ]
    tones = f.fill(*[one_of(4)] * count)
    shown = np.array([shades[tone] for tone in tones])[nearest]
    border = (nearest != np.roll(nearest, 1, 0)) | (nearest != np.roll(nearest, 1, 1))
    shown[border] = style.ink
    shown[~inside] = style.ground
    image.paste(Image.fromarray(shown.astype(np.uint8)).resize((w, h), Image.Resampling.BILINEAR))
    line(ImageDraw.Draw(image), (16, 10), write.sentence(d, 2)[:-1], 20, w - 32, style.ink, style.bold)
    return image


def town(rng: np.random.Generator, width: int, height: int, style: Look) -> Image.Image:
    """Streets, parks and water of a town, as maps show them."""
    image = Image.new("RGB", (width, height), style.panel)
    draw = ImageDraw.Draw(image)
    for fill in ((170, 210, 160), (160, 195, 230), (215, 205, 190)):
        for _ in range(int(rng.integers(2, 6))):
            x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(20, 110)
            corners = np.sort(rng.uniform(0, 2 * np.pi, 7))
            draw.polygon([(x + r * np.cos(v), y + r * np.sin(v)) for v in corners.tolist()], fill=fill)
    turn = float(rng.uniform(0, np.pi))
    for wide, count in ((3, 26), (7, 9), (13, 3)):
        for number in range(count):
            a = turn + (np.pi / 2 if number % 2 else 0) + float(rng.normal(0, 0.12))
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            dx, dy = float(1500 * np.cos(a)), float(1500 * np.sin(a))
            fill = style.accent if wide == 13 else (style.ground if wide == 7 else style.faint)
            draw.line((x - dx, y - dy, x + dx, y + dy), fill=fill, width=wide)
    for _ in range(14):
        place = float(rng.uniform(0, width - 60)), float(rng.uniform(0, height - 20))
        put(draw, place, write.word(rng, 2, 3).title(), 13, style.ink, style.face)
    return image


def marked_map(f: Fields) -> Image.Image:
    """One map; pins and a way are the content's."""
    d, style = f.design, look(f.design, 0.3)
    w, h = between(d, 380, 720), between(d, 360, 640)
    image = town(d, w, h, style)
    draw = ImageDraw.Draw(image)
    pins, way = between(d, 2, 6), bool(d.random() < 0.5)
    values = f.fill(*[share, share] * pins)
    places = [(20 + (w - 40) * x, 40 + (h - 60) * y) for x, y in zip(values[::2], values[1::2], strict=True)]
    if way:
        draw.line(places, fill=(60, 110, 240), width=6)
    for x, y in places:
        put(draw, (x, y), "\uf3c5", 34, (220, 40, 50), "icons", anchor="ms")
    return image


def map_tile(f: Fields) -> Image.Image:
    """A map in one program's colours: every content is another town."""
    d, style = f.design, look(f.design, 0.3)
    w, h = between(d, 320, 640), between(d, 320, 560)
    (key,) = f.fill(one_of(10**9))
    image = town(np.random.default_rng(key), w, h, style)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((14, 14, w * 0.6, 54), 18, fill=style.ground)
    line(draw, (30, 34), write.sentence(d, 2)[:-1], 18, w * 0.5, style.faint, style.face, "lm")
    for place, sign in enumerate("+-"):
        draw.rectangle((w - 50, h - 100 + 40 * place, w - 16, h - 66 + 40 * place), fill=style.ground)
        put(draw, (w - 33, h - 83 + 40 * place), sign, 24, style.ink, style.face, anchor="mm")
    return image


def flow_chart(f: Fields) -> Image.Image:
    """Boxes and arrows; what is written in the boxes is the content's."""
    d, style, image, draw = page(f, 0.25, (440, 760), (400, 640))
    w, h = image.size
    columns, rows = between(d, 2, 4), between(d, 3, 5)
    used = [n for n in range(columns * rows) if d.random() < 0.75] or [0]
    centres = [(w * (n % columns + 0.5) / columns, h * (n // columns + 0.5) / rows) for n in used]
    for (x, y), (a, b) in itertools.pairwise(centres):
        draw.line((x, y, a, b), fill=style.faint, width=2)
        put(draw, ((x + a) / 2, (y + b) / 2), "\uf0dd", 16, style.faint, "icons", anchor="mm")
    shapes = d.integers(0, 3, len(used)).tolist()
    wide, tall = w / columns * 0.38, h / rows * 0.28
    texts = f.fill(*[write.words(1, 2)] * len(used))
    for (x, y), shape, text in zip(centres, shapes, texts, strict=True):
        box = (x - wide, y - tall, x + wide, y + tall)
        if shape == 0:
            draw.rectangle(box, fill=style.panel, outline=style.accent, width=2)
        elif shape == 1:
            draw.ellipse(box, fill=style.panel, outline=style.second, width=2)
        else:
            corners = ((x - wide, y), (x, y - tall), (x + wide, y), (x, y + tall))
            draw.polygon(corners, fill=style.panel, outline=style.accent)
        line(draw, (x, y), text, 15, wide * 1.5, style.ink, style.face, "mm")
    return image


def circuit(f: Fields) -> Image.Image:
    """A drawing of parts and wires on a grid; a part is of another sort or value."""
    d, style, image, draw = page(f, 0.2, (420, 720), (340, 560))
    columns, rows = between(d, 3, 6), between(d, 3, 5)
    wide, tall = (image.width - 60) / columns, (image.height - 60) / rows
    count = columns * (rows + 1)
    wired = [number for number in range(count) if d.random() < 0.8] or [0]
    made = f.rows(len(wired), one_of(4), write.digits(1, 3))
    for number, (sort, value) in zip(wired, made, strict=True):
        x, y = 30 + number % columns * wide, 30 + number // columns * tall
        _part(draw, x, y, wide, sort, style)
        put(draw, (x + wide / 2, y - 22), value, 12, style.accent, style.face, anchor="mm")
        if d.random() < 0.6 and number // columns < rows:
            draw.line((x, y, x, y + tall), fill=style.ink, width=2)
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=style.ink)
    return image


def _part(draw: ImageDraw.ImageDraw, x: float, y: float, wide: float, sort: int, style: Look) -> None:
    a, b = x + wide * 0.3, x + wide * 0.7
    draw.line((x, y, a, y), fill=style.ink, width=2)
    draw.line((b, y, x + wide, y), fill=style.ink, width=2)
    if sort == 0:
        draw.rectangle((a, y - 9, b, y + 9), outline=style.ink, width=2)
    elif sort == 1:
        draw.line((a, y, x + wide * 0.46, y), fill=style.ink, width=2)
        draw.line((x + wide * 0.54, y, b, y), fill=style.ink, width=2)
        for place in (0.46, 0.54):
            draw.line((x + wide * place, y - 14, x + wide * place, y + 14), fill=style.ink, width=3)
    elif sort == 2:
        draw.polygon(((a, y - 12), (a, y + 12), (b, y)), outline=style.ink, fill=style.panel)
        draw.line((b, y - 12, b, y + 12), fill=style.ink, width=3)
    else:
        points = [(a + (b - a) * i / 8, y + (0 if i in (0, 8) else (-10 if i % 2 else 10))) for i in range(9)]
        draw.line(points, fill=style.ink, width=2)


def floor_plan(f: Fields) -> Image.Image:
    """Rooms of one house; what stands in them is the content's."""
    d, style, image, draw = page(f, 0.15, (420, 700), (340, 560))
    rooms: list[Box] = [(30.0, 30.0, image.width - 30.0, image.height - 30.0)]
    for _ in range(between(d, 3, 7)):
        rooms.sort(key=lambda r: (r[2] - r[0]) * (r[3] - r[1]))
        left, top, right, bottom = rooms.pop()
        cut = float(d.uniform(0.35, 0.65))
        if right - left > bottom - top:
            x = left + cut * (right - left)
            rooms += [(left, top, x, bottom), (x, top, right, bottom)]
        else:
            y = top + cut * (bottom - top)
            rooms += [(left, top, right, y), (left, y, right, bottom)]
    made = f.rows(len(rooms), one_of(5), write.words(1, 1), share)
    signs = "\uf236\uf2cd\uf4b8\uf26c\uf2e7"
    for (left, top, right, bottom), (what, text, place) in zip(rooms, made, strict=True):
        draw.rectangle((left, top, right, bottom), outline=style.ink, width=6)
        line(draw, ((left + right) / 2, top + 22), text, 15, right - left - 20, style.ink, style.face, "mm")
        x = left + 24 + place * max(0.0, right - left - 48)
        put(draw, (x, bottom - 28), signs[what], 28, style.accent, "icons", anchor="mm")
    return image


def tree(f: Fields) -> Image.Image:
    """Who descends from whom, or who reports to whom."""
    d, style, image, draw = page(f, 0.2, (520, 860), (320, 520))
    w, h = image.size
    levels, branch = between(d, 3, 4), 2
    count = 2**levels - 1
    made = f.fill(*[write.name] * count, *[colour(100, 230)] * count)
    for level in range(levels):
        boxes = branch**level
        for place in range(boxes):
            number = boxes - 1 + place
            x, y = w * (place + 0.5) / boxes, h * (level + 0.5) / levels
            if level:
                draw.line(
                    (x, y, w * (place // 2 + 0.5) / (boxes // 2), h * (level - 0.5) / levels), fill=style.faint, width=2
                )
    for level in range(levels):
        boxes = branch**level
        for place in range(boxes):
            number = boxes - 1 + place
            x, y, wide = w * (place + 0.5) / boxes, h * (level + 0.5) / levels, min(80, w / boxes * 0.45)
            draw.rounded_rectangle((x - wide, y - 18, x + wide, y + 18), 8, fill=made[count + number])
            line(draw, (x, y), made[number], 14, wide * 1.8, "black", style.face, "mm")
    return image


def time_line(f: Fields) -> Image.Image:
    """Years along a line and what happened."""
    d, style, image, draw = page(f, 0.3, (560, 880), (260, 420))
    w, h = image.size
    count = between(d, 4, 7)
    draw.line((20, h / 2, w - 20, h / 2), fill=style.accent, width=5)
    for number, (year, text) in enumerate(f.rows(count, write.digits(4, 4), write.words(1, 2))):
        x, up = w * (number + 0.5) / count, number % 2 == 0
        draw.ellipse((x - 9, h / 2 - 9, x + 9, h / 2 + 9), fill=style.second)
        y = h * (0.22 if up else 0.66)
        line(draw, (x, y), year, 24, w / count, style.ink, style.bold, "mm")
        line(draw, (x, y + 30), text, 14, w / count * 1.3, style.faint, style.face, "mm")
    return image


GROUNDS = (
    *(bar_chart, lying_bars, line_chart, scatter, pie, radar, heat_map, candles, gantt, choropleth, marked_map),
    *(flow_chart, circuit, floor_plan, tree, time_line),
)
"""Axes, outlines and labels are enough for a ground: two of them are variants whatever is filled in."""
FRAMES = (map_tile,)
"""Wholly other content in one frame."""
