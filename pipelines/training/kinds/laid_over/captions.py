"""Words and signs over a picture: captions, subtitles, dates, logos, watermarks, ribbons, codes."""

import numpy as np
from PIL import Image, ImageDraw

from lookalike.pipelines.training.kinds.tools.canvas import (
    Layer,
    Others,
    Rng,
    against,
    ink,
    mixed,
    pick,
    pixels,
    place,
    plain,
    readable,
)
from lookalike.pipelines.training.kinds.tools.lettering import FACES, date, fitted, font, name, put, sentence, word

PLAIN_FACES = ("", *(face for face in FACES if face != "icons"))
"""Those of letters."""


def caption(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A line or two of text anywhere, upright or turned."""
    face = pick(rng, PLAIN_FACES)
    over = Layer(image)
    size = image.height * float(rng.uniform(0.035, 0.12))
    for _line in range(int(rng.integers(1, 4))):
        text = sentence(rng, int(rng.integers(2, 5)))
        at = (image.width * float(rng.uniform(0.02, 0.4)), image.height * float(rng.uniform(0.02, 0.85)))
        put(
            over.draw,
            at,
            text,
            fitted(text, image.width - at[0], size, face),
            ink(rng),
            stroke_width=int(rng.integers(0, 3)),
            stroke_fill=plain(rng),
            face=face,
        )
    if rng.random() < 0.2:
        over.layer = over.layer.rotate(float(rng.uniform(-35, 35)), Image.Resampling.BICUBIC)
    return over.merged()


def meme(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Large white letters with a black rim, at the top, at the foot or both."""
    face = pick(rng, PLAIN_FACES)
    over, size = Layer(image), image.height * float(rng.uniform(0.08, 0.15))
    for y in pick(rng, ((0.02,), (0.82,), (0.02, 0.82), (0.02, 0.82))):
        text = sentence(rng, int(rng.integers(2, 5))).upper().rstrip(".")
        height = fitted(text, image.width * 0.95, size, face)
        left = (image.width - font(height, face).getlength(text)) / 2
        put(over.draw, (left, y * image.height), text, height, "white", stroke_width=2, stroke_fill="black", face=face)
    return over.merged()


def paragraph(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """Three to nine lines of text on the picture as it is, or on a box that lets it through or hides it."""
    face, rows = pick(rng, PLAIN_FACES), int(rng.integers(3, 10))
    over, size = Layer(image), image.height * float(rng.uniform(0.03, 0.075))
    left, top = image.width * float(rng.uniform(0.02, 0.3)), float(rng.uniform(0.02, 0.4)) * image.height
    wide = float(rng.uniform(0.5, 0.95)) * (image.width - left)
    tint = (255, 255, 255) if rng.random() < 0.5 else ink(rng)
    boxed = rng.random() < 0.35
    if boxed:
        ground = (*readable(tint)[:3], int(rng.integers(90, 256)))
        over.draw.rectangle((left - size / 2, top - size / 2, left + wide, top + rows * size * 1.25), fill=ground)
    for row in range(rows):
        text = sentence(rng, int(rng.integers(2, 6)))
        put(
            over.draw,
            (left, top + row * size * 1.25),
            text,
            fitted(text, wide - size / 2, size, face),
            tint,
            stroke_width=0 if boxed else int(rng.integers(0, 3)),
            stroke_fill=readable(tint),
            face=face,
        )
    return over.merged()


def subtitles(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """One or two lines at the foot, on a dark box or with a rim."""
    face = pick(rng, PLAIN_FACES)
    over, boxed = Layer(image), rng.random() < 0.4
    tint = pick(rng, ((255, 255, 255), (250, 230, 90)))
    for row in range(int(rng.integers(1, 3))):
        text = sentence(rng, int(rng.integers(3, 6)))
        size = fitted(text, image.width * 0.9, image.height * float(rng.uniform(0.05, 0.08)), face)
        wide = font(size, face).getlength(text)
        left, top = (image.width - wide) / 2, image.height * (0.92 - 0.09 * row) - size
        if boxed:
            over.draw.rectangle((left - 5, top - 3, left + wide + 5, top + size * 1.25), fill=(0, 0, 0, 190))
        put(over.draw, (left, top), text, size, tint, stroke_width=0 if boxed else 2, stroke_fill="black", face=face)
    return over.merged()


def lower_third(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A banner of a broadcast: name and office on bars, perhaps a ticker below and a sign above."""
    over, wide, tall = Layer(image), image.width, image.height
    tint, top = ink(rng), tall * float(rng.uniform(0.68, 0.78))
    right = wide * float(rng.uniform(0.55, 1))
    over.draw.rectangle((wide * 0.04, top, right, top + tall * 0.09), fill=(*tint, 235))
    put(over.draw, (wide * 0.06, top + tall * 0.012), name(rng), tall * 0.06, readable(tint))
    over.draw.rectangle((wide * 0.04, top + tall * 0.09, right * 0.9, top + tall * 0.15), fill=(240, 240, 240, 230))
    put(over.draw, (wide * 0.06, top + tall * 0.1), sentence(rng, 3), tall * 0.04, (20, 20, 20))
    if rng.random() < 0.6:
        over.draw.rectangle((0, tall * 0.94, wide, tall), fill=(*ink(rng), 255))
        put(over.draw, (4, tall * 0.945), sentence(rng, 14), tall * 0.04, "white")
    if rng.random() < 0.5:
        over.draw.rectangle((wide * 0.8, tall * 0.04, wide * 0.97, tall * 0.12), fill=(200, 20, 20, 240))
        put(over.draw, (wide * 0.82, tall * 0.05), "LIVE", tall * 0.055, "white")
    return over.merged()


def dated(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The date or time of a camera, or the line of a surveillance recorder."""
    face = pick(rng, PLAIN_FACES)
    over, size = Layer(image), image.height * float(rng.uniform(0.035, 0.08))
    tint = pick(rng, ((255, 140, 30), (255, 220, 60), (255, 255, 255), (90, 255, 90)))
    text = f"{date(rng)} {rng.integers(24):02d}:{rng.integers(60):02d}:{rng.integers(60):02d}"
    if rng.random() < 0.4:
        text = date(rng)
    at = (image.width * float(rng.choice((0.03, 0.5))), image.height * float(rng.choice((0.03, 0.88))))
    put(over.draw, at, text, size, tint, stroke_width=int(rng.integers(2)), stroke_fill="black", face=face)
    if rng.random() < 0.3:
        put(
            over.draw,
            (image.width * 0.03, image.height * 0.45),
            f"CAM {rng.integers(1, 40):02d}",
            size,
            tint,
            face=face,
        )
    return over.merged()


def _logo(draw: ImageDraw.ImageDraw, rng: Rng, box: tuple[float, float, float, float], opaque: int) -> None:
    """A sign of a disc, a box or a triangle with letters beside or in it."""
    left, top, right, bottom = box
    side = bottom - top
    tint, shape = (*ink(rng), opaque), int(rng.integers(3))
    if shape == 0:
        draw.ellipse((left, top, left + side, bottom), fill=tint)
    elif shape == 1:
        draw.rounded_rectangle((left, top, left + side, bottom), side / 5, fill=tint)
    else:
        draw.polygon(((left, bottom), (left + side / 2, top), (left + side, bottom)), fill=tint)
    put(draw, (left + side * 0.25, top + side * 0.2), word(rng, 1, 1)[0].upper(), side * 0.6, (255, 255, 255, opaque))
    text = word(rng, 1, 2).upper()
    put(
        draw,
        (left + side * 1.15, top + side * 0.2),
        text,
        fitted(text, right - left - side * 1.15, side * 0.6),
        (255, 255, 255, opaque),
    )


def channel_logo(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """The sign of a channel, an app or a maker in one corner or two."""
    over, tall = Layer(image), image.height * float(rng.uniform(0.06, 0.14))
    wide = min(tall * 3, image.width * 0.45)
    for corner in rng.permutation(4)[: 1 + int(rng.random() < 0.25)].tolist():
        left = image.width * 0.03 if corner % 2 else image.width * 0.97 - wide
        top = image.height * 0.03 if corner // 2 else image.height * 0.97 - tall
        _logo(over.draw, rng, (left, top, left + wide, top + tall), int(rng.integers(130, 256)))
    return over.merged()


def watermark(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A word, half transparent, once: in a corner, or large across the middle."""
    face = pick(rng, PLAIN_FACES)
    over, text = Layer(image), word(rng, 2, 4).upper()
    corner = (image.width * 0.55, image.height * float(rng.choice((0.04, 0.88))))
    tint = (*against(image, rng), int(rng.integers(70, 200)))
    if rng.random() < 0.4:
        size = fitted(text, image.width * 0.4, image.height * float(rng.uniform(0.05, 0.1)), face)
        put(over.draw, corner, text, size, tint, face=face)
    else:
        size = fitted(text, image.width * 0.9, image.height * float(rng.uniform(0.15, 0.35)), face)
        middle = ((image.width - font(size, face).getlength(text)) / 2, image.height / 2 - size * 0.6)
        put(over.draw, middle, text, size, tint, face=face)
        over.layer = over.layer.rotate(float(rng.choice((0, 30, -30, 15))), Image.Resampling.BICUBIC)
    return over.merged()


def watermark_tiled(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A word again and again, as agencies do, with or without a net of lines."""
    face = pick(rng, PLAIN_FACES)
    side = int(np.hypot(*image.size)) + 2
    sheet = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(sheet)
    text, size = word(rng, 2, 4), image.height * float(rng.uniform(0.04, 0.1))
    tint = (*against(image, rng), int(rng.integers(70, 180)))
    step = font(size, face).getlength(text) * float(rng.uniform(1.2, 2.2))
    for row, y in enumerate(np.arange(0, side, size * float(rng.uniform(2, 4)))):
        for x in np.arange(-step * 0.5 * (row % 2), side, step):
            put(draw, (float(x), float(y)), text, size, tint, face=face)
    if rng.random() < 0.35:
        for x in np.arange(0, side, step):
            draw.line((x, 0, x + side / 2, side), fill=tint, width=1)
            draw.line((x, side, x + side / 2, 0), fill=tint, width=1)
    turned = sheet.rotate(float(rng.choice((0, 30, 45, -30))), Image.Resampling.BICUBIC)
    left, top = (side - image.width) // 2, (side - image.height) // 2
    over = Layer(image)
    over.layer = turned.crop((left, top, left + image.width, top + image.height))
    return over.merged()


def quoted(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A saying of some lines over the darkened or lightened picture, and who said it."""
    face = pick(rng, PLAIN_FACES)
    values, dark = pixels(image), rng.random() < 0.7
    share = float(rng.uniform(0.15, 0.55))
    over = Layer(mixed(image, (0, 0, 0) if dark else (255, 255, 255), np.full(values.shape[:2], share)))
    rows, tint = int(rng.integers(3, 7)), (255, 255, 255) if dark else (20, 20, 20)
    size = min(image.height * 0.6 / rows, image.width * 0.08)
    top = image.height * float(rng.uniform(0.08, 0.3))
    for row in range(rows):
        text = sentence(rng, 3).rstrip(".")
        height = fitted(text, image.width * 0.85, size, face)
        left = (image.width - font(height, face).getlength(text)) / 2
        put(over.draw, (left, top + row * size * 1.15), text, height, tint, face=face)
    put(over.draw, (image.width * 0.55, top + rows * size * 1.2), f"- {name(rng)}", size * 0.6, tint, face=face)
    return over.merged()


def ribbon(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A band with a word across an upper corner or the middle, aslant: sold, new, confidential."""
    side, tint = min(image.size), ink(rng)
    text = pick(rng, ("SOLD OUT", "NEW", "SAMPLE", "CONFIDENTIAL", "-30 %", word(rng, 2, 4).upper()))
    angle, inwards = int(rng.choice((-45, 45))), side * float(rng.uniform(0.18, 0.3))
    middle = (inwards if angle > 0 else image.width - inwards, inwards)
    room = inwards * 2
    if rng.random() < 0.35:
        angle, middle, room = int(rng.choice((-30, -20, 20, 30))), (image.width / 2, image.height / 2), side * 0.7
    thick = side * float(rng.uniform(0.09, 0.17))
    long = int(2 * np.hypot(*image.size))
    band = Image.new("RGBA", (long, max(4, int(thick))), (*tint, int(rng.integers(170, 256))))
    height = fitted(text, room, thick * 0.7)
    put(ImageDraw.Draw(band), ((long - font(height).getlength(text)) / 2, thick * 0.12), text, height, readable(tint))
    turned = band.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    over = Layer(image)
    over.layer.paste(turned, (int(middle[0] - turned.width / 2), int(middle[1] - turned.height / 2)))
    return over.merged()


def coded(image: Image.Image, rng: Rng, _: Others) -> Image.Image:
    """A square code, a bar code or a stamp laid on it."""
    shown, side = image.copy(), int(min(image.size) * rng.uniform(0.15, 0.35))
    way = int(rng.integers(3))
    if way == 0:
        bits = np.pad(rng.integers(0, 2, (25, 25)), 2, constant_values=1)
        for y, x in ((2, 2), (2, 20), (20, 2)):
            bits[y : y + 7, x : x + 7] = 0
            bits[y + 1 : y + 6, x + 1 : x + 6] = 1
            bits[y + 2 : y + 5, x + 2 : x + 5] = 0
        label = Image.fromarray((bits * 255).astype(np.uint8)).resize((side, side), Image.Resampling.NEAREST)
    elif way == 1:
        bars = np.pad(np.tile(rng.integers(0, 2, 60), (24, 1)), 3, constant_values=1)
        label = Image.fromarray((bars * 255).astype(np.uint8)).resize((side * 2, side), Image.Resampling.NEAREST)
    else:
        over = Layer(image)
        left, top, right, bottom = place(image, rng, side * 1.2, side * 1.2)
        tint = (*pick(rng, ((190, 20, 30), (20, 40, 150), (20, 120, 50))), 200)
        for inset in (0, side * 0.12):
            over.draw.ellipse((left + inset, top + inset, right - inset, bottom - inset), outline=tint, width=3)
        text = word(rng, 2, 3).upper()
        put(over.draw, (left + side * 0.25, top + side * 0.48), text, fitted(text, side * 0.75, side * 0.25), tint)
        return over.merged()
    left, top, _right, _bottom = place(image, rng, *label.size)
    shown.paste(label, (int(left), int(top)))
    return shown
