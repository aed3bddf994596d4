"""Signs, emblems, faces, clocks, displays and sprites: one thing large on a plain ground."""

import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, colour, flag, one_of, share
from lookalike.pipelines.training.kinds.tools.lettering import ICONS, put
from lookalike.pipelines.training.kinds.tools.looks import between, line, look, page, sheet, tint

ICON = one_of(len(ICONS))


def sign(f: Fields) -> Image.Image:
    """A traffic or door sign: one shape, another number, word or pictogram."""
    d = f.design
    image = sheet(d, (300, 420), (300, 420), tint(d, 120, 255))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    rim, shape, kind = tint(d, 0, 200), between(d, 0, 3), between(d, 0, 2)
    box, wide = (w * 0.08, h * 0.08, w * 0.92, h * 0.92), between(d, 12, 36)
    if shape == 0:
        draw.ellipse(box, fill="white", outline=rim, width=wide)
    elif shape == 1:
        draw.rounded_rectangle((w * 0.08, h * 0.2, w * 0.92, h * 0.8), 24, fill="white", outline=rim, width=wide)
    elif shape == 2:
        draw.polygon(
            ((w / 2, h * 0.05), (w * 0.96, h * 0.9), (w * 0.04, h * 0.9)), fill="white", outline=rim, width=wide
        )
    else:
        draw.polygon(
            ((w / 2, 10), (w - 10, h / 2), (w / 2, h - 10), (10, h / 2)), fill="white", outline=rim, width=wide
        )
    (shown,) = f.fill((write.digits(2, 3), write.letters(2), ICON)[kind])
    place = (w / 2, h * (0.62 if shape == 2 else 0.5))
    if kind == 2:
        put(draw, place, ICONS[shown], w * 0.32, "black", "icons", anchor="mm")
    else:
        put(draw, place, shown, w * 0.3, "black", "sans bold", anchor="mm")
    return image


def direction_sign(f: Fields) -> Image.Image:
    """A board with places, arrows and distances."""
    d = f.design
    ground = ((0, 90, 60), (0, 70, 150), (240, 210, 40), (240, 240, 240))[between(d, 0, 3)]
    ink = "white" if sum(ground) < 400 else "black"
    image = sheet(d, (420, 700), (240, 420), ground)
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((8, 8, image.width - 8, image.height - 8), 14, outline=ink, width=4)
    rows = between(d, 2, 4)
    step = (image.height - 40) / rows
    for row, (where, far, way) in enumerate(f.rows(rows, write.words(1, 1), write.digits(1, 3), one_of(4))):
        y = 20 + (row + 0.5) * step
        put(draw, (48, y), "\uf060\uf061\uf062\uf063"[way], step * 0.4, ink, "icons", anchor="mm")
        line(draw, (96, y), where.title(), step * 0.5, image.width * 0.55, ink, "sans bold", "lm")
        put(draw, (image.width - 30, y), far, step * 0.4, ink, "sans", anchor="rm")
    return image


def number_plate(f: Fields) -> Image.Image:
    """A car's plate."""
    d = f.design
    image = sheet(d, (420, 640), (120, 180), ((250, 250, 245), (250, 220, 60), (20, 20, 20))[between(d, 0, 2)])
    draw = ImageDraw.Draw(image)
    w, h = image.size
    ink = "white" if image.getpixel((1, 1)) == (20, 20, 20) else "black"
    draw.rounded_rectangle((4, 4, w - 4, h - 4), 12, outline=ink, width=5)
    draw.rectangle((10, 10, w * 0.1, h - 10), fill=(20, 60, 160))
    put(draw, (w * 0.055, h * 0.75), write.letters(1)(d), h * 0.22, "white", "sans bold", anchor="mm")
    first, second = f.fill(write.letters(2), write.digits(3, 4))
    line(draw, (w * 0.55, h / 2), f"{first} {second}", h * 0.7, w * 0.8, ink, "sans bold", "mm")
    return image


def pictogram(f: Fields) -> Image.Image:
    """A set of icons of one make: another icon on the same tile."""
    d, style, image, draw = page(f, 0.4, (300, 420), (300, 420))
    w, h = image.size
    shape, inset = between(d, 0, 3), w * float(d.uniform(0.02, 0.16))
    if shape == 0:
        draw.ellipse((inset, inset, w - inset, h - inset), fill=style.accent)
    elif shape == 1:
        draw.rounded_rectangle((inset, inset, w - inset, h - inset), 50, fill=style.accent)
    elif shape == 2:
        draw.rectangle((inset, inset, w - inset, h - inset), outline=style.accent, width=10)
    (icon,) = f.fill(ICON)
    put(draw, (w / 2, h / 2), ICONS[icon], w * 0.45, style.accent if shape > 1 else style.ground, "icons", anchor="mm")
    return image


def icon_sheet(f: Fields) -> Image.Image:
    """A page of many icons, some of them other ones."""
    d, style, image, draw = page(f, 0.4, (320, 640), (320, 640))
    columns, rows, mixed = between(d, 3, 8), between(d, 3, 8), bool(d.random() < 0.5)
    wide, tall = image.width / columns, image.height / rows
    made = f.fill(*[ICON, colour(30, 230)] * (columns * rows)) if mixed else f.fill(*[ICON] * (columns * rows))
    for number in range(columns * rows):
        place = ((number % columns + 0.5) * wide, (number // columns + 0.5) * tall)
        icon, fill = (made[2 * number], made[2 * number + 1]) if mixed else (made[number], style.ink)
        put(draw, place, ICONS[icon], min(wide, tall) * 0.5, fill, "icons", anchor="mm")
    return image


def smiley(f: Fields) -> Image.Image:
    """One head, other eyes, mouth and extras."""
    d = f.design
    image = sheet(d, (256, 400), (256, 400), "white" if d.random() < 0.6 else tint(d, 150, 255))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    s = min(w, h) / 256
    x0, y0 = (w - 256 * s) / 2, (h - 256 * s) / 2

    def at(*points: float) -> list[float]:
        return [v * s + (y0 if i % 2 else x0) for i, v in enumerate(points)]

    draw.ellipse(at(16, 16, 240, 240), fill=tint(d, 120, 255), outline="black", width=int(5 * s))
    thick = int(8 * s)
    tall, eyes, way, brows, cheeks = f.fill(share, one_of(4), one_of(6), one_of(3), flag)
    t = 8 + 22 * tall
    for side, x in enumerate((88, 168)):
        if eyes == 0:
            draw.ellipse(at(x - 12, 100 - t, x + 12, 100 + t), fill="black")
        elif eyes == 1:
            draw.ellipse(at(x - 24, 76, x + 24, 124), fill="white", outline="black", width=thick // 2)
            draw.ellipse(at(x - 16 + 14 * tall, 92, x + 2 + 14 * tall, 110), fill="black")
        elif eyes == 2:
            draw.arc(at(x - 22, 100 - t / 2, x + 22, 124 + t / 2), 180, 360, fill="black", width=thick)
        else:
            put(draw, (at(x, 100)[0], at(x, 100)[1]), "\uf004", (28 + t) * s, (200, 30, 60), "icons", anchor="mm")
        if brows:
            lift = 14 if (brows == 1) == (side == 0) else -14
            draw.line(at(x - 24, 58 + lift / 2, x + 24, 58 - lift / 2), fill="black", width=thick)
    if way == 0:
        draw.arc(at(80, 110, 176, 200), 10, 170, fill="black", width=thick)
    elif way == 1:
        draw.arc(at(80, 160, 176, 230), 190, 350, fill="black", width=thick)
    elif way == 2:
        draw.ellipse(at(104, 150, 152, 206), fill="black")
    elif way == 3:
        draw.line(at(90, 180, 166, 180), fill="black", width=thick)
    elif way == 4:
        draw.chord(at(76, 120, 180, 216), 0, 180, fill=(120, 20, 30), outline="black")
    else:
        draw.arc(at(80, 110, 176, 200), 10, 170, fill="black", width=thick)
        draw.chord(at(112, 170, 146, 222), 0, 180, fill=(230, 80, 100), outline="black")
    if cheeks:
        for x in (52, 204):
            draw.ellipse(at(x - 16, 132, x + 16, 156), fill=(240, 120, 120))
    return image


def avatar(f: Fields) -> Image.Image:
    """Drawn people of one hand: other hair, skin, glasses, clothes."""
    d, style = f.design, look(f.design)
    image = sheet(d, (280, 420), (300, 420), style.panel)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    skins = ((255, 219, 172), (241, 194, 125), (198, 134, 66), (141, 85, 36), (90, 56, 37))
    skin, hair, cut, glasses, mouth, shirt, beard = f.fill(
        one_of(5), colour(10, 220), one_of(4), flag, one_of(3), colour(20, 230), flag
    )
    x, y, r = w / 2, h * 0.42, w * 0.24
    draw.ellipse((x - r * 1.9, h * 0.72, x + r * 1.9, h * 1.3), fill=shirt)
    draw.rectangle((x - r * 0.35, y + r * 0.7, x + r * 0.35, h * 0.78), fill=skins[skin])
    if cut == 0:
        draw.ellipse((x - r * 1.3, y - r * 1.5, x + r * 1.3, y + r * 1.7), fill=hair)
    draw.ellipse((x - r, y - r * 1.2, x + r, y + r * 1.2), fill=skins[skin])
    if cut < 3:
        draw.chord((x - r * 1.05, y - r * 1.35, x + r * 1.05, y + r * (0.2 + 0.3 * cut)), 180, 360, fill=hair)
    if beard:
        draw.chord((x - r * 0.9, y - r * 0.3, x + r * 0.9, y + r * 1.25), 20, 160, fill=hair)
    for side in (-1, 1):
        a = x + side * r * 0.4
        draw.ellipse((a - 5, y - 5, a + 5, y + 5), fill="black")
        if glasses:
            draw.ellipse((a - r * 0.3, y - r * 0.3, a + r * 0.3, y + r * 0.3), outline="black", width=4)
    a = r * (0.2 + 0.12 * mouth)
    if mouth == 2:
        draw.ellipse((x - a * 0.5, y + r * 0.5, x + a * 0.5, y + r * 0.8), fill=(150, 40, 50))
    else:
        draw.arc((x - a, y + r * 0.3, x + a, y + r * 0.75), 20, 160, fill=(150, 40, 50), width=5)
    return image


def identicon(f: Fields) -> Image.Image:
    """Squares that are symmetric, as networks give to those without a picture."""
    d = f.design
    image = sheet(d, (280, 420), (280, 420), tint(d, 225, 255))
    cells = between(d, 5, 9)
    half = (cells + 1) // 2
    made = f.fill(*[flag] * (cells * half), colour(20, 200))
    grid = np.array(made[:-1]).reshape(cells, half)
    grid = np.concatenate([grid, grid[:, : cells - half][:, ::-1]], 1)
    side = min(image.size) - 40
    shown = np.where(grid[..., None], np.array(made[-1]), np.array(image.getpixel((0, 0)))).astype(np.uint8)
    tile = Image.fromarray(shown).resize((side, side), Image.Resampling.NEAREST)
    image.paste(tile, ((image.width - side) // 2, (image.height - side) // 2))
    return image


def sprite(f: Fields) -> Image.Image:
    """Pixel art of one outline: another palette, belt or eyes."""
    d = f.design
    cells = between(d, 12, 24)
    half = d.integers(0, 4, (cells, cells // 2))
    rows, columns = np.mgrid[0:cells, 0 : cells // 2]
    half[np.hypot(rows - cells / 2, cells / 2 - columns) > cells * 0.47] = 0
    grid = np.concatenate([half, half[:, ::-1]], 1)
    paper = tint(d, 200, 255)
    tones = f.fill(colour(0, 220), colour(0, 220), colour(0, 220), one_of(cells // 2), one_of(cells // 4))
    grid[cells // 4 + tones[3], cells // 4 : grid.shape[1] - cells // 4] = 3
    eye = 1 + tones[4]
    for x in (cells // 2 - eye, cells // 2 - 1 + eye):
        grid[cells // 3, min(x, grid.shape[1] - 1)] = 4
    palette = np.array([paper, *tones[:3], (255, 255, 255)], np.uint8)
    scale = between(d, 12, 22)
    return Image.fromarray(palette[grid]).resize((grid.shape[1] * scale, cells * scale), Image.Resampling.NEAREST)


def tile_level(f: Fields) -> Image.Image:
    """A game's field of tiles; figures and things stand elsewhere."""
    d = f.design
    columns, rows, side = between(d, 8, 16), between(d, 7, 12), between(d, 28, 40)
    tones = [tint(d, 30, 220) for _ in range(3)]
    grid = d.integers(0, 3, (rows, columns))
    grid = np.where(d.random((rows, columns)) < 0.6, grid[:, :1], grid)
    texture = d.integers(-18, 18, (3, 8, 8, 1))
    tiles = np.clip(np.array(tones)[:, None, None] + texture, 0, 255).astype(np.uint8)
    shown = tiles[grid].transpose(0, 2, 1, 3, 4).reshape(rows * 8, columns * 8, 3)
    image = Image.fromarray(shown).resize((columns * side, rows * side), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(image)
    things = between(d, 3, 8)
    icons = [ICONS[between(d, 0, len(ICONS) - 1)] for _ in range(things)]
    places = f.fill(*[one_of(columns * rows)] * things)
    for place, icon in zip(places, icons, strict=True):
        x, y = (place % columns + 0.5) * side, (place // columns + 0.5) * side
        put(draw, (x, y), icon, side * 0.8, "white", "icons", anchor="mm", stroke_width=1, stroke_fill="black")
    return image


def logo(f: Fields) -> Image.Image:
    """A mark of a few shapes and a name: other colours, another line or another number of leaves."""
    d, style, image, draw = page(f, 0.0, (360, 560), (280, 420))
    w, h = image.size
    first, second, text, turn = f.fill(colour(10, 220), colour(10, 220), write.words(1, 2), one_of(4))
    count, r, shape = between(d, 3, 8), h * 0.24, between(d, 0, 2)
    for number in range(count):
        a = 2 * np.pi * (number / count + turn / 4 / count)
        x, y = w / 2 + r * 0.6 * np.cos(a), h * 0.38 + r * 0.6 * np.sin(a)
        fill = first if number % 2 else second
        if shape == 0:
            draw.ellipse((x - r * 0.4, y - r * 0.4, x + r * 0.4, y + r * 0.4), fill=fill)
        elif shape == 1:
            corners = [(x + r * 0.5 * np.cos(a + k), y + r * 0.5 * np.sin(a + k)) for k in (0, 2.1, 4.2)]
            draw.polygon(corners, fill=fill)
        else:
            draw.line((w / 2, h * 0.38, x + r * 0.4 * np.cos(a), y + r * 0.4 * np.sin(a)), fill=fill, width=14)
    line(draw, (w / 2, h * 0.72), write.word(d, 2, 3).upper(), 46, w - 40, style.ink, style.bold, "mm")
    line(draw, (w / 2, h * 0.87), text, 20, w - 40, style.faint, style.face, "mm")
    return image


def monogram(f: Fields) -> Image.Image:
    """Large letters on one ground."""
    d, style = f.design, look(f.design, 0.4)
    image = sheet(d, (280, 420), (280, 420), style.accent)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    if d.random() < 0.5:
        draw.ellipse((20, 20, w - 20, h - 20), outline=style.ground, width=between(d, 3, 12))
    (text,) = f.fill((write.letters(2), write.letters(3), write.digits(2, 3))[between(d, 0, 2)])
    put(
        draw,
        (w / 2, h / 2),
        text,
        w * 0.42,
        style.ground,
        ("book bold", "sans bold", "round", "hand")[between(d, 0, 3)],
        anchor="mm",
    )
    return image


def flag_of_stripes(f: Fields) -> Image.Image:
    """Bands and an emblem: one colour or the emblem is another."""
    d = f.design
    image = sheet(d, (360, 600), (220, 380), "white")
    draw = ImageDraw.Draw(image)
    w, h = image.size
    count, upright, canton = between(d, 2, 4), bool(d.random() < 0.5), bool(d.random() < 0.4)
    *tones, emblem, ink = f.fill(*[colour()] * count, ICON, colour())
    for number, tone in enumerate(tones):
        a, b = number / count, (number + 1) / count
        draw.rectangle((w * a, 0, w * b, h) if upright else (0, h * a, w, h * b), fill=tone)
    if canton:
        draw.rectangle((0, 0, w * 0.4, h * 0.5), fill=tint(d, 0, 255))
    place = (w * 0.2, h * 0.25) if canton else (w / 2, h / 2)
    put(draw, place, ICONS[emblem], h * 0.28, ink, "icons", anchor="mm")
    return image


def clock(f: Fields) -> Image.Image:
    """One dial, hands at another hour."""
    d, style = f.design, look(f.design, 0.4)
    image = sheet(d, (300, 460), (300, 460), style.panel)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    r, fashion = min(w, h) * 0.45, between(d, 0, 2)
    x, y = w / 2, h / 2
    draw.ellipse((x - r, y - r, x + r, y + r), fill=style.ground, outline=style.ink, width=between(d, 3, 14))
    for mark in range(12):
        a = np.pi / 6 * mark
        if fashion == 0:
            place = (x + r * 0.78 * np.sin(a), y - r * 0.78 * np.cos(a))
            put(draw, place, str(mark or 12), r * 0.17, style.ink, style.bold, anchor="mm")
        else:
            inner = 0.8 if fashion == 1 or mark % 3 == 0 else 0.9
            ends = [v for k in (inner, 0.95) for v in (x + r * k * np.sin(a), y - r * k * np.cos(a))]
            draw.line(ends, fill=style.ink, width=4)
    hours, minutes = f.fill(share, share)
    a, b = 2 * np.pi * hours, 2 * np.pi * minutes
    draw.line((x, y, x + r * 0.5 * np.sin(a), y - r * 0.5 * np.cos(a)), fill=style.ink, width=between(d, 7, 14))
    draw.line((x, y, x + r * 0.75 * np.sin(b), y - r * 0.75 * np.cos(b)), fill=style.accent, width=between(d, 3, 7))
    return image


def gauge(f: Fields) -> Image.Image:
    """Dials with needles and figures."""
    _, style, image, draw = page(f, 0.6, (320, 680), (220, 340))
    dials = max(1, image.width // 260)
    wide = image.width / dials
    for number, level in enumerate(f.fill(*[share] * dials)):
        x, y, r = (number + 0.5) * wide, image.height * 0.68, min(wide * 0.42, image.height * 0.52)
        draw.arc((x - r, y - r, x + r, y + r), 180, 360, fill=style.faint, width=10)
        draw.arc((x - r, y - r, x + r, y + r), 180, 180 + 180 * level, fill=style.accent, width=10)
        for mark in range(0, 11):
            a = np.pi * (1 - mark / 10)
            place = (x + r * 0.78 * np.cos(a), y - r * 0.78 * np.sin(a))
            put(draw, place, str(mark * 10), 12, style.ink, style.face, anchor="mm")
        a = np.pi * (1 - level)
        draw.line((x, y, x + r * 0.7 * np.cos(a), y - r * 0.7 * np.sin(a)), fill=style.second, width=5)
        put(draw, (x, y + 26), f"{level * 100:.0f}", 26, style.ink, style.bold, anchor="mm")
    return image


SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")


def seven_segments(f: Fields) -> Image.Image:
    """Digits of a display, as of a meter or an alarm clock."""
    d = f.design
    image = sheet(d, (320, 640), (160, 280), tint(d, 0, 50))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    count, lit = between(d, 3, 8), tint(d, 120, 255)
    unlit = tuple(c // 8 + 12 for c in lit)
    wide, tall = (w - 30) / count, h * 0.7
    for number, digit in enumerate(f.fill(*[one_of(10)] * count)):
        x, y, a, t = 15 + number * wide + wide * 0.12, h * 0.15, wide * 0.7, max(5, wide * 0.12)
        bars = {
            "a": (x, y, x + a, y + t),
            "g": (x, y + tall / 2 - t / 2, x + a, y + tall / 2 + t / 2),
            "d": (x, y + tall - t, x + a, y + tall),
            "f": (x, y, x + t, y + tall / 2),
            "e": (x, y + tall / 2, x + t, y + tall),
            "b": (x + a - t, y, x + a, y + tall / 2),
            "c": (x + a - t, y + tall / 2, x + a, y + tall),
        }
        for key, box in sorted(bars.items(), key=lambda item: item[0] in SEGMENTS[digit]):
            draw.rectangle(box, fill=lit if key in SEGMENTS[digit] else unlit)
    return image


def traffic_light(f: Fields) -> Image.Image:
    """Lamps of one case, others lit."""
    d, style = f.design, look(f.design)
    lamps = between(d, 3, 5)
    image = sheet(d, (300, 460), (320, 480), style.panel)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    sets = between(d, 2, 4)
    for number, lit in enumerate(f.fill(*[one_of(lamps)] * sets)):
        x, r = w * (number + 0.5) / sets, min(w / sets * 0.32, h / lamps * 0.36)
        draw.rounded_rectangle((x - r * 1.3, 14, x + r * 1.3, h - 14), 16, fill=(40, 42, 46))
        for lamp in range(lamps):
            y = 14 + (h - 28) * (lamp + 0.5) / lamps
            tone = ((230, 40, 40), (245, 190, 30), (40, 200, 90), (60, 120, 240), (240, 240, 240))[lamp]
            fill = tone if lamp == lit else tuple(c // 4 for c in tone)
            draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)
    return image


GROUNDS = (
    *(sign, direction_sign, number_plate, pictogram, smiley, avatar, sprite, tile_level, logo),
    *(monogram, clock, gauge, seven_segments, traffic_light),
)
"""Shape and hand are enough for a ground: two of them are variants whatever is filled in."""
TEXTS = (identicon, icon_sheet, flag_of_stripes)
"""Mostly content: variants only while most of it is the same."""
