"""Cards, tickets, labels and stamps."""

import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools import lettering as write
from lookalike.pipelines.training.kinds.tools.fields import Fields, colour, one_of, photograph, share
from lookalike.pipelines.training.kinds.tools.lettering import date, name, put
from lookalike.pipelines.training.kinds.tools.looks import bars, between, block, line, look, page, photo, sheet, squares

RANKS = ("A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K")


def ticket(f: Fields) -> Image.Image:
    """An admission with a bar code."""
    d, style, image, draw = page(f, 0.2, (560, 780), (220, 330))
    w, h = image.size
    draw.rectangle((0, 0, w, 56), fill=style.accent)
    line(draw, (24, 14), write.sentence(d, 2)[:-1], 24, w - 60, style.ground, style.bold)
    filled = f.fill(name, date, write.codes(4), write.codes(3))
    for number, text in enumerate(filled):
        x, y = 24 + (number % 2) * w * 0.36, 74 + (number // 2) * (h - 80) / 2
        put(draw, (x, y), write.word(d).title(), 13, style.faint, style.face)
        line(draw, (x, y + 18), text, 26, w * 0.33, style.ink, style.bold)
    draw.line((w * 0.75, 60, w * 0.75, h), fill=style.faint, width=2)
    draw.rectangle((w * 0.78, 70, w - 14, h - 20), fill="white")
    bars(draw, (w * 0.79, 76, w - 20, h - 26), filled[2])
    return image


def boarding_pass(f: Fields) -> Image.Image:
    """A flight's card: from, to, gate, seat and a code of squares."""
    d, style, image, draw = page(f, 0.0, (640, 900), (260, 380))
    w, h = image.size
    draw.rectangle((0, 0, w, h * 0.2), fill=style.accent)
    line(draw, (24, h * 0.05), write.sentence(d, 2)[:-1].upper(), h * 0.1, w - 60, "white", style.bold)
    who, start, end, *rest, key = f.fill(
        *(name, write.letters(3), write.letters(3), write.codes(5), write.seat, write.seat, write.hour, one_of(10**6))
    )
    put(draw, (24, h * 0.25), write.word(d, 2, 3).upper(), 13, style.faint, style.face)
    line(draw, (24, h * 0.3), who.upper(), 26, w * 0.55, style.ink, style.face)
    line(draw, (24, h * 0.45), f"{start} > {end}", h * 0.17, w * 0.55, style.ink, style.bold)
    for number, text in enumerate(rest):
        x = 24 + number * w * 0.15
        put(draw, (x, h * 0.7), write.word(d, 2, 2).upper(), 12, style.faint, style.face)
        line(draw, (x, h * 0.76), text, 28, w * 0.14, style.ink, style.face)
    side = int(h * 0.6)
    image.paste(squares(side, key, 29), (w - side - 24, int(h * 0.28)))
    return image


def identity_card(f: Fields) -> Image.Image:
    """A card with a face, lines of data and fine lines under them."""
    d, style = f.design, look(f.design)
    image = sheet(d, (480, 720), (300, 440), style.panel)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    waves = float(d.uniform(20, 60))
    for row in range(0, h, between(d, 7, 14)):
        curve = [(x, row + 8 * np.sin(x / waves + row)) for x in range(0, w + 10, 10)]
        draw.line(curve, fill=tuple((a + b) // 2 for a, b in zip(style.panel, style.faint, strict=True)))
    draw.rectangle((0, 0, w, h * 0.17), fill=style.accent)
    line(draw, (20, h * 0.04), write.sentence(d, 2)[:-1].upper(), h * 0.08, w - 40, "white", style.bold)
    face, *texts = f.fill(photograph, name, date, write.codes(9), date, write.words(1, 1), write.codes(24))
    photo(image, face, (20, h * 0.24, 20 + h * 0.42, h * 0.78))
    for number, text in enumerate(texts[:-1]):
        y = h * 0.22 + number * h * 0.115
        put(draw, (h * 0.42 + 40, y), write.word(d, 2, 3), 10, style.faint, style.face)
        line(draw, (h * 0.42 + 40, y + 11), text, h * 0.06, w - h * 0.42 - 60, style.ink, style.bold)
    line(draw, (20, h * 0.87), texts[-1].replace("0", "<"), h * 0.075, w - 40, "black", "mono")
    return image


def badge(f: Fields) -> Image.Image:
    """A staff card: another face and name."""
    d, style, image, draw = page(f, 0.2, (280, 400), (400, 560))
    w, h = image.size
    draw.rectangle((0, 0, w, h * 0.18), fill=style.accent)
    line(draw, (w / 2, h * 0.09), write.word(d, 2, 3).upper(), 34, w - 40, "white", style.bold, "mm")
    face, who, role, key = f.fill(photograph, name, write.words(1, 2), write.codes(8))
    round_ = bool(d.random() < 0.4)
    photo(image, face, (w / 2 - h * 0.17, h * 0.23, w / 2 + h * 0.17, h * 0.61), round_)
    line(draw, (w / 2, h * 0.68), who, 24, w - 30, style.ink, style.bold, "mm")
    line(draw, (w / 2, h * 0.75), role, 18, w - 30, style.faint, style.face, "mm")
    bars(draw, (w * 0.15, h * 0.8, w * 0.85, h * 0.89), key, style.ink)
    draw.rectangle((0, h * 0.93, w, h), fill=style.accent)
    return image


def business_card(f: Fields) -> Image.Image:
    """A firm's card with another name and number."""
    d, style, image, draw = page(f, 0.4, (440, 640), (250, 360))
    w, h = image.size
    side, shape = h * 0.34, between(d, 0, 2)
    left = w - side - 30 if d.random() < 0.5 else 30.0
    if shape == 0:
        draw.ellipse((left, 30, left + side, 30 + side), fill=style.accent)
    elif shape == 1:
        draw.polygon(((left, 30 + side), (left + side / 2, 30), (left + side, 30 + side)), fill=style.accent)
    else:
        draw.rectangle((left, 30, left + side, 30 + side), outline=style.accent, width=12)
    who, role, phone, where = f.fill(name, write.words(1, 2), write.phone, write.address)
    line(draw, (30, h * 0.53), who, 30, w - 60, style.ink, style.bold)
    for row, text in enumerate((role, phone, where)):
        line(draw, (30, h * 0.68 + row * h * 0.095), text, 16, w - 60, style.faint, style.face)
    return image


def bottle_label(f: Fields) -> Image.Image:
    """A bottle or jar on plain ground: one label, another sort, year and picture on it."""
    d, style, image, draw = page(f, 0.0, (300, 460), (480, 720))
    w, h = image.size
    glass, shoulder = tuple(int(v) for v in d.integers(10, 160, 3)), float(d.uniform(0.1, 0.4))
    neck, belly = w * float(d.uniform(0.1, 0.3)), w * 0.36
    draw.rectangle((w / 2 - neck, h * 0.05, w / 2 + neck, h * 0.6), fill=glass)
    draw.rounded_rectangle((w / 2 - belly, h * shoulder, w / 2 + belly, h * 0.97), 34, fill=glass)
    draw.rectangle((w / 2 - neck, h * 0.03, w / 2 + neck, h * 0.08), fill=style.accent)
    draw.rectangle((w / 2 - belly, h * 0.47, w / 2 + belly, h * 0.88), fill=style.panel)
    line(draw, (w / 2, h * 0.53), write.word(d, 2, 3).upper(), 30, belly * 1.8, style.ink, style.bold, "mm")
    sort, year, tone = f.fill(write.words(1, 2), write.digits(4, 4), colour(20, 230))
    draw.rectangle((w / 2 - belly, h * 0.58, w / 2 + belly, h * 0.7), fill=tone)
    line(draw, (w / 2, h * 0.64), sort.title(), 28, belly * 1.8, "white", style.face, "mm")
    line(draw, (w / 2, h * 0.77), year, 34, belly * 1.8, style.accent, style.bold, "mm")
    line(draw, (w / 2, h * 0.84), write.sentence(d, 3), 12, belly * 1.8, style.faint, style.face, "mm")
    return image


def price_tag(f: Fields) -> Image.Image:
    """A shelf's label with a large price."""
    d, style = f.design, look(f.design)
    image = sheet(d, (360, 560), (220, 340), (255, 225, 60) if d.random() < 0.3 else style.ground)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    draw.rounded_rectangle((6, 6, w - 6, h - 6), between(d, 0, 24), outline=style.accent, width=5)
    what, cost, per, key = f.fill(write.words(2, 3), write.price, write.price, write.codes(6))
    line(draw, (24, 22), what.title(), 24, w - 48, "black", style.bold)
    line(draw, (w - 26, h * 0.72), cost, h * 0.42, w * 0.62, style.accent, "sans bold", "rs")
    line(draw, (24, h * 0.86), f"{per} / {write.word(d, 1, 1)}", 13, w * 0.4, (60, 60, 60), style.face, "ls")
    bars(draw, (24, h * 0.45, 24 + w * 0.28, h * 0.75), key)
    return image


def playing_card(f: Fields) -> Image.Image:
    """A card of one deck: another rank or suit."""
    d, style = f.design, look(f.design)
    image = sheet(d, (300, 380), (420, 540), tuple(int(v) for v in d.integers(20, 255, 3)))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    draw.rounded_rectangle((14, 14, w - 14, h - 14), 22, fill=(252, 252, 248), outline=style.accent, width=2)
    rank, suit = f.fill(one_of(13), one_of(4))
    ink = (200, 20, 40) if suit < 2 else (20, 20, 30)
    corner = Image.new("RGB", (52, 92), (252, 252, 248))
    pen = ImageDraw.Draw(corner)
    pen.text((26, 24), RANKS[rank], fill=ink, font=write.font(38, style.bold), anchor="mm")
    _suit(pen, 26, 68, 15, suit, ink)
    image.paste(corner, (24, 26))
    image.paste(corner.rotate(180), (w - 76, h - 118))
    if rank >= 10:
        draw.rectangle((w * 0.28, h * 0.2, w * 0.72, h * 0.8), outline=ink, width=3)
        put(draw, (w / 2, h / 2), RANKS[rank], h * 0.32, ink, "book bold", anchor="mm")
        return image
    columns = ([0.5], [0.5], [0.5], [0.3, 0.7], [0.3, 0.7], [0.3, 0.7], [0.3, 0.5, 0.7])[min(rank, 6)]
    for place in range(rank + 1):
        x = columns[place % len(columns)] * w
        rows = -(-(rank + 1) // len(columns))
        y = h * (0.2 + 0.6 * (place // len(columns) + 0.5) / rows)
        _suit(draw, x, y, 24, suit, ink)
    return image


def _suit(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, suit: int, ink: tuple[int, int, int]) -> None:
    if suit == 1:
        draw.polygon(((x, y - r), (x + r * 0.75, y), (x, y + r), (x - r * 0.75, y)), fill=ink)
        return
    up = -1 if suit == 0 else 1
    lobes = ((-0.45, 0.3), (0.45, 0.3), (0.0, -0.45)) if suit == 2 else ((-0.45, 0.25 * up), (0.45, 0.25 * up))
    for left, top in lobes:
        a, b, s = x + left * r, y + top * r, r * 0.52
        draw.ellipse((a - s, b - s, a + s, b + s), fill=ink)
    if suit != 2:
        draw.polygon(((x - r * 0.93, y + 0.3 * up * r), (x + r * 0.93, y + 0.3 * up * r), (x, y - up * r)), fill=ink)
    if suit:
        draw.polygon(((x, y), (x + r * 0.35, y + r), (x - r * 0.35, y + r)), fill=ink)


def banknote(f: Fields) -> Image.Image:
    """A note of fine curves: another value, number and colour."""
    d, style = f.design, look(f.design)
    value, number, tone = f.fill(write.digits(1, 4), write.codes(10), colour(90, 225))
    image = sheet(d, (560, 820), (260, 380), tuple((c + 510) // 3 for c in tone))
    draw = ImageDraw.Draw(image)
    w, h = image.size
    petals, turns = between(d, 3, 9), float(d.uniform(0.2, 0.8))
    angles = np.linspace(0, 2 * np.pi, 160)
    for ring in range(6):
        radius = h * (0.1 + 0.05 * ring) * (1 + turns * np.cos(petals * angles + ring))
        curve = np.stack([w * 0.32 + radius * np.cos(angles), h / 2 + radius * np.sin(angles)], 1)
        draw.line([tuple(point) for point in curve.tolist()], fill=tone, width=2)
    photo(image, f.ground, (w * 0.6, h * 0.15, w * 0.82, h * 0.85), True)
    put(draw, (24, 16), value, h * 0.2, style.ink, style.bold)
    put(draw, (w - 24, h - 14), value, h * 0.2, style.ink, style.bold, anchor="rs")
    line(draw, (24, h - 16), number, 20, w * 0.4, style.accent, "mono", "ls")
    line(draw, (w * 0.3, 20), write.sentence(d, 3)[:-1].upper(), 18, w * 0.4, style.ink, style.face)
    return image


def postage_stamp(f: Fields) -> Image.Image:
    """A postage stamp of one series: another picture or value."""
    d, style = f.design, look(f.design)
    image = sheet(d, (300, 420), (340, 480), style.second)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    draw.rectangle((24, 24, w - 24, h - 24), fill=(250, 250, 246))
    for x in range(24, w - 20, 18):
        for y in (24, h - 24):
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=style.second)
    for y in range(24, h - 20, 18):
        for x in (24, w - 24):
            draw.ellipse((x - 6, y - 6, x + 6, y + 6), fill=style.second)
    icon, value, tone = f.fill(one_of(len(write.ICONS)), write.digits(1, 3), colour(30, 200))
    draw.rectangle((44, 44, w - 44, h - 90), fill=tone)
    put(draw, (w / 2, (h - 46) / 2), write.ICONS[icon], h * 0.34, "white", "icons", anchor="mm")
    line(draw, (46, h - 44), write.word(d, 2, 3).upper(), 24, w * 0.5, style.ink, style.face, "ls")
    put(draw, (w - 46, h - 42), value, 34, style.ink, style.bold, anchor="rs")
    return image


def coupon(f: Fields) -> Image.Image:
    """A voucher with a dashed edge: another reduction, day and code."""
    d, style = f.design, look(f.design, 0.2)
    image = sheet(d, (480, 700), (220, 320), style.accent)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    for x in range(10, w - 10, 16):
        draw.line((x, 12, x + 8, 12), fill="white", width=2)
        draw.line((x, h - 12, x + 8, h - 12), fill="white", width=2)
    percent, day, key, what = f.fill(write.digits(2, 2), date, write.codes(8), write.words(1, 3))
    line(draw, (w * 0.3, h * 0.5), f"{percent}%", h * 0.5, w * 0.48, "white", "sans bold", "mm")
    draw.rectangle((w * 0.58, 28, w - 24, h - 28), fill=style.ground)
    line(draw, (w * 0.6, h * 0.2), what.title(), 24, w * 0.34, style.ink, style.bold)
    line(draw, (w * 0.6, h * 0.4), day, 18, w * 0.34, style.faint, style.face)
    line(draw, (w * 0.6, h * 0.6), key, 28, w * 0.34, style.ink, "mono")
    return image


def shipping_label(f: Fields) -> Image.Image:
    """A parcel's label: addresses, a bar code, a route."""
    d = f.design
    image = sheet(d, (400, 560), (560, 760), "white")
    draw = ImageDraw.Draw(image)
    w, h = image.size
    face = ("sans", "", "mono")[between(d, 0, 2)]
    draw.rectangle((10, 10, w - 10, h - 10), outline="black", width=3)
    for y in (0.24, 0.5, 0.64):
        draw.line((10, h * y, w - 10, h * y), fill="black", width=3)
    texts = f.fill(
        name,
        write.address,
        write.digits(5, 5),
        name,
        write.address,
        write.digits(5, 5),
        write.codes(3),
        write.codes(10),
    )
    for row, text in enumerate(texts[:3]):
        line(draw, (24, 24 + row * 24), text, 15, w - 60, "black", face)
    for row, text in enumerate(texts[3:6]):
        line(draw, (40, h * 0.27 + row * 36), text, 28, w - 80, "black", face)
    line(draw, (w / 2, h * 0.57), texts[6], h * 0.12, w - 60, "black", "sans bold", "mm")
    bars(draw, (40, h * 0.68, w - 40, h * 0.88), texts[7])
    put(draw, (w / 2, h * 0.93), texts[7], 20, "black", face, anchor="mm")
    return image


def square_code(f: Fields) -> Image.Image:
    """A poster or card with a code of squares, wholly other for another content."""
    d, style, image, draw = page(f, 0.0, (300, 460), (340, 560))
    w, h = image.size
    (key,) = f.fill(one_of(10**9))
    side = int(w * float(d.uniform(0.6, 0.9)))
    image.paste(squares(side, key, 21 + 4 * between(d, 0, 5)), ((w - side) // 2, (w - side) // 2))
    line(draw, (w / 2, h - 20), write.sentence(d, 3)[:-1], 22, w - 30, style.ink, style.bold, "ms")
    return image


def bar_code(f: Fields) -> Image.Image:
    """A bar code with its digits."""
    d = f.design
    image = sheet(d, (320, 560), (180, 320), "white")
    draw = ImageDraw.Draw(image)
    w, h = image.size
    (key,) = f.fill(write.digits(13, 13))
    bars(draw, (24, 24, w - 24, h - 60), key)
    line(draw, (w / 2, h - 34), " ".join(key), 26, w - 40, "black", ("mono", "sans")[between(d, 0, 1)], "mm")
    return image


def game_card(f: Fields) -> Image.Image:
    """A collector's card: picture, name, values and a text."""
    d, style = f.design, look(f.design)
    image = sheet(d, (320, 440), (440, 600), style.accent)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    draw.rounded_rectangle((12, 12, w - 12, h - 12), 16, fill=style.panel)
    shown, who, force, guard, text, tone = f.fill(
        photograph, write.words(1, 2), write.digits(1, 2), write.digits(1, 2), write.words(7, 9), colour(40, 220)
    )
    line(draw, (28, 24), who.title(), 26, w - 110, style.ink, style.bold)
    draw.ellipse((w - 64, 20, w - 28, 56), fill=tone)
    photo(image, shown, (26, 64, w - 26, h * 0.56))
    draw.rectangle((26, 64, w - 26, h * 0.56), outline=tone, width=4)
    block(draw, (30, h * 0.6), text, 16, w - 60, style.ink, style.face)
    put(draw, (30, h - 26), force, 34, style.ink, style.bold, anchor="ls")
    put(draw, (w - 30, h - 26), guard, 34, style.ink, style.bold, anchor="rs")
    return image


def book_cover(f: Fields) -> Image.Image:
    """A volume of one series: another title, author and colour; bands and emblem are the series'."""
    d, style = f.design, look(f.design)
    title, who, tone, volume = f.fill(write.words(1, 3), name, colour(20, 220), write.digits(1, 2))
    image = sheet(d, (320, 480), (480, 680), tone)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    for _ in range(between(d, 2, 6)):
        y = float(d.uniform(0.35, 0.8)) * h
        draw.rectangle((0, y, w, y + float(d.uniform(3, 30))), fill=style.second)
    draw.rectangle((w * 0.08, h * 0.08, w * 0.92, h * 0.34), fill=style.ground)
    line(draw, (w / 2, h * 0.17), title.title(), 44, w * 0.78, style.ink, style.bold, "mm")
    line(draw, (w / 2, h * 0.28), who, 22, w * 0.78, style.faint, style.face, "mm")
    put(draw, (w / 2, h * 0.88), volume, 54, style.ground, style.bold, anchor="mm")
    return image


def name_tag(f: Fields) -> Image.Image:
    """'Hello, my name is', and a name by hand."""
    d, style = f.design, look(f.design)
    image = sheet(d, (360, 560), (240, 360), style.accent)
    draw = ImageDraw.Draw(image)
    w, h = image.size
    line(draw, (w / 2, h * 0.15), write.word(d, 2, 3).upper(), 44, w - 60, "white", "sans bold", "mm")
    draw.rectangle((10, h * 0.3, w - 10, h * 0.88), fill="white")
    (who,) = f.fill(name)
    line(draw, (w / 2, h * 0.6), who, 70, w - 50, style.ink, "hand", "mm")
    return image


def punch_card(f: Fields) -> Image.Image:
    """A loyalty card: stamps for some of the cups."""
    d, style, image, draw = page(f, 0.3, (440, 640), (260, 360))
    w, h = image.size
    columns = between(d, 4, 6)
    icon = write.ICONS[between(d, 0, len(write.ICONS) - 1)]
    line(draw, (24, 20), write.sentence(d, 2)[:-1], 30, w - 48, style.accent, style.bold)
    radius = min(w / columns * 0.4, h * 0.18)
    for number, level in enumerate(f.fill(*[share] * (2 * columns))):
        x, y = w * (number % columns + 0.5) / columns, h * (0.45 if number < columns else 0.8)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=style.faint, width=2)
        ink = style.accent if level < 0.5 else style.panel
        put(draw, (x, y), icon, radius * (0.6 + 0.5 * level), ink, "icons", anchor="mm")
    return image


GROUNDS = (
    *(ticket, boarding_pass, identity_card, badge, business_card, bottle_label, price_tag, playing_card, banknote),
    *(postage_stamp, coupon, shipping_label, square_code, bar_code, game_card, book_cover, name_tag, punch_card),
)
"""What is printed is enough for a ground: two of them are variants whatever is filled in."""
PICTURED = (identity_card, badge, banknote, game_card)
"""Show photographs."""
