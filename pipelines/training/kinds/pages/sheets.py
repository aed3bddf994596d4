"""Sheets for players and puzzlers, and what instruments draw: music, boards, grids, comics, scans, traces."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, colour, flag, one_of, share
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, put
from lookalike.pipelines.training.kinds.tools.looks import between, block, line, look, page, sheet, tint


def score(f: Fields) -> Image.Image:
    """A sheet of music: the staves are everybody's, the notes are its own."""
    d, style, image, draw = page(f, 0.0, (480, 680), (520, 800))
    w = image.width
    gap, apart = between(d, 7, 10), between(d, 84, 120)
    systems, bars = (image.height - 100) // apart, between(d, 3, 5)
    step = between(d, 22, 36)
    places = [x for x in range(70, w - 50, step) if d.random() < 0.9]
    title, *made = f.fill(write.words(1, 3), *[one_of(13), one_of(3)] * (systems * len(places)))
    line(draw, (w / 2, 40), title.title(), 30, w - 80, style.ink, style.bold, "mm")
    for system in range(systems):
        top = 90 + system * apart
        for row in range(5):
            draw.line((40, top + row * gap, w - 40, top + row * gap), fill=style.ink)
        for bar in range(bars + 1):
            x = 40 + bar * (w - 80) / bars
            draw.line((x, top, x, top + 4 * gap), fill=style.ink)
        for number, x in enumerate(places):
            pitch, sort = made[2 * (system * len(places) + number) :][:2]
            y = top + (pitch - 2) * gap / 2
            draw.ellipse((x, y - gap / 2, x + 11, y + gap / 2), outline=style.ink, fill=style.ink if sort else None)
            draw.line((x + 11, y, x + 11, y - 3 * gap), fill=style.ink, width=2)
            if sort == 2:
                draw.line((x + 11, y - 3 * gap, x + 17, y - 2 * gap), fill=style.ink, width=3)
    return image


def chess(f: Fields) -> Image.Image:
    """A board with pieces; a few of them stand elsewhere."""
    d = f.design
    side = between(d, 40, 64)
    edge = between(d, 0, 1) * 24
    image = Image.new("RGB", (8 * side + 2 * edge, 8 * side + 2 * edge), tint(d, 30, 120))
    draw = ImageDraw.Draw(image)
    light, dark = tint(d, 190, 250), tint(d, 70, 170)
    for square in range(64):
        x, y = edge + square % 8 * side, edge + square // 8 * side
        draw.rectangle((x, y, x + side - 1, y + side - 1), fill=light if (square + square // 8) % 2 == 0 else dark)
    signs = "\uf43a\uf43f\uf441\uf443\uf445\uf447"
    pieces = [(signs[between(d, 0, 5)], bool(d.random() < 0.5)) for _ in range(between(d, 4, 22))]
    for (sign, white), place in zip(pieces, f.fill(*[one_of(64)] * len(pieces)), strict=True):
        at = (edge + (place % 8 + 0.5) * side, edge + (place // 8 + 0.5) * side)
        fill, rim = ("white", "black") if white else ("black", "white")
        put(draw, at, sign, side * 0.62, fill, "icons", anchor="mm", stroke_width=1, stroke_fill=rim)
    return image


def go(f: Fields) -> Image.Image:
    """A board of lines with black and white stones."""
    d = f.design
    cells, step = (9, 13)[between(d, 0, 1)], between(d, 28, 40)
    side = (cells + 1) * step
    image = Image.new("RGB", (side, side), (225, 180, 110) if d.random() < 0.6 else tint(d, 150, 240))
    draw = ImageDraw.Draw(image)
    for row in range(cells):
        draw.line((step, step * (row + 1), step * cells, step * (row + 1)), fill="black")
        draw.line((step * (row + 1), step, step * (row + 1), step * cells), fill="black")
    empty = float(d.uniform(0.3, 0.8))
    stones = [n for n in range(cells * cells) if d.random() > empty] or [0]
    for place, stone in zip(stones, f.fill(*[one_of(3)] * len(stones)), strict=True):
        x, y, r = step * (place % cells + 1), step * (place // cells + 1), step * 0.46
        if stone < 2:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=("black", "white")[stone], outline="black")
    return image


def sudoku(f: Fields) -> Image.Image:
    """A grid of digits."""
    d, style = f.design, look(f.design, 0.2)
    step = between(d, 34, 56)
    image = Image.new("RGB", (9 * step + 30, 9 * step + 30), style.ground)
    draw = ImageDraw.Draw(image)
    for row in range(10):
        wide = 4 if row % 3 == 0 else 1
        draw.line((15, 15 + row * step, 15 + 9 * step, 15 + row * step), fill=style.ink, width=wide)
        draw.line((15 + row * step, 15, 15 + row * step, 15 + 9 * step), fill=style.ink, width=wide)
    given = [n for n in range(81) if d.random() < 0.4]
    for place, digit in zip(given, f.fill(*[one_of(9)] * len(given)), strict=True):
        at = (15 + (place % 9 + 0.5) * step, 15 + (place // 9 + 0.5) * step)
        put(draw, at, str(digit + 1), step * 0.6, style.ink, style.face, anchor="mm")
    return image


def crossword(f: Fields) -> Image.Image:
    """Black and white squares of one pattern, with letters; or other squares are black."""
    d, style = f.design, look(f.design)
    cells, step = between(d, 8, 14), between(d, 28, 42)
    image = Image.new("RGB", (cells * step + 24, cells * step + 24), style.ground)
    draw = ImageDraw.Draw(image)
    lettered = bool(d.random() < 0.6)
    black = d.random(cells * cells) < 0.25
    makers = [write.letters(1)] * (cells * cells) if lettered else [one_of(4)] * (cells * cells)
    number = 0
    for place, value in enumerate(f.fill(*(maker for maker, dark in zip(makers, black, strict=True) if not dark))):
        at = int(np.flatnonzero(~black)[place])
        x, y = 12 + at % cells * step, 12 + at // cells * step
        shut = not lettered and value == 0
        draw.rectangle((x, y, x + step, y + step), fill=style.ink if shut else "white", outline=style.ink)
        if lettered:
            put(draw, (x + step / 2, y + step / 2), value, step * 0.6, style.ink, style.face, anchor="mm")
        elif at % 3 == 0 and not shut:
            number += 1
            put(draw, (x + 3, y + 2), str(number), 9, style.ink, style.face)
    for at in np.flatnonzero(black).tolist():
        x, y = 12 + at % cells * step, 12 + at // cells * step
        draw.rectangle((x, y, x + step, y + step), fill=style.ink)
    return image


def bingo(f: Fields) -> Image.Image:
    """A card of numbers, some of them struck."""
    d, style = f.design, look(f.design)
    cells, step = between(d, 4, 6), between(d, 56, 84)
    image = Image.new("RGB", (cells * step + 24, cells * step + 84), style.accent)
    draw = ImageDraw.Draw(image)
    line(draw, (image.width / 2, 36), write.word(d, 2, 3).upper(), 44, image.width - 30, "white", "round", "mm")
    for number, (text, struck) in enumerate(f.rows(cells * cells, write.digits(1, 2), flag)):
        x, y = 12 + number % cells * step, 72 + number // cells * step
        draw.rectangle((x, y, x + step - 3, y + step - 3), fill="white")
        put(draw, (x + step / 2, y + step / 2), text, step * 0.5, style.ink, style.bold, anchor="mm")
        if struck:
            draw.ellipse((x + 5, y + 5, x + step - 8, y + step - 8), outline=style.second, width=6)
    return image


PIPS = ((), (4,), (0, 8), (0, 4, 8), (0, 2, 6, 8), (0, 2, 4, 6, 8), (0, 2, 3, 5, 6, 8))


def _pips(draw: ImageDraw.ImageDraw, x: float, y: float, side: float, count: int, ink: object) -> None:
    for pip in PIPS[count]:
        a, b, r = x + side * (0.22 + 0.28 * (pip % 3)), y + side * (0.22 + 0.28 * (pip // 3)), side * 0.09
        draw.ellipse((a - r, b - r, a + r, b + r), fill=ink)  # type: ignore[arg-type]


def dice(f: Fields) -> Image.Image:
    """Dice or dominoes with other pips."""
    d = f.design
    image = sheet(d, (340, 560), (260, 460), tint(d, 20, 220))
    draw = ImageDraw.Draw(image)
    side, bone = between(d, 70, 120), bool(d.random() < 0.5)
    columns, rows = image.width // (side + 16), max(1, image.height // (side * (2 if bone else 1) + 16))
    body, ink = ("white", "black") if d.random() < 0.7 else (tint(d, 100, 220), "white")
    count = columns * rows
    made = f.fill(*[one_of(6)] * (count * (2 if bone else 1)))
    for number in range(count):
        x, y = 12 + number % columns * (side + 14), 12 + number // columns * (side * (2 if bone else 1) + 14)
        draw.rounded_rectangle((x, y, x + side, y + side * (2 if bone else 1)), 12, fill=body, outline="black", width=2)
        _pips(draw, x, y, side, made[number] + 1, ink)
        if bone:
            draw.line((x + 6, y + side, x + side - 6, y + side), fill=ink, width=3)
            _pips(draw, x, y + side, side, made[count + number] + 1, ink)
    return image


def _figure(draw: ImageDraw.ImageDraw, x: float, ground: float, tall: float, made: list[float], ink: str) -> None:
    """A person of lines: arms, legs and mouth as `made` says."""
    r = tall * 0.16
    head, hip = ground - tall + r, ground - tall * 0.42
    draw.ellipse((x - r, head - r, x + r, head + r), outline=ink, width=3)
    draw.line((x, head + r, x, hip), fill=ink, width=4)
    for number, side in enumerate((-1, 1)):
        lift, stride = tall * (0.5 * made[number] - 0.2), tall * (0.1 + 0.15 * made[2])
        draw.line((x, head + 2 * r, x + side * tall * 0.26, head + 2 * r - lift), fill=ink, width=4)
        draw.line((x, hip, x + side * stride, ground), fill=ink, width=4)
        draw.ellipse((x + side * r * 0.4 - 2, head - 4, x + side * r * 0.4 + 2, head), fill=ink)
    bend = r * (made[3] - 0.5)
    draw.line(
        (x - r * 0.4, head + r * 0.4 - bend, x, head + r * 0.4, x + r * 0.4, head + r * 0.4 - bend), fill=ink, width=2
    )


def comic(f: Fields) -> Image.Image:
    """Panels with people of lines who speak; another panel, pose or balloon."""
    d, _, image, draw = page(f, 0.0, (420, 680), (420, 820))
    rows = between(d, 2, 4)
    shape = [between(d, 1, 3) for _ in range(rows)]
    grey, coloured = [int(v) for v in d.integers(170, 250, sum(shape))], bool(d.random() < 0.5)
    made = f.rows(sum(shape), write.words(2, 5), share, share, share, share, share, one_of(3))
    number = 0
    for row, columns in enumerate(shape):
        tall, wide = (image.height - 16) / rows, (image.width - 16) / columns
        for column in range(columns):
            text, *pose, props = made[number]
            x, y = 8 + column * wide, 8 + row * tall
            box = (x + 4, y + 4, x + wide - 4, y + tall - 4)
            back = tuple((c + 510) // 3 for c in tint(d, 0, 255)) if coloured else (grey[number],) * 3
            draw.rectangle(box, fill=back, outline="black", width=3)
            for stripe in range(props * 5):
                a = x + 10 + stripe * wide / (props * 5 + 1)
                draw.line((a, y + tall * 0.6, a, y + tall - 8), fill=(120, 120, 120))
            person = min(tall * 0.55, wide * 0.9)
            _figure(draw, x + wide * (0.3 + 0.4 * pose[4]), y + tall - 12, person, pose[:4], "black")
            draw.rounded_rectangle((x + 12, y + 10, x + wide - 12, y + tall * 0.32), 14, fill="white", outline="black")
            block(draw, (x + 20, y + 14), text.upper(), 13, wide - 40, "black", "hand", 1.0)
            number += 1
    return image


def manga(f: Fields) -> Image.Image:
    """A page without colours: slanting panels, screens of dots, lines of speed, faces."""
    d = f.design
    image = sheet(d, (400, 560), (560, 800), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    rows = between(d, 3, 4)
    cuts = [0.0, *((k + float(d.uniform(-0.2, 0.2))) / rows for k in range(1, rows)), 1.0]
    made = f.rows(rows, one_of(4), share, share, share, flag, one_of(3))
    for row, (sort, x, size, look_, eyes, mouth) in enumerate(made):
        top, bottom = 12 + cuts[row] * (h - 24), 6 + cuts[row + 1] * (h - 24)
        lean, tall = float(d.uniform(-14, 14)), bottom - top
        panel = Image.new("L", (w, h), 255)
        pen = ImageDraw.Draw(panel)
        if sort == 0:
            for a in range(0, w, 7):
                for b in range(int(top), int(bottom), 7):
                    pen.ellipse((a, b, a + 3, b + 3), fill=60)
        elif sort == 1:
            for a in np.linspace(0, 2 * np.pi, 60):
                pen.line((w * x, (top + bottom) / 2, w * x + w * np.cos(a), (top + bottom) / 2 + w * np.sin(a)), fill=0)
        elif sort == 2:
            pen.rectangle((0, top, w, bottom), fill=40)
        r = tall * (0.25 + 0.2 * size)
        cx, cy = w * (0.2 + 0.6 * x), (top + bottom) / 2
        pen.ellipse((cx - r * 0.8, cy - r, cx + r * 0.8, cy + r), fill=255, outline=0, width=3)
        for side in (-1, 1):
            a = cx + side * r * 0.35 + r * 0.2 * (look_ - 0.5)
            if eyes:
                pen.ellipse((a - r * 0.16, cy - r * 0.25, a + r * 0.16, cy + r * 0.15), fill=0)
                pen.ellipse((a - r * 0.05, cy - r * 0.18, a + r * 0.05, cy - r * 0.05), fill=255)
            else:
                pen.line((a - r * 0.16, cy, a + r * 0.16, cy - r * 0.06), fill=0, width=4)
        if mouth:
            pen.ellipse(
                (cx - r * 0.1 * mouth, cy + r * 0.45, cx + r * 0.1 * mouth, cy + r * (0.5 + 0.12 * mouth)), fill=0
            )
        else:
            pen.line((cx - r * 0.15, cy + r * 0.5, cx + r * 0.15, cy + r * 0.5), fill=0, width=3)
        pen.polygon(
            [
                (cx - r * 0.85, cy - r * 0.2),
                *((cx + r * (k * 0.28 - 0.85), cy - r * (0.5 if k % 2 else 1.15)) for k in range(7)),
                (cx + r * 0.85, cy - r * 0.2),
                (cx, cy - r * 1.2),
            ],
            fill=0,
        )
        mask = Image.new("L", (w, h), 0)
        corners = [(10, top), (w - 10, top), (w - 10, bottom - 8 + lean), (10, bottom - 8 - lean)]
        ImageDraw.Draw(mask).polygon(corners, fill=255)
        image.paste(panel.convert("RGB"), (0, 0), mask)
        draw.polygon(corners, outline="black", width=3)
    return image


def scan(f: Fields) -> Image.Image:
    """A section of a body as scanners show it: ovals and noise of one frame, spots of the content's."""
    d = f.design
    w, h = between(d, 320, 480), between(d, 320, 480)
    image = Image.new("L", (w, h), between(d, 0, 20))
    draw = ImageDraw.Draw(image)
    draw.ellipse((w * 0.1, h * 0.08, w * 0.9, h * 0.92), fill=between(d, 60, 110), outline=220, width=between(d, 4, 14))
    for _ in range(between(d, 3, 7)):
        x, y, a, b = d.uniform(0.3, 0.7), d.uniform(0.25, 0.75), d.uniform(0.05, 0.18), d.uniform(0.05, 0.2)
        draw.ellipse(((x - a) * w, (y - b) * h, (x + a) * w, (y + b) * h), fill=between(d, 20, 180))
    spots = between(d, 1, 3)
    for x, y, size, bright in f.rows(spots, share, share, share, flag):
        a, b, r = w * (0.28 + 0.44 * x), h * (0.25 + 0.5 * y), w * (0.025 + 0.05 * size)
        draw.ellipse((a - r, b - r, a + r, b + r), fill=230 if bright else 10)
    blurred = np.asarray(image.filter(ImageFilter.GaussianBlur(2)), np.float32)
    noisy = np.clip(blurred + d.normal(0, 9, blurred.shape), 0, 255).astype(np.uint8)
    shown = Image.fromarray(noisy).convert("RGB")
    line(ImageDraw.Draw(shown), (10, 8), f"{write.code(d, 6)} {write.date(d)}", 13, w - 20, (200, 200, 200), "mono")
    return shown


def blood_film(f: Fields) -> Image.Image:
    """Cells under a microscope: each content is another field of them, in one stain."""
    d = f.design
    w, h = between(d, 340, 520), between(d, 320, 460)
    ground, body, core = tint(d, 215, 250), tint(d, 140, 220), tint(d, 40, 140)
    count, r = between(d, 25, 60), between(d, 12, 22)
    image = Image.new("RGB", (w, h), ground)
    draw = ImageDraw.Draw(image)
    for x, y, sort in f.rows(count, share, share, one_of(8)):
        a, b, s = x * w, y * h, r * (0.8 + 0.07 * sort)
        draw.ellipse(
            (a - s, b - s, a + s, b + s),
            fill=body,
            outline=tuple((p + q) // 2 for p, q in zip(body, core, strict=True)),
        )
        if sort == 0:
            draw.ellipse((a - s * 0.7, b - s * 0.6, a + s * 0.5, b + s * 0.7), fill=core)
        else:
            draw.ellipse((a - s * 0.3, b - s * 0.3, a + s * 0.3, b + s * 0.3), fill=ground)
    return image.filter(ImageFilter.GaussianBlur(0.8))


def traces(f: Fields) -> Image.Image:
    """Curves of an instrument on ruled paper: a heart's, a quake's, a spectrum's."""
    d = f.design
    w, h = between(d, 480, 820), between(d, 240, 460)
    dark = bool(d.random() < 0.4)
    image = Image.new("RGB", (w, h), tint(d, 0, 30) if dark else (255, 246, 244))
    draw = ImageDraw.Draw(image)
    step = between(d, 10, 24)
    for x in range(0, w, step):
        draw.line((x, 0, x, h), fill=(40, 60, 50) if dark else (245, 205, 205), width=1 + (x // step % 5 == 0))
    for y in range(0, h, step):
        draw.line((0, y, w, y), fill=(40, 60, 50) if dark else (245, 205, 205), width=1 + (y // step % 5 == 0))
    leads, kind = between(d, 1, 4), between(d, 0, 2)
    ink = tint(d, 120, 255) if dark else tint(d, 0, 80)
    xs = np.arange(0, w, 2)
    for lead, (rate, phase, size, form) in enumerate(f.rows(leads, share, share, share, share)):
        middle, tall = h * (lead + 0.55) / leads, h / leads * (0.15 + 0.25 * size)
        turn = xs / w * (4 + 8 * rate) + phase
        if kind == 0:
            beat = turn % 1
            ys = np.exp(-(((beat - 0.4) / 0.02) ** 2)) - 0.3 * np.exp(-(((beat - 0.46) / 0.02) ** 2))
            ys += (0.1 + 0.3 * form) * np.exp(-(((beat - 0.7) / 0.06) ** 2))
        elif kind == 1:
            ys = np.sin(turn * 40) * np.exp(-((xs / w - 0.2 - 0.6 * form) ** 2) * 20)
        else:
            ys = sum(np.exp(-(((xs / w - (phase + k * rate) % 1) / 0.012) ** 2)) * (1 - 0.15 * k) for k in range(5)) * (
                0.4 + form
            )
        draw.line(list(zip(xs.tolist(), (middle - tall * ys).tolist(), strict=True)), fill=ink, width=2)
    return image


def spectrogram(f: Fields) -> Image.Image:
    """Sound over time in false colours: bars and bands elsewhere."""
    d = f.design
    w, h = between(d, 400, 700), between(d, 240, 400)
    columns, rows = 90, 50
    level = np.clip(d.normal(0.1, 0.05, (rows, columns)), 0, 1)
    calls = between(d, 4, 9)
    ys, xs = np.mgrid[0:rows, 0:columns]
    for start, pitch, slope, length in f.rows(calls, share, share, share, share):
        inside = (xs > start * 80) & (xs < start * 80 + 6 + 20 * length)
        for tone in (1, 2):
            centre = rows - 4 - pitch * 22 * tone - (slope - 0.5) * (xs - start * 80)
            level = np.maximum(level, inside * np.exp(-(((ys - centre) / 1.6) ** 2)) / tone)
    low, middle, high = np.array(tint(d, 0, 60)), np.array(tint(d, 90, 200)), np.array(tint(d, 200, 255))
    bright = level[..., None]
    shown = np.where(bright < 0.5, low + (middle - low) * bright * 2, middle + (high - middle) * (bright * 2 - 1))
    plot = Image.fromarray(np.clip(shown, 0, 255).astype(np.uint8)).resize((w - 50, h - 40), Image.Resampling.BILINEAR)
    image = Image.new("RGB", (w, h), "white")
    image.paste(plot, (44, 8))
    draw = ImageDraw.Draw(image)
    for row in range(5):
        put(draw, (38, 12 + row * (h - 50) / 4), str(8 - 2 * row), 12, "black", "sans", anchor="rm")
        put(draw, (44 + row * (w - 60) / 4, h - 22), str(row), 12, "black", "sans")
    return image


def line_drawing(f: Fields) -> Image.Image:
    """A scene in outline, for colouring: house, tree, sun, clouds; a thing is elsewhere, another or coloured."""
    d = f.design
    w, h = between(d, 420, 640), between(d, 320, 480)
    image = Image.new("RGB", (w, h), "white")
    draw = ImageDraw.Draw(image)
    things = between(d, 4, 7)
    horizon, wide = h * float(d.uniform(0.5, 0.7)), between(d, 2, 5)
    coloured = bool(d.random() < 0.5)
    draw.line((0, horizon, w, horizon), fill="black", width=wide)
    for sort, x, size, tone in f.rows(things, one_of(5), share, share, colour(90, 245)):
        a, r = 40 + x * (w - 80), h * (0.05 + 0.09 * size)
        fill = tone if coloured else None
        if sort == 0:
            draw.rectangle((a - r, horizon - 1.4 * r, a + r, horizon), fill=fill, outline="black", width=wide)
            draw.polygon(
                ((a - 1.2 * r, horizon - 1.4 * r), (a, horizon - 2.4 * r), (a + 1.2 * r, horizon - 1.4 * r)),
                fill=fill,
                outline="black",
                width=wide,
            )
        elif sort == 1:
            draw.rectangle((a - r * 0.15, horizon - r, a + r * 0.15, horizon), fill=fill, outline="black", width=wide)
            draw.ellipse(
                (a - r * 0.8, horizon - 2.4 * r, a + r * 0.8, horizon - 0.8 * r), fill=fill, outline="black", width=wide
            )
        elif sort == 2:
            draw.ellipse((a - r, 14, a + r, 14 + 2 * r), fill=fill, outline="black", width=wide)
        elif sort == 3:
            draw.arc((a - r, h * 0.2, a + r, h * 0.2 + r), 180, 360, fill="black", width=wide)
            draw.line((a - r, h * 0.2 + r / 2, a + r, h * 0.2 + r / 2), fill="black", width=wide)
        else:
            draw.polygon(
                (
                    (a - r, horizon + r),
                    (a + r, horizon + r),
                    (a + r * 0.6, horizon + 1.6 * r),
                    (a - r * 0.6, horizon + 1.6 * r),
                ),
                fill=fill,
                outline="black",
                width=wide,
            )
            draw.line((a, horizon + r, a, horizon - r * 0.4), fill="black", width=wide)
    return image


def swatches(f: Fields) -> Image.Image:
    """A chart of colours with their names."""
    d, style, image, draw = page(f, 0.2, (360, 640), (300, 560))
    columns, rows = between(d, 3, 6), between(d, 3, 6)
    wide, tall, round_ = (image.width - 20) / columns, (image.height - 20) / rows, between(d, 0, 30)
    for number, (tone, text) in enumerate(f.rows(columns * rows, colour(), write.words(1, 1))):
        x, y = 10 + number % columns * wide, 10 + number // columns * tall
        draw.rounded_rectangle((x + 4, y + 4, x + wide - 4, y + tall - 26), round_, fill=tone)
        line(draw, (x + wide / 2, y + tall - 14), text.title(), 13, wide - 8, style.ink, style.face, "mm")
    return image


def flash_card(f: Fields) -> Image.Image:
    """A card to learn from: a pictogram and a word."""
    d, style, image, draw = page(f, 0.0, (320, 480), (300, 460))
    w, h = image.size
    draw.rounded_rectangle((10, 10, w - 10, h - 10), 20, outline=style.accent, width=between(d, 3, 12))
    icon, text = f.fill(one_of(len(ICONS)), write.words(1, 1))
    put(draw, (w / 2, h * 0.42), ICONS[icon], h * 0.36, style.second, "icons", anchor="mm")
    line(draw, (w / 2, h * 0.8), text.title(), 40, w - 60, style.ink, style.bold, "mm")
    return image


def sums(f: Fields) -> Image.Image:
    """A sheet of sums, with or without answers."""
    d, style, image, draw = page(f, 0.0, (420, 620), (480, 760))
    columns, step = between(d, 2, 3), between(d, 38, 60)
    rows = (image.height - 80) // step
    line(draw, (30, 24), write.sentence(d, 2)[:-1], 24, image.width - 60, style.accent, style.bold)
    signs = d.integers(0, 3, columns * rows).tolist()
    for number, (a, b, solved) in enumerate(f.rows(columns * rows, write.digits(1, 2), write.digits(1, 2), flag)):
        x, y = 30 + number % columns * (image.width - 50) / columns, 74 + number // columns * step
        answer = (int(a) + int(b), int(a) - int(b), int(a) * int(b))[signs[number]]
        text = f"{a} {'+-×'[signs[number]]} {b} ="
        line(draw, (x, y), text, 20, image.width / columns * 0.6, style.ink, style.face)
        if solved:
            put(draw, (x + image.width / columns * 0.58, y), str(answer), 26, (40, 60, 160), "hand")
    return image


GROUNDS = (chess, go, sudoku, crossword, bingo, dice, scan, traces, line_drawing, flash_card, sums)
"""What is ruled or drawn once is enough for a ground: two of them are variants whatever is filled in."""
TEXTS = (swatches, score, comic, manga, blood_film, spectrogram)
"""Mostly content: variants only while most of it is the same."""
